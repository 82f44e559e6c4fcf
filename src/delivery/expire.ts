import { type SqlBool, sql } from 'kysely';
import type { Context } from '../context.ts';
import { expireAfter } from '../newsletters/expiry.ts';
import { getNewsletter } from '../newsletters/newsletter.ts';
import { closeOpen, freshFrom } from './open-deliveries.ts';

/**
 * What is still open so long after it was first due becomes expired: what waits for another try, and what was never
 * tried. What is on the wire is left alone.
 * @returns how many people do not get their copy for this.
 */
export async function expireDeliveries(
  { db, now }: Pick<Context, 'db' | 'now'>,
  signal?: AbortSignal,
): Promise<number> {
  const editions = await db
    .selectFrom('editions')
    .select(['id', 'newsletter_id', 'rhythm', 'slot_at', 'sending_at'])
    .where('state', 'in', ['sending', 'paused'])
    .execute();
  let people = 0;
  for (const { id, newsletter_id, rhythm, slot_at, sending_at } of editions) {
    const { timing } = await getNewsletter(db, newsletter_id);
    const before = now().epochMilliseconds - expireAfter(rhythm, timing);
    // Nothing of it was due before: its deliveries, a million perhaps, need not be looked at each minute.
    if (Math.min(slot_at, sending_at ?? slot_at) > before) continue;
    const which = sql<SqlBool>`${freshFrom} <= ${before}`;
    people += await closeOpen(db, id, { state: 'expired' }, { which, signal });
  }
  return people;
}
