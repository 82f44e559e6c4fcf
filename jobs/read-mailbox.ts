import type { Context } from '../src/context.ts';
import { readMailbox } from '../src/feedback/mailbox.ts';
import { withMailboxLease } from '../src/feedback/mailbox-lease.ts';

// Each minute: a reader who complains or asks to leave by mail must not get the next edition.
export const schedule = '* * * * *';

/** A run that takes longer than this is given up. */
const AT_MOST = 10 * 60_000;

/** Reads the mailbox of BOUNCE_IMAP_URL, on one machine at a time. */
export async function run(context: Context, stopping: AbortSignal): Promise<void> {
  const url = context.secrets.bounceImapUrl;
  if (url === null) return;
  // Stops before its lease is over.
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(AT_MOST - 60_000)]);
  const done = await withMailboxLease(context, AT_MOST, () => readMailbox(context, url, signal));
  if (done !== null && done.ours > 0) context.log.info(done, 'Mail that came back was read');
}
