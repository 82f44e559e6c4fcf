import type { Db } from '../database/connect.ts';
import type { SubscriptionState } from '../database/tables/subscribers.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { mayBeSent } from '../notices/limit.ts';
import { queueNotice } from '../notices/notice.ts';
import { parseAddress } from './address.ts';
import { type Origin, recordConsent, type Wording } from './consent.ts';
import { keepSubscriber, type Subscriber, subscriberByToken } from './subscribers.ts';
import { liftOwnWish, refusesMail } from './suppression.ts';

/**
 * Somebody asks for a newsletter (double opt-in): the address is sent one link to confirm with. Says nothing about
 * whether the address is known, and takes the same way for all of them: a stranger must not learn who reads what.
 * @throws RefusedError when it is not an address.
 */
export async function askToJoin(
  db: Db,
  newsletter: Newsletter,
  wish: { address: string; rhythm?: string | undefined; wording: Wording },
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  const email = parseAddress(wish.address);
  await db.transaction().execute(async (tx) => {
    if (await refusesMail(tx, email)) return;
    const person = await keepSubscriber(tx, { email }, now);
    await wishFor(tx, person, newsletter, rhythmOf(newsletter, wish.rhythm), now);
    if (!(await mayBeSent(tx, 'confirmation', person.email, now))) return;
    const who = { subscriberId: person.id, newsletterId: newsletter.id };
    await recordConsent(tx, who, 'asked', origin, now, wish.wording);
    // To the address as it is stored: what a stranger typed may be spelt so as to reach another mailbox.
    await queueNotice(
      tx,
      'confirmation',
      person.email,
      { newsletterId: newsletter.id, subscriberToken: person.token, language: newsletter.language },
      now,
    );
  });
}

/**
 * The person pressed the button behind the link: from now on they get these newsletters, as far as they had asked
 * for them. Doing it again changes nothing.
 * @returns which of `newsletters` they get now; empty when they have left since, or the person is gone.
 */
export async function confirmJoining(
  db: Db,
  token: string,
  newsletters: Newsletter[],
  origin: Origin,
  now: Temporal.Instant,
): Promise<Newsletter[]> {
  return db.transaction().execute(async (tx) => {
    const person = await subscriberByToken(tx, token);
    if (person === undefined) return [];
    const reading: Newsletter[] = [];
    for (const newsletter of newsletters) {
      const before = await tx
        .selectFrom('subscriptions')
        .select(['id', 'state'])
        .where('subscriber_id', '=', person.id)
        .where('newsletter_id', '=', newsletter.id)
        .executeTakeFirst();
      if (before === undefined || before.state === 'unsubscribed') continue;
      reading.push(newsletter);
      if (before.state === 'active') continue;
      await activate(tx, person, newsletter, before, origin, now);
    }
    if (reading.length > 0) await liftOwnWish(tx, person.email);
    return reading;
  });
}

/** Makes the wish, or renews that of somebody who left. Whoever reads already is left as they are. */
async function wishFor(
  tx: Db,
  person: Subscriber,
  newsletter: Newsletter,
  rhythm: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('subscriptions')
    .values({
      subscriber_id: person.id,
      newsletter_id: newsletter.id,
      rhythm,
      state: 'pending',
      created_at: now.epochMilliseconds,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['subscriber_id', 'newsletter_id'])
        // An old yes is no yes to this: were it kept, leaving and taking that back would make a reader of them.
        .doUpdateSet({ rhythm, state: 'pending', confirmed_at: null, created_at: now.epochMilliseconds })
        .where('subscriptions.state', 'in', ['pending', 'unsubscribed']),
    )
    .execute();
}

async function activate(
  tx: Db,
  person: Subscriber,
  newsletter: Newsletter,
  before: { id: number; state: SubscriptionState },
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  const at = now.epochMilliseconds;
  const isNew = before.state === 'pending';
  const { numUpdatedRows } = await tx
    .updateTable('subscriptions')
    .set({ state: 'active', paused_until: null, left_at: null, ...(isNew ? { confirmed_at: at } : {}) })
    .where('id', '=', before.id)
    .where('state', '=', before.state)
    .executeTakeFirst();
  // Pressed twice at once: the other one has done it.
  if (numUpdatedRows === 0n) return;
  const who = { subscriberId: person.id, newsletterId: newsletter.id };
  await recordConsent(tx, who, isNew ? 'confirmed' : 'resumed', origin, now);
  if (!isNew) return;
  await queueNotice(
    tx,
    'welcome',
    person.email,
    { newsletterId: newsletter.id, subscriberToken: person.token, language: newsletter.language },
    now,
  );
}

function rhythmOf(newsletter: Newsletter, wanted: string | undefined): string {
  const offered = Object.keys(newsletter.rhythms);
  return offered.find((rhythm) => rhythm === wanted) ?? (offered[0] as string);
}
