import type { Context } from '../src/context.ts';
import { expireDeliveries } from '../src/delivery/expire.ts';
import { requeueDue } from '../src/delivery/requeue.ts';

/** Every minute. */
export const schedule = '* * * * *';

/** Gives up what is too old to be read, and tries again what is due for it. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  const expired = await expireDeliveries(context);
  if (expired > 0) context.log.warn({ people: expired }, 'Expired: their copy could not be sent in time');
  const people = await requeueDue(context, signal);
  if (people > 0) context.log.info({ people }, 'Trying again');
}
