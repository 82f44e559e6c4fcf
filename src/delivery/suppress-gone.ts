import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { domainOf, sinceLastSent, suppressWhere } from './suppress-where.ts';

/** A provider once said "no such user" of everybody for two days: above these, only the second time counts. */
export const STORM = { share: 0.05, atLeast: 20 };
export const DOMAIN_STORM = { share: 0.2, recipients: 50 };

/** Two editions of one morning are one time: what was wrong at 07:00 is wrong at 07:05. */
const SECOND_TIME_AFTER = 20 * 3_600_000;

/** Too many at once to be believed the first time. */
export interface Storm {
  /** null: of the whole edition. */
  domain: string | null;
  /** How many of those `tried` are gone. */
  gone: number;
  tried: number;
}

/**
 * Suppresses the addresses of an edition whose mailbox is gone: at once when their number is usual, in a storm only
 * those that were gone the last time too; those whose domain is gone always the second time.
 * @param subscriberId only this one.
 * @returns how many.
 */
export async function suppressGone(
  tx: Db,
  editionId: number,
  now: Temporal.Instant,
  subscriberId?: number,
): Promise<number> {
  const { gone, hosts } = await countKinds(tx, editionId);
  if (gone + hosts === 0) return 0;
  const domains = (await stormsAmong(tx, editionId, gone)).map(({ domain }) => domain);
  const atOnce = domains.includes(null)
    ? sql`false`
    : domains.length === 0
      ? sql`r.kind = 'gone'`
      : sql`r.kind = 'gone' and ${domainOf(tx)} not in (${sql.join(domains)})`;
  const again = sql`r.kind in ('gone', 'no_host') and exists (
    select 1 from refusals p
    where p.subscriber_id = r.subscriber_id and p.kind in ('gone', 'no_host')
      and p.at <= r.at - ${sql.lit(SECOND_TIME_AFTER)} and p.delivery_id > ${sinceLastSent})`;
  return suppressWhere(tx, 'gone', sql`(${atOnce} or ${again})`, { editionId, subscriberId, now });
}

/** The storms in which an edition's addresses were gone, hence not all suppressed. Known when the edition has ended. */
export async function stormsOf(db: Db, editionId: number): Promise<Storm[]> {
  const { gone } = await countKinds(db, editionId);
  return stormsAmong(db, editionId, gone);
}

async function countKinds(db: Db, editionId: number): Promise<{ gone: number; hosts: number }> {
  return db
    .selectFrom('refusals')
    .select([
      sql<number>`coalesce(sum(case when kind = 'gone' then 1 else 0 end), 0)`.as('gone'),
      sql<number>`coalesce(sum(case when kind = 'no_host' then 1 else 0 end), 0)`.as('hosts'),
    ])
    .where('edition_id', '=', editionId)
    .executeTakeFirstOrThrow();
}

/** One of the whole edition, or those of single domains. */
async function stormsAmong(db: Db, editionId: number, gone: number): Promise<Storm[]> {
  const whole = await wholeStorm(db, editionId, gone);
  return whole === null ? stormyDomains(db, editionId, gone) : [whole];
}

async function wholeStorm(tx: Db, editionId: number, gone: number): Promise<Storm | null> {
  if (gone < STORM.atLeast) return null;
  // Counting so many is enough to tell.
  const enough = Math.ceil(gone / STORM.share);
  const tried = tx
    .selectFrom('deliveries')
    .select('id')
    .where('edition_id', '=', editionId)
    .where('state', 'in', ['sent', 'refused'])
    .limit(enough);
  const { count } = await tx
    .selectFrom(tried.as('tried'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return gone > count * STORM.share ? { domain: null, gone, tried: count } : null;
}

/** Domains with many recipients of the edition that say of too many of them that they are gone. */
async function stormyDomains(tx: Db, editionId: number, gone: number): Promise<Storm[]> {
  const atLeast = Math.floor(DOMAIN_STORM.recipients * DOMAIN_STORM.share) + 1;
  if (gone < atLeast) return [];
  const { rows: suspects } = await sql<{ domain: string; gone: number }>`
    select ${domainOf(tx)} as domain, count(*) as gone
    from refusals r join subscribers s on s.id = r.subscriber_id
    where r.edition_id = ${editionId} and r.kind = 'gone'
    group by 1 having count(*) >= ${sql.lit(atLeast)}`.execute(tx);
  if (suspects.length === 0) return [];
  const { rows: tried } = await sql<{ domain: string; count: number }>`
    select ${domainOf(tx)} as domain, count(*) as count
    from deliveries d join subscribers s on s.id = d.subscriber_id
    where d.edition_id = ${editionId} and d.state in ('sent', 'refused')
      and ${domainOf(tx)} in (${sql.join(suspects.map(({ domain }) => domain))})
    group by 1`.execute(tx);
  const countOf = new Map(tried.map(({ domain, count }) => [domain, count]));
  return suspects.flatMap(({ domain, gone }) => {
    const tried = countOf.get(domain) ?? 0;
    return tried >= DOMAIN_STORM.recipients && gone > tried * DOMAIN_STORM.share
      ? [{ domain, gone, tried }]
      : [];
  });
}
