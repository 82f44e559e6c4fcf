import type { Context } from '../src/context.ts';
import { dropWithdrawn } from '../src/editions/drop-withdrawn.ts';

/** Every minute. */
export const schedule = '* * * * *';

/** Takes stories that were withdrawn out of every copy that has not left. */
export async function run({ db, now, log }: Context): Promise<void> {
  for (const { edition, revision } of await dropWithdrawn(db, now())) {
    log.warn({ edition, revision }, 'A story was withdrawn: what has not left goes out without it');
  }
}
