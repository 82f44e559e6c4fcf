import type { Db } from '../database/connect.ts';
import type { Unwanted } from './batches.ts';

/**
 * How senders learn which batches are due. What it says is a hint: the batch's row alone gives the right to it, so
 * losing a hint, or getting it twice or late, changes nothing. Implementations live in `handout/`, both pass one
 * contract test.
 */
export interface Handout extends AsyncDisposable {
  /** Says, inside the transaction that makes them, that there are batches to send. */
  offer: (tx: Db, batches: OfferedBatch[]) => Promise<void>;
  /** Batches to try to claim now: the oldest first, one for each lane of a newsletter. */
  due: (now: Temporal.Instant, unwanted: Unwanted) => Promise<number[]>;
}

export interface OfferedBatch {
  batchId: number;
  editionId: number;
  lane: string;
  /** ms UTC. */
  dueAt: number;
}
