import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { type Lease, leaseEnd } from './senders.ts';

/** At most so many recipients: what a crash hands to others in one piece, and a claim pays for. */
export const BATCH_SIZE = 500;

/** A batch in the hands of this process. Its epoch tells whether it still is. */
export interface Claim {
  batchId: number;
  epoch: number;
  editionId: number;
  newsletterId: number;
}

/** Takes a batch, if it is still to be had: open, due, its edition going out. One conditional UPDATE decides. */
export async function claimBatch(
  db: Db,
  batchId: number,
  senderId: number,
  now: Temporal.Instant,
  lease: Lease,
): Promise<Claim | null> {
  const claimed = await db
    .updateTable('batches')
    .set((eb) => ({
      state: 'claimed',
      sender_id: senderId,
      epoch: eb('epoch', '+', 1),
      lease_until: leaseEnd(db, lease),
    }))
    .where('id', '=', batchId)
    .where('state', '=', 'open')
    .where('due_at', '<=', now.epochMilliseconds)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('editions')
          .select('editions.id')
          .whereRef('editions.id', '=', 'batches.edition_id')
          .where('editions.state', '=', 'sending'),
      ),
    )
    .returning(['id', 'epoch', 'edition_id'])
    .executeTakeFirst();
  if (claimed === undefined) return null;
  const { newsletter_id } = await db
    .selectFrom('editions')
    .select('newsletter_id')
    .where('id', '=', claimed.edition_id)
    .executeTakeFirstOrThrow();
  return {
    batchId: claimed.id,
    epoch: claimed.epoch,
    editionId: claimed.edition_id,
    newsletterId: newsletter_id,
  };
}

/** Gives a batch back with nothing of it on the wire: its edition was paused, or this process stops. */
export async function giveBackBatch(db: Db, { batchId, epoch }: Claim): Promise<void> {
  await db
    .updateTable('batches')
    .set({ state: 'open', sender_id: null, lease_until: null })
    .where('id', '=', batchId)
    .where('epoch', '=', epoch)
    .where('state', '=', 'claimed')
    .execute();
}

/**
 * The oldest due batch of each newsletter that has one, except of those in `besides`: claiming goes round the
 * newsletters, so that a million readers of one never hold up a hundred of another.
 */
export async function dueBatches(
  db: Db,
  now: Temporal.Instant,
  besides: number[],
): Promise<{ batchId: number; editionId: number }[]> {
  const rows = await db
    .selectFrom('batches')
    .innerJoin('editions', 'editions.id', 'batches.edition_id')
    .select((eb) => [eb.fn.min('batches.id').as('batchId'), eb.fn.min('batches.edition_id').as('editionId')])
    // In the words of the partial index `batches_due`.
    .where(sql<boolean>`batches.state <> 'done'`)
    .where('batches.state', '=', 'open')
    .where('batches.due_at', '<=', now.epochMilliseconds)
    .where('editions.state', '=', 'sending')
    .$if(besides.length > 0, (query) => query.where('editions.newsletter_id', 'not in', besides))
    .groupBy('editions.newsletter_id')
    .orderBy('batchId')
    .execute();
  return rows.map((row) => ({ batchId: row.batchId as number, editionId: row.editionId as number }));
}

/** Whether any sender could send something now. */
export async function anyBatchDue(db: Db, now: Temporal.Instant): Promise<boolean> {
  const batch = await db
    .selectFrom('batches')
    .innerJoin('editions', 'editions.id', 'batches.edition_id')
    .select('batches.id')
    .where(sql<boolean>`batches.state <> 'done'`)
    .where('batches.due_at', '<=', now.epochMilliseconds)
    .where('editions.state', '=', 'sending')
    .limit(1)
    .executeTakeFirst();
  return batch !== undefined;
}
