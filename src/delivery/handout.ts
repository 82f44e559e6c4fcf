import type { Db } from '../database/connect.ts';

/**
 * How senders learn which batches are due. What it says is a hint: the batch's row alone gives the right to it, so
 * losing a hint, or getting it twice or late, changes nothing. Implementations live in `handout/`, both pass one
 * contract test.
 */
export interface Handout extends AsyncDisposable {
  /** Says, inside the transaction that makes them, that there are batches to send. */
  offer: (tx: Db, batches: OfferedBatch[]) => Promise<void>;
  /** Batches to try to claim now, of other newsletters than `besides`: the oldest first, one a newsletter. */
  due: (now: Temporal.Instant, besides: number[]) => Promise<number[]>;
}

export interface OfferedBatch {
  batchId: number;
  editionId: number;
  /** ms UTC. */
  dueAt: number;
}
