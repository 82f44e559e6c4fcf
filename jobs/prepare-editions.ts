import type { Context } from '../src/context.ts';
import { prepareDueEditions } from '../src/editions/prepare-due.ts';

/** Every minute. */
export const schedule = '* * * * *';

/** Makes the drafts that are due, `lead_time` before their slots, and keeps the open ones up to date. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  await prepareDueEditions(context, signal);
}
