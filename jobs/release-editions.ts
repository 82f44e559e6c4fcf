import type { Context } from '../src/context.ts';
import { freezeAudience } from '../src/delivery/audience.ts';
import { logGoingOut } from '../src/delivery/log-edition.ts';
import { releaseDueEditions } from '../src/editions/release-due.ts';

// Every five seconds: who approves late may take it back for a minute, and is told when that ends.
export const schedule = '*/5 * * * * *';

/** Sends what is due and approved, reminds editors of what is not, and says why an edition does not go. */
export async function run(context: Context, signal: AbortSignal): Promise<void> {
  await releaseDueEditions(context, signal, async (_, editionId, options) => {
    if (await freezeAudience(context, editionId, options)) await logGoingOut(context, editionId);
  });
}
