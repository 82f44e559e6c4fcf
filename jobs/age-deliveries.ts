import type { Context } from '../src/context.ts';
import { expireDeliveries } from '../src/delivery/expire.ts';
import { excludeOvertaken } from '../src/delivery/overtake.ts';
import { pauseStale } from '../src/delivery/stale.ts';

/** Every minute. */
export const schedule = '* * * * *';

/** Copies grow old: the next edition overtakes them, they expire, or a person is asked whether they still go out. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  const overtaken = await excludeOvertaken(context, signal);
  if (overtaken > 0) context.log.warn({ people: overtaken }, 'Left out: their next edition was due first');
  const expired = await expireDeliveries(context, signal);
  if (expired > 0) context.log.warn({ people: expired }, 'Expired: their copy could not be sent in time');
  await pauseStale(context);
}
