import { sql } from 'kysely';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { openAgain } from './open-again.ts';
import { isClosed } from './open-deliveries.ts';
import { databaseNow, endLeasesOfGone, shortenLeases } from './senders.ts';

/**
 * Takes up what senders left behind whose lease ran out, or whose process this machine knows to be gone: whoever was on the wire without an answer becomes in
 * doubt, and only then are the rows that name them deleted; their batches and notices are free again. So is what
 * names a sender that is not there at all. Never touches a living sender, so that every sender may run it at any
 * time.
 * @returns how many senders, and how many messages are in doubt through them.
 */
export async function recoverSenders(
  context: Pick<Context, 'db' | 'config' | 'log' | 'handout'>,
): Promise<{ senders: number; inDoubt: number }> {
  const { db, config, log, handout } = context;
  await shortenLeases(db);
  await endLeasesOfGone(db);
  if ((await deadSenders(db)).length + (await missingSenders(db)).length === 0)
    return { senders: 0, inDoubt: 0 };
  const recovered = await db.transaction().execute(async (tx) => {
    if (isPostgres(tx) && !(await alone(tx))) return [];
    const dead = [...(await deadSenders(tx)), ...(await missingSenders(tx))];
    if (dead.length === 0) return [];
    const ids = dead.map(({ id }) => id);
    // In the order in which ADVANCE locks: the sender, whose row keeps it from coming in between, the batches, the
    // deliveries.
    await openAgain(tx, handout, (eb) => eb('sender_id', 'in', ids));
    const doubted: (DeadSender & { inDoubt: number })[] = [];
    for (const sender of dead)
      doubted.push({ ...sender, inDoubt: await doubt(tx, sender.id, config.inDoubt) });
    await tx.deleteFrom('in_flight').where('sender_id', 'in', ids).execute();
    await tx
      .updateTable('notices')
      .set({ sender_id: null })
      .where(sql<boolean>`state = 'queued'`)
      .where('sender_id', 'in', ids)
      .execute();
    await tx.deleteFrom('senders').where('id', 'in', ids).execute();
    return doubted;
  });
  for (const { host, pid, inDoubt } of recovered) {
    const who = host === null ? 'A sender of which nothing is known' : `The sender ${pid} on ${host}`;
    log.warn({ host, pid, inDoubt }, `${who} ended without a word: what it held is taken over`);
  }
  return {
    senders: recovered.length,
    inDoubt: recovered.reduce((sum, { inDoubt }) => sum + inDoubt, 0),
  };
}

/** `host` and `pid` are null for one that left no row. */
interface DeadSender {
  id: number;
  host: string | null;
  pid: number | null;
}

/** Whether no other process is at it: two would doubt the same message twice. Until the transaction ends. */
async function alone(tx: Db): Promise<boolean> {
  const { rows } = await sql<{
    got: boolean;
  }>`select pg_try_advisory_xact_lock(hashtext('broadsheet recovery')) as got`.execute(tx);
  return rows[0]?.got === true;
}

/** Senders whose lease ran out; in a transaction on PostgreSQL they stay so. */
async function deadSenders(db: Db): Promise<DeadSender[]> {
  return db
    .selectFrom('senders')
    .select(['id', 'host', 'pid'])
    .where('lease_until', '<', databaseNow(db))
    .orderBy('id')
    .$if(db.isTransaction && isPostgres(db), (query) => query.forUpdate())
    .execute();
}

/** Senders that something names, and that are not there: restored from a copy, deleted by hand. */
async function missingSenders(db: Db): Promise<DeadSender[]> {
  const { rows } = await sql<{ id: number }>`
    select sender_id as id from (
      select sender_id from in_flight
      union select sender_id from batches where state <> 'done' and state = 'claimed' and sender_id is not null
      union select sender_id from notices where state = 'queued' and sender_id is not null
    ) as named
    where not exists (select 1 from senders where senders.id = named.sender_id)`.execute(db);
  return rows.map(({ id }) => ({ id, host: null, pid: null }));
}

/**
 * A message that may or may not have arrived is sent once more with the same Message-ID, or left to a person
 * (`IN_DOUBT`); the second time it always is.
 */
async function doubt(tx: Db, senderId: number, policy: Config['inDoubt']): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .from('in_flight')
    .set({
      state: sql`case when deliveries.state = 'queued' and ${policy} = 'retry' and deliveries.in_doubt = 0
        then 'queued' else 'unknown' end`,
      reason: null,
      tries: sql`deliveries.tries + 1`,
      in_doubt: sql`deliveries.in_doubt + 1`,
      revision: sql`in_flight.revision`,
      first_tried_at: sql`coalesce(deliveries.first_tried_at, in_flight.since)`,
      response: 'No answer: the sender ended while the message was out.',
    })
    .whereRef('in_flight.delivery_id', '=', 'deliveries.id')
    .where('in_flight.sender_id', '=', senderId)
    .where((eb) => eb.or([eb('deliveries.state', '=', 'queued'), isClosed]))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
