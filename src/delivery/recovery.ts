import { sql } from 'kysely';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { databaseNow } from './senders.ts';

/**
 * Takes up what senders left behind whose lease ran out: whoever was on the wire without an answer becomes in
 * doubt, and only then are the rows that name them deleted; their batches and notices are free again.
 * Never touches a living sender, so that every sender may run it at any time.
 * @returns how many senders, and how many messages are in doubt through them.
 */
export async function recoverSenders(
  context: Pick<Context, 'db' | 'config' | 'log'>,
): Promise<{ senders: number; inDoubt: number }> {
  const { db, config, log } = context;
  await reopenOrphans(db);
  const dead = await deadSenders(db);
  if (dead.length === 0) return { senders: 0, inDoubt: 0 };
  const recovered = await db.transaction().execute(async (tx) => {
    // Another process may be at it: whoever has the row does the work.
    const ours = await deadSenders(tx, dead);
    if (ours.length === 0) return { senders: 0, inDoubt: 0 };
    const inDoubt = await doubt(tx, ours, config.inDoubt);
    await tx.deleteFrom('in_flight').where('sender_id', 'in', ours).execute();
    await tx
      .updateTable('batches')
      .set((eb) => ({ state: 'open', sender_id: null, lease_until: null, epoch: eb('epoch', '+', 1) }))
      .where('sender_id', 'in', ours)
      .where('state', '=', 'claimed')
      .execute();
    await tx
      .updateTable('notices')
      .set((eb) => ({ sender_id: null, tries: eb('tries', '+', 1) }))
      .where('sender_id', 'in', ours)
      .where('state', '=', 'queued')
      .execute();
    await tx.deleteFrom('senders').where('id', 'in', ours).execute();
    return { senders: ours.length, inDoubt };
  });
  if (recovered.senders > 0)
    log.warn(recovered, 'Took up what a sender that ended without a word left behind');
  return recovered;
}

/** Batches that a sender claimed at the very moment at which others took it for dead. Nothing of them went out. */
async function reopenOrphans(db: Db): Promise<void> {
  await db
    .updateTable('batches')
    .set((eb) => ({ state: 'open', sender_id: null, lease_until: null, epoch: eb('epoch', '+', 1) }))
    // In the words of the partial index `batches_due`.
    .where(sql<boolean>`state <> 'done'`)
    .where('state', '=', 'claimed')
    .where('lease_until', '<', databaseNow(db))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('senders').select('senders.id').whereRef('senders.id', '=', 'batches.sender_id'),
        ),
      ),
    )
    .execute();
}

async function deadSenders(db: Db, among?: number[]): Promise<number[]> {
  const rows = await db
    .selectFrom('senders')
    .select('id')
    .where('lease_until', '<', databaseNow(db))
    .$if(among !== undefined, (query) => query.where('id', 'in', among ?? []))
    .$if(among !== undefined && isPostgres(db), (query) => query.forUpdate().skipLocked())
    .execute();
  return rows.map((row) => row.id);
}

/**
 * A message that may or may not have arrived is sent once more with the same Message-ID, or left to a person
 * (`IN_DOUBT`); the second time it always is.
 */
async function doubt(tx: Db, senders: number[], policy: Config['inDoubt']): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .from('in_flight')
    .set({
      state: sql`case when ${policy} = 'retry' and deliveries.in_doubt = 0 then 'queued' else 'unknown' end`,
      tries: sql`deliveries.tries + 1`,
      in_doubt: sql`deliveries.in_doubt + 1`,
      revision: sql`in_flight.revision`,
      first_tried_at: sql`coalesce(deliveries.first_tried_at, in_flight.since)`,
      response: 'No answer: the sender ended while the message was out.',
    })
    .whereRef('in_flight.delivery_id', '=', 'deliveries.id')
    .where('in_flight.sender_id', 'in', senders)
    .where('deliveries.state', '=', 'queued')
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
