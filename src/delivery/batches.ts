import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { Handout } from './handout.ts';
import { openAgain } from './open-again.ts';
import { ANSWER_WITHIN, isSender } from './senders.ts';

/** At most so many recipients: what a crash hands to others in one piece, and a claim pays for. */
export const BATCH_SIZE = 500;

/** A batch in the hands of this process. Its epoch tells whether it still is. */
export interface Claim {
  batchId: number;
  epoch: number;
  editionId: number;
  newsletterId: number;
  lane: string;
}

/** A lane of a newsletter of which a sender has a batch in hand. */
export interface Served {
  newsletterId: number;
  lane: string;
}

/** What a sender does not want now. */
export interface Unwanted {
  /** It has one of these already. */
  served: Served[];
  /** Lanes to which nothing should go. */
  closedLanes: string[];
}

/**
 * Takes a batch, if it is still to be had: open, due, its edition going out, and we a sender still. One conditional
 * UPDATE decides.
 */
export async function claimBatch(
  db: Db,
  batchId: number,
  senderId: number,
  now: Temporal.Instant,
): Promise<Claim | null> {
  const claimed = await db
    .updateTable('batches')
    .set((eb) => ({
      state: 'claimed',
      sender_id: senderId,
      epoch: eb('epoch', '+', 1),
    }))
    .where('id', '=', batchId)
    .where('state', '=', 'open')
    .where('due_at', '<=', now.epochMilliseconds)
    .where(isSender(db, senderId))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('editions')
          .select('editions.id')
          .whereRef('editions.id', '=', 'batches.edition_id')
          .where('editions.state', '=', 'sending'),
      ),
    )
    .returning(['id', 'epoch', 'edition_id', 'lane'])
    .executeTakeFirst({ signal: AbortSignal.timeout(ANSWER_WITHIN) });
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
    lane: claimed.lane,
  };
}

/** Gives a batch back with nothing of it on the wire: its edition was paused, or this process stops. */
export async function giveBackBatch(
  db: Db,
  { batchId, epoch }: Claim,
  handout: Handout | undefined,
): Promise<void> {
  await db
    .transaction()
    .execute((tx) =>
      openAgain(tx, handout, (eb) => eb.and([eb('id', '=', batchId), eb('epoch', '=', epoch)])),
    );
}

/**
 * Opens again what `senderId` has claimed and does not know of: the answer to its claiming, or to its giving back,
 * was lost on the way.
 * @param known batches that it holds or is claiming.
 */
export async function reopenForgotten(
  db: Db,
  senderId: number,
  known: number[],
  handout: Handout | undefined,
): Promise<void> {
  await db
    .transaction()
    .execute((tx) =>
      openAgain(tx, handout, (eb) =>
        eb.and([eb('sender_id', '=', senderId), ...(known.length === 0 ? [] : [eb('id', 'not in', known)])]),
      ),
    );
}

/**
 * The oldest due batch of each lane of each newsletter that has one: claiming goes round them, so that a million
 * readers of one newsletter never hold up a hundred of another, nor a slow mailbox provider those of the others.
 */
export async function dueBatches(
  db: Db,
  now: Temporal.Instant,
  { served, closedLanes }: Unwanted,
): Promise<{ batchId: number; editionId: number }[]> {
  const rows = await due(db, now)
    .select((eb) => [eb.fn.min('batches.id').as('batchId'), eb.fn.min('batches.edition_id').as('editionId')])
    .where('batches.state', '=', 'open')
    .$if(closedLanes.length > 0, (query) => query.where('batches.lane', 'not in', closedLanes))
    .where((eb) =>
      eb.and(
        served.map(({ newsletterId, lane }) =>
          eb.or([eb('editions.newsletter_id', '<>', newsletterId), eb('batches.lane', '<>', lane)]),
        ),
      ),
    )
    .groupBy(['editions.newsletter_id', 'batches.lane'])
    .orderBy('batchId')
    .execute();
  return rows.map((row) => ({ batchId: row.batchId as number, editionId: row.editionId as number }));
}

/** Whether any sender has or could have something to send now. */
export async function anyBatchDue(db: Db, now: Temporal.Instant): Promise<boolean> {
  return (await due(db, now).select('batches.id').limit(1).executeTakeFirst()) !== undefined;
}

/** Whether an edition has a batch that is not done, here or with another sender, in other lanes than `besides`. */
export async function hasOpenBatch(db: Db, editionId: number, besides: string[] = []): Promise<boolean> {
  const batch = await db
    .selectFrom('batches')
    .select('id')
    .where('edition_id', '=', editionId)
    .where('state', 'in', ['open', 'claimed'])
    .$if(besides.length > 0, (query) => query.where('lane', 'not in', besides))
    .limit(1)
    .executeTakeFirst();
  return batch !== undefined;
}

/** Batches that are due and not done, of editions that are going out. */
function due(db: Db, now: Temporal.Instant) {
  return (
    db
      .selectFrom('batches')
      .innerJoin('editions', 'editions.id', 'batches.edition_id')
      // In the words of the partial index `batches_due`.
      .where(sql<boolean>`batches.state <> 'done'`)
      .where('batches.due_at', '<=', now.epochMilliseconds)
      .where('editions.state', '=', 'sending')
  );
}
