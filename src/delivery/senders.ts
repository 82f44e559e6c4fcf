import { hostname } from 'node:os';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';

/** Renewed every 5 s, good for 20: three renewals may fail before anybody takes over. */
export const LEASE = { renewEvery: 5_000, goodFor: 20_000 };
export type Lease = typeof LEASE;

/** Enters this process among the senders. @returns its key, by which batches and notices name their holder. */
export async function registerSender(db: Db, lease: Lease): Promise<number> {
  const { id } = await db
    .insertInto('senders')
    .values({
      host: hostname(),
      pid: process.pid,
      started_at: databaseNow(db),
      lease_until: leaseEnd(db, lease),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Holds the sender and all it has claimed for another lease. @returns false when others took it for dead. */
export async function renewSender(db: Db, senderId: number, lease: Lease): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('senders')
      .set({ lease_until: leaseEnd(tx, lease) })
      .where('id', '=', senderId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await tx
      .updateTable('batches')
      .set({ lease_until: leaseEnd(tx, lease) })
      .where('sender_id', '=', senderId)
      .where('state', '=', 'claimed')
      .execute();
    return true;
  });
}

/** Leaves in order: what it held is free at once. Only for a sender with nothing on the wire. */
export async function removeSender(db: Db, senderId: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('in_flight').where('sender_id', '=', senderId).execute();
    await tx
      .updateTable('batches')
      .set({ state: 'open', sender_id: null, lease_until: null })
      .where('sender_id', '=', senderId)
      .where('state', '=', 'claimed')
      .execute();
    await tx.updateTable('notices').set({ sender_id: null }).where('sender_id', '=', senderId).execute();
    await tx.deleteFrom('senders').where('id', '=', senderId).execute();
  });
}

export function leaseEnd(db: Db, lease: Lease): RawBuilder<number> {
  return sql<number>`${databaseNow(db)} + ${sql.lit(lease.goodFor)}`;
}

/** ms UTC on the database's clock: what machines agree on, whose own clocks differ. */
export function databaseNow(db: Db): RawBuilder<number> {
  return isPostgres(db)
    ? sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
}
