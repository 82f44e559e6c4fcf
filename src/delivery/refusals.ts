import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { RefusalTable } from '../database/tables/subscribers.ts';
import { BROADSHEET } from '../editions/life.ts';
import { fullName, lockEdition } from '../editions/transition.ts';
import { maskAddress } from '../log.ts';
import { NO_SUCH_HOST } from './reply-rules.ts';
import { suppressGone } from './suppress-gone.ts';
import { suppressSoft } from './suppress-soft.ts';

/** A bounce of a message that a relay had taken. */
export interface Bounce {
  deliveryId: number;
  /** `no_host`: the domain does not exist. What is about us (policy) is no refusal by the mailbox. */
  kind: RefusalTable['kind'];
  /** `550 5.1.1`, or what of it is known; no words, since they often repeat the address. */
  code: string | null;
}

/** How many addresses were suppressed, by reason. */
export interface Suppressed {
  gone: number;
  soft: number;
}

/**
 * Writes down whose mailbox refused an edition, and suppresses whom it is time to. Runs in the transaction that
 * finishes the edition, when all are known; again after a retry, and counts nobody twice.
 */
export async function countRefusals(tx: Db, editionId: number, now: Temporal.Instant): Promise<Suppressed> {
  await tx
    .deleteFrom('refusals')
    .where('edition_id', '=', editionId)
    // A bounce stays true whatever a retry brought.
    .where('came', '=', 'reply')
    .execute();
  await sql`
    insert into refusals (subscriber_id, edition_id, delivery_id, kind, came, code, at)
    select d.subscriber_id, d.edition_id, d.id,
      case when d.reason = 'gone' then 'gone' when ${SAYS_NO_HOST} then 'no_host' else 'soft' end,
      'reply',
      ${CODES},
      e.slot_at
    from deliveries d
    join editions e on e.id = d.edition_id
    join subscribers s on s.id = d.subscriber_id
    where d.edition_id = ${editionId} and d.state = 'refused' and d.reason in ('gone', 'soft')
    on conflict (subscriber_id, edition_id) do nothing`.execute(tx);
  const suppressed = await suppressRefused(tx, editionId, now);
  if (suppressed.gone + suppressed.soft > 0) {
    const subject = await fullName(tx, await lockEdition(tx, editionId));
    await audit(tx, subject, suppressed, now);
  }
  return suppressed;
}

/**
 * Counts a bounce as if the mailbox had refused at once, by the same rules. Repeatable: a second one for the same
 * delivery counts nothing more. Runs in the caller's transaction.
 * @returns why the address is suppressed now; null when it is not, or was before.
 */
export async function countBounce(
  tx: Db,
  { deliveryId, kind, code }: Bounce,
  now: Temporal.Instant,
): Promise<'gone' | 'soft' | null> {
  const delivery = await tx
    .selectFrom('deliveries')
    .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
    .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .select(['deliveries.edition_id', 'deliveries.subscriber_id', 'editions.slot_at', 'subscribers.email'])
    .where('deliveries.id', '=', deliveryId)
    .executeTakeFirst();
  // Who was erased has nothing to be counted.
  if (delivery === undefined) return null;
  const { edition_id, subscriber_id, slot_at: at, email } = delivery;
  await tx
    .insertInto('refusals')
    .values({ subscriber_id, edition_id, delivery_id: deliveryId, kind, came: 'bounce', code, at })
    .onConflict((conflict) =>
      conflict
        .columns(['subscriber_id', 'edition_id'])
        // The worst that was said of it holds.
        .doUpdateSet((eb) => ({ kind: eb.ref('excluded.kind'), code: eb.ref('excluded.code') }))
        .where('refusals.kind', '<>', 'gone'),
    )
    .execute();
  const suppressed = await suppressRefused(tx, edition_id, now, subscriber_id);
  const reason = suppressed.gone > 0 ? 'gone' : suppressed.soft > 0 ? 'soft' : null;
  if (reason !== null) await audit(tx, maskAddress(email), { [reason]: 1 }, now);
  return reason;
}

/**
 * Forgets refusals that a message taken since has made void, once no bounce of it can come any more, and those
 * that are over a year old; a slice at a time.
 */
export async function forgetRefusals(
  db: Db,
  now: Temporal.Instant,
  slice: number,
): Promise<{ numDeletedRows: bigint }> {
  const before = (days: number) => now.subtract({ hours: 24 * days }).epochMilliseconds;
  const { numAffectedRows = 0n } = await sql`
    delete from refusals where (subscriber_id, edition_id) in (
      select r.subscriber_id, r.edition_id from refusals r
      where r.at < ${before(400)} or r.at < ${before(14)} and exists (
        select 1 from deliveries d
        where d.subscriber_id = r.subscriber_id and d.id > r.delivery_id
          and d.state = 'sent' and d.sent_at < ${before(7)}
          and not exists (
            select 1 from refusals b where b.subscriber_id = d.subscriber_id and b.edition_id = d.edition_id))
      limit ${slice})`.execute(db);
  return { numDeletedRows: numAffectedRows };
}

async function suppressRefused(
  tx: Db,
  editionId: number,
  now: Temporal.Instant,
  subscriberId?: number,
): Promise<Suppressed> {
  return {
    gone: await suppressGone(tx, editionId, now, subscriberId),
    soft: await suppressSoft(tx, editionId, now, subscriberId),
  };
}

async function audit(tx: Db, subject: string, after: object, now: Temporal.Instant): Promise<void> {
  const values = { who: BROADSHEET, what: 'suppressions.added', subject, at: now.epochMilliseconds };
  await tx
    .insertInto('audit')
    .values({ ...values, after: JSON.stringify(after) })
    .execute();
}

/** Stands behind `550 ` or `550-`. */
const SAYS_NO_HOST = sql.join(
  NO_SUCH_HOST.map((code) => sql`substr(d.response || ' ', 5, ${sql.lit(code.length + 1)}) = ${`${code} `}`),
  sql` or `,
);

/** `550 5.1.1` of a reply: never its words, which often repeat the address. */
const CODES = sql`case
  when substr(d.response, 5, 2) not in ('4.', '5.') then substr(d.response, 1, 3)
  when substr(d.response || ' ', 10, 1) = ' ' then substr(d.response, 1, 9)
  when substr(d.response || ' ', 11, 1) = ' ' then substr(d.response, 1, 10)
  when substr(d.response || ' ', 12, 1) = ' ' then substr(d.response, 1, 11)
  else substr(d.response, 1, 3) end`;
