import type { Context } from '../src/context.ts';
import { freezeAudience } from '../src/delivery/audience.ts';
import { releaseDueEditions } from '../src/editions/release-due.ts';

/** Every minute. */
export const schedule = '* * * * *';

/** Sends what is due and approved, reminds editors of what is not, and says why an edition does not go. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  await releaseDueEditions(context, signal, freezeAudience);
}
