import type { Db } from '../database/connect.ts';
import type { NoticeKind } from './notice.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How many notices of a kind one address is sent, whoever asks for them. */
const MOST_AN_HOUR = 1;
const MOST_A_DAY = 3;

/**
 * Whether `to` may be sent one more notice of this kind: at most one an hour and three a day. Two requests at once must
 * take turns: the caller's transaction holds the person's row.
 */
export async function mayBeSent(
  tx: Db,
  kind: NoticeKind,
  to: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const sent = await tx
    .selectFrom('notices')
    .select('created_at')
    .where('kind', '=', kind)
    .where('to_address', '=', to)
    .where('created_at', '>', now.epochMilliseconds - DAY)
    .execute();
  const lately = sent.filter((notice) => notice.created_at > now.epochMilliseconds - HOUR);
  return lately.length < MOST_AN_HOUR && sent.length < MOST_A_DAY;
}
