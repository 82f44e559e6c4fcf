import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import type { Handout } from './handout.ts';
import { openAgain } from './open-again.ts';
import { isGone, ownPlace } from './pid-space.ts';

/** Renewed every 5 s, good for 20: three renewals may fail before anybody takes over. */
export const LEASE = { renewEvery: 5_000, goodFor: 20_000 };
export type Lease = typeof LEASE;

/** ms that a database may take over what a lease depends on, before it is asked again over another connection. */
export const ANSWER_WITHIN = 6_000;

/** Enters this process among the senders. @returns its key, by which batches and notices name their holder. */
export async function registerSender(db: Db, lease: Lease): Promise<number> {
  const { id } = await db
    .insertInto('senders')
    .values({
      ...ownPlace(),
      started_at: databaseNow(db),
      lease_until: leaseEnd(db, lease),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/**
 * Holds the sender, and with it all that it has claimed, for another lease.
 * @returns false when others took it for dead.
 * @throws when the database does not answer in time.
 */
export async function renewSender(db: Db, senderId: number, lease: Lease): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('senders')
    .set({ lease_until: leaseEnd(db, lease) })
    .where('id', '=', senderId)
    .executeTakeFirst({ signal: AbortSignal.timeout(ANSWER_WITHIN) });
  return numUpdatedRows === 1n;
}

/**
 * Brings leases that no renewal could have given down to one that it could: the database's clock was set back, and who
 * died before would seem alive until it has caught up. Who lives keeps as long a lease as renewing now would give.
 */
export async function shortenLeases(db: Db): Promise<void> {
  await db
    .updateTable('senders')
    .set({ lease_until: leaseEnd(db, LEASE) })
    .where('lease_until', '>', sql<number>`${databaseNow(db)} + ${sql.lit(2 * LEASE.goodFor)}`)
    .execute();
}

/**
 * Ends the leases of senders whose process is there no more, as far as this machine can tell: whoever is started again
 * here after a crash need not wait for them to run out.
 */
export async function endLeasesOfGone(db: Db): Promise<void> {
  const senders = await db.selectFrom('senders').select(['id', 'host', 'pid', 'pid_space']).execute();
  const gone = senders.filter(isGone).map(({ id }) => id);
  if (gone.length === 0) return;
  await db.updateTable('senders').set({ lease_until: 0 }).where('id', 'in', gone).execute();
}

/** How many senders live, on all machines. @param at ms UTC. */
export async function countSenders(db: Db, at: number): Promise<number> {
  const senders = await db
    .selectFrom('senders')
    .select(['host', 'pid', 'pid_space'])
    .where('lease_until', '>', at)
    .execute();
  return senders.filter((sender) => !isGone(sender)).length;
}

/** Leaves in order: what it held is free at once. Only for a sender with nothing on the wire. */
export async function removeSender(db: Db, senderId: number, handout: Handout | undefined): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('senders').where('id', '=', senderId).execute();
    await openAgain(tx, handout, (eb) => eb('sender_id', '=', senderId));
    await tx.deleteFrom('in_flight').where('sender_id', '=', senderId).execute();
    await tx.updateTable('notices').set({ sender_id: null }).where('sender_id', '=', senderId).execute();
  });
}

/**
 * Whether `senderId` is a sender still, for the `where` of everything that only one may do. On PostgreSQL whoever
 * wants to take it for dead waits until the transaction ends.
 */
export function isSender(db: Db, senderId: number): RawBuilder<SqlBool> {
  const lock = isPostgres(db) ? sql`for key share` : sql``;
  return sql<SqlBool>`exists (select 1 from senders where id = ${senderId} ${lock})`;
}

function leaseEnd(db: Db, lease: Lease): RawBuilder<number> {
  return sql<number>`${databaseNow(db)} + ${sql.lit(lease.goodFor)}`;
}

/** ms UTC on the database's clock: what machines agree on, whose own clocks differ. */
export function databaseNow(db: Db): RawBuilder<number> {
  return isPostgres(db)
    ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
}
