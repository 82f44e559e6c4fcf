import type { Context } from '../src/context.ts';
import { pollDueSources } from '../src/stories/poll-sources.ts';

// Each minute: every source says itself when it is due.
export const schedule = '* * * * *';

/** Reads the sources that are due; what cannot be read is noted at the source and tried again later. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  await pollDueSources(context, signal);
}
