import type { Context } from '../src/context.ts';
import { excludeStopped } from '../src/delivery/stop.ts';

/** Every minute. */
export const schedule = '* * * * *';

/** Takes what has not left of stopped editions out of the way. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  const people = await excludeStopped(context, signal);
  if (people > 0) context.log.info({ people }, 'Left out: their edition was stopped');
}
