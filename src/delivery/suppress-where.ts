import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { BROADSHEET } from '../editions/life.ts';

/**
 * The last delivery of the person of `r` (a refusal) before it that was taken and did not come back; 0: none. What
 * went out after it says nothing yet: its own bounce may be on the way.
 */
export const sinceLastSent = sql`coalesce((
  select d.id from deliveries d
  where d.subscriber_id = r.subscriber_id and d.id < r.delivery_id and d.state = 'sent' and not exists (
    select 1 from refusals b where b.subscriber_id = d.subscriber_id and b.edition_id = d.edition_id)
  order by d.id desc limit 1), 0)`;

/** What follows the @ of the subscriber `s`; a folded address has only one. */
export function domainOf(db: Db): RawBuilder<string> {
  return isPostgres(db)
    ? sql`split_part(s.email_key, '@', 2)`
    : sql`substr(s.email_key, instr(s.email_key, '@') + 1)`;
}

/**
 * Suppresses the people of an edition's refusals (`r`; the person is `s`) for whom `condition` holds and who are not
 * yet. In one statement, however many they are.
 * @returns how many.
 */
export async function suppressWhere(
  tx: Db,
  reason: 'gone' | 'soft',
  condition: RawBuilder<unknown>,
  {
    editionId,
    subscriberId,
    now,
  }: { editionId: number; subscriberId: number | undefined; now: Temporal.Instant },
): Promise<number> {
  const only = subscriberId === undefined ? sql`` : sql`and r.subscriber_id = ${subscriberId}`;
  const { numAffectedRows } = await sql`
    insert into suppressions (address_key, reason, at, domain, who, note, edition_id)
    select s.address_key, ${sql.lit(reason)}, ${sql.lit(now.epochMilliseconds)}, ${domainOf(tx)},
      ${sql.lit(BROADSHEET)}, r.code, r.edition_id
    from refusals r join subscribers s on s.id = r.subscriber_id
    where r.edition_id = ${editionId} ${only} and ${condition}
    on conflict (address_key) do nothing`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
