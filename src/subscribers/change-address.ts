import type { Db } from '../database/connect.ts';
import { maskAddress } from '../log.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { mayBeSent } from '../notices/limit.ts';
import { carriesToken, queueNotice } from '../notices/notice.ts';
import { addressKey, parseAddress, suppressionKey } from './address.ts';
import { type Origin, recordConsent } from './consent.ts';
import { addressColumns, lockSubscriber, type Subscriber, subscriberByAddress } from './subscribers.ts';
import { liftOwnWish, refusesMail, suppress } from './suppression.ts';

/** A new address that waits for its own yes. */
export interface AddressWish {
  /** The new address. */
  to: string;
  /** `stale`: another wish came after it. */
  state: 'open' | 'done' | 'stale';
}

const DAY = 24 * 3_600_000;

/** How many new addresses one person may have written to in a day: this is nobody's form for mailing strangers. */
const MOST_A_DAY = 3;

/**
 * A reader would like to have their mail elsewhere: the new address is sent one link to say yes with. Says nothing
 * about whether that address is known; one that is suppressed, or was asked within the hour, is sent nothing.
 * @throws RefusedError when it is not an address.
 */
export async function askToChangeAddress(
  db: Db,
  token: string,
  newsletter: Newsletter,
  address: string,
  now: Temporal.Instant,
): Promise<void> {
  const to = parseAddress(address);
  await db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, token);
    if (person === undefined || addressKey(to) === person.email_key) return;
    if (await refusesMail(tx, to)) return;
    if (!(await mayBeSent(tx, 'new-address', to, now)) || !(await mayWrite(tx, token, now))) return;
    const { id: newsletterId, language } = newsletter;
    const data = { newsletterId, subscriberToken: token, language };
    await queueNotice(tx, 'new-address', to, data, now);
  });
}

/** What a link to a new address is about; undefined when there is no such wish of this person. */
export async function findAddressWish(
  db: Db,
  person: Subscriber,
  notice: string | undefined,
): Promise<AddressWish | undefined> {
  const wishes = await db
    .selectFrom('notices')
    .select(['token', 'to_address'])
    .where('kind', '=', 'new-address')
    .where(carriesToken(person.token))
    .orderBy('id', 'desc')
    .execute();
  const wish = wishes.find((each) => each.token === notice);
  if (wish === undefined) return undefined;
  const to = wish.to_address;
  if (to === person.email) return { to, state: 'done' };
  // A mistyped address that was asked first belongs to a stranger: it must not take over what was then put right.
  return { to, state: wish === wishes[0] ? 'open' : 'stale' };
}

/**
 * The new address said yes: all mail goes there, and the former one is told. Doing it again changes nothing.
 * @returns the new address and what came of it: `taken` when it is another reader's or wants no mail, `stale` as
 * AddressWish; undefined when there is no such wish.
 */
export async function changeAddress(
  db: Db,
  token: string,
  newsletter: Newsletter,
  notice: string | undefined,
  origin: Origin,
  now: Temporal.Instant,
): Promise<{ to: string; state: 'done' | 'taken' | 'stale' } | undefined> {
  return db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, token);
    const wish = person && (await findAddressWish(tx, person, notice));
    if (person === undefined || wish === undefined) return undefined;
    const { to, state } = wish;
    if (state !== 'open') return { to, state };
    if ((await refusesMail(tx, to)) || !(await makeRoom(tx, to))) return { to, state: 'taken' };
    await tx
      .updateTable('subscribers')
      .set(addressColumns(await suppressionKey(tx), to))
      .where('id', '=', person.id)
      .execute();
    await liftOwnWish(tx, to);
    // An old list that is imported again would else write to both.
    await suppress(tx, person.email, 'moved', now);
    await recordConsent(tx, { subscriberId: person.id, newsletterId: null }, 'moved', origin, now);
    const { id: newsletterId, language } = newsletter;
    const data = { newsletterId, subscriberToken: token, language, address: maskAddress(to) };
    await queueNotice(tx, 'address-changed', person.email, data, now);
    return { to, state: 'done' };
  });
}

async function mayWrite(tx: Db, token: string, now: Temporal.Instant): Promise<boolean> {
  const written = await tx
    .selectFrom('notices')
    .select('id')
    .where('kind', '=', 'new-address')
    .where('created_at', '>', now.epochMilliseconds - DAY)
    .where(carriesToken(token))
    .execute();
  return written.length < MOST_A_DAY;
}

/** Whoever only asked to join with this address, and never said yes, makes way. @returns false for everybody else. */
async function makeRoom(tx: Db, email: string): Promise<boolean> {
  const holder = await subscriberByAddress(tx, email);
  if (holder === undefined) return true;
  const subscriptions = await tx
    .selectFrom('subscriptions')
    .select(['state', 'left_at'])
    .where('subscriber_id', '=', holder.id)
    .execute();
  if (subscriptions.some(({ state, left_at }) => state !== 'pending' || left_at !== null)) return false;
  await tx.deleteFrom('notices').where(carriesToken(holder.token)).execute();
  await tx.deleteFrom('subscribers').where('id', '=', holder.id).execute();
  return true;
}
