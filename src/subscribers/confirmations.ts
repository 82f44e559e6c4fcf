import type { Db } from '../database/connect.ts';
import type { NoticeData } from '../notices/notice.ts';

/** Below SQLite's limit of bound values. */
const LIST = 500;

/** Takes back the waiting mails that ask people to confirm a newsletter which they have by now. */
export async function withdrawConfirmations(
  tx: Db,
  newsletterId: number,
  subscriberIds: readonly number[],
): Promise<void> {
  for (let from = 0; from < subscriberIds.length; from += LIST) {
    const waiting = await tx
      .selectFrom('notices')
      .innerJoin('subscribers', 'subscribers.email', 'notices.to_address')
      .select(['notices.id', 'notices.data'])
      .where('notices.kind', '=', 'confirmation')
      .where('notices.state', '=', 'queued')
      // What a sender has in hand is on its way.
      .where('notices.sender_id', 'is', null)
      .where('subscribers.id', 'in', subscriberIds.slice(from, from + LIST))
      .execute();
    const ids = waiting
      .filter(({ data }) => (JSON.parse(data) as NoticeData['confirmation']).newsletterId === newsletterId)
      .map(({ id }) => id);
    if (ids.length > 0) await tx.deleteFrom('notices').where('id', 'in', ids).execute();
  }
}
