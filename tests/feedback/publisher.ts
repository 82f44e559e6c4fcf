import { createHash } from 'node:crypto';
import type { Db } from '../../src/database/connect.ts';
import { suppressionKey } from '../../src/subscribers/address.ts';
import { subscriberRow } from '../../src/subscribers/subscribers.ts';
import { openNewsroom, SLOT } from '../delivery/newsroom.ts';

export { SLOT };

/** Who reads a newsletter, and editions that went out to all of them. */
export async function openPublisher(db: Db, emails: string[]) {
  const { newsletterId } = await openNewsroom(db);
  const key = await suppressionKey(db);
  const people = await db
    .insertInto('subscribers')
    .values(emails.map((email) => subscriberRow(key, { email }, SLOT)))
    .returning(['id', 'email'])
    .execute();
  await db
    .insertInto('subscriptions')
    .values(
      people.map(({ id }) => ({
        subscriber_id: id,
        newsletter_id: newsletterId,
        rhythm: 'daily',
        state: 'active' as const,
        confirmed_at: 0,
        created_at: 0,
      })),
    )
    .execute();
  let editions = 0;

  /** An edition that everybody got, `days` after the first. */
  async function edition(days = 0) {
    const at = SLOT.add({ hours: 24 * days }).epochMilliseconds;
    const { id: editionId } = await db
      .insertInto('editions')
      .values({
        newsletter_id: newsletterId,
        kind: 'special',
        slot_at: at,
        name: `special ${++editions}`,
        state: 'sent',
        state_at: at,
        window_from: 0,
        window_to: 0,
        created_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('deliveries')
      .values(
        people.map(({ id, email }) => ({
          ...{ edition_id: editionId, subscriber_id: id, lane: 'other', due_at: at, state: 'sent' as const },
          ...{ token: tokenOf(editionId, email), first_tried_at: at, sent_at: at, response: '250 2.0.0 Ok' },
        })),
      )
      .execute();
    return { id: editionId, token: (email: string) => tokenOf(editionId, email) };
  }

  const standing = async (email: string) => {
    const row = await db
      .selectFrom('subscribers')
      .innerJoin('subscriptions', 'subscriptions.subscriber_id', 'subscribers.id')
      .leftJoin('suppressions', 'suppressions.address_key', 'subscribers.address_key')
      .select(['subscriptions.state', 'suppressions.reason'])
      .where('subscribers.email', '=', email)
      .executeTakeFirstOrThrow();
    return `${row.state}${row.reason === null ? '' : `, suppressed: ${row.reason}`}`;
  };
  return { newsletterId, edition, standing };
}

function tokenOf(editionId: number, email: string): string {
  return createHash('sha256').update(`${editionId} ${email}`).digest('hex').slice(0, 32);
}
