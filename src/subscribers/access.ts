import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { mayBeSent } from '../notices/limit.ts';
import { type AccessPurpose, queueNotice } from '../notices/notice.ts';
import { lockSubscriber, type Subscriber } from './subscribers.ts';
import { refusesMail } from './suppression.ts';

/**
 * Sends the person, at the address they have now, a link that opens their own data for an hour: whoever only holds a
 * forwarded edition must not get that far. Nothing is sent more than once an hour and three times a day, or to an
 * address that is suppressed; nobody is told.
 */
export async function askForAccess(
  db: Db,
  token: string,
  newsletter: Newsletter,
  purpose: AccessPurpose,
  now: Temporal.Instant,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, token);
    if (person === undefined || (await refusesMail(tx, person.email))) return;
    if (!(await mayBeSent(tx, 'access', person.email, now))) return;
    await queueNotice(
      tx,
      'access',
      person.email,
      { newsletterId: newsletter.id, subscriberToken: person.token, language: newsletter.language, purpose },
      now,
    );
  });
}

/** Whether a link's notice went to the address the person still has: a former mailbox opens nothing any more. */
export async function cameToPresentAddress(
  db: Db,
  person: Subscriber,
  notice: string | undefined,
): Promise<boolean> {
  const sent = await db
    .selectFrom('notices')
    .select('to_address')
    .where('token', '=', notice ?? '')
    .where('kind', '=', 'access')
    .executeTakeFirst();
  return sent?.to_address === person.email;
}
