import type { Db } from '../../database/connect.ts';
import { dueBatches } from '../batches.ts';
import type { Handout } from '../handout.ts';

/** Senders look for themselves: enough for one machine, and for all on SQLite. */
export function inProcessHandout(db: Db): Handout {
  return {
    offer: async () => {},
    due: async (now, unwanted) => (await dueBatches(db, now, unwanted)).map(({ batchId }) => batchId),
    [Symbol.asyncDispose]: async () => {},
  };
}
