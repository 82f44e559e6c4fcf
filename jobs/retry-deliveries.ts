import type { Context } from '../src/context.ts';
import { requeueDue } from '../src/delivery/requeue.ts';

/** Every minute. */
export const schedule = '* * * * *';

/** Tries again what was put off and is due. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  const people = await requeueDue(context, signal);
  if (people > 0) context.log.info({ people }, 'Trying again');
}
