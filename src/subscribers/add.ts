import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { parseAddress } from './address.ts';
import { withdrawConfirmations } from './confirmations.ts';
import { recordConsent } from './consent.ts';
import { keepSubscriber, type Subscriber } from './subscribers.ts';
import { stateAt } from './subscriptions.ts';
import { findSuppression, liftSuppression } from './suppression.ts';

/**
 * Adds a reader on the operator's word that they asked for it: no mail is sent.
 * @param again that they asked to come back, after having left or having been suppressed.
 * @returns the person, and whether anything changed.
 * @throws RefusedError when it is no address, or they left or are suppressed and `again` is not said, or after a
 * complaint, which only a written reason lifts.
 */
export async function addReader(
  db: Db,
  newsletter: Newsletter,
  person: { address: string; name?: string | undefined; again?: boolean | undefined },
  now: Temporal.Instant,
): Promise<{ subscriber: Subscriber; changed: boolean }> {
  const email = parseAddress(person.address);
  return db.transaction().execute(async (tx) => {
    const suppression = await findSuppression(tx, email);
    if (suppression !== undefined && !person.again) {
      throw new RefusedError(
        `${email} gets no more mail (${suppression.reason}, ${day(suppression.at)}). If they asked to come back, say --again.`,
      );
    }
    if (suppression?.reason === 'complaint') {
      throw new RefusedError(
        `${email} complained on ${day(suppression.at)}. If they asked to come back, write down how first:   broadsheet suppressions remove ${email} --note "…"`,
      );
    }
    if (suppression !== undefined) await liftSuppression(tx, email);
    const subscriber = await keepSubscriber(tx, { email, name: person.name ?? null }, now);
    const before = await tx
      .selectFrom('subscriptions')
      .select(['id', 'state', 'left_at', 'paused_until'])
      .where('subscriber_id', '=', subscriber.id)
      .where('newsletter_id', '=', newsletter.id)
      .executeTakeFirst();
    if (before !== undefined && ['active', 'paused'].includes(stateAt(before, now))) {
      return { subscriber, changed: suppression !== undefined };
    }
    if (before?.left_at != null && !person.again) {
      throw new RefusedError(
        `${email} left ${newsletter.name} on ${day(before.left_at)}. If they asked to come back, say --again.`,
      );
    }
    const at = now.epochMilliseconds;
    const reading = { state: 'active' as const, confirmed_at: at, left_at: null, paused_until: null };
    await tx
      .insertInto('subscriptions')
      .values({
        subscriber_id: subscriber.id,
        newsletter_id: newsletter.id,
        rhythm: Object.keys(newsletter.rhythms)[0] as string,
        created_at: at,
        ...reading,
      })
      .onConflict((conflict) => conflict.columns(['subscriber_id', 'newsletter_id']).doUpdateSet(reading))
      .execute();
    const who = { subscriberId: subscriber.id, newsletterId: newsletter.id };
    await withdrawConfirmations(tx, newsletter.id, [subscriber.id]);
    await recordConsent(tx, who, 'imported', { source: 'command' }, now);
    return { subscriber, changed: true };
  });
}

function day(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString().slice(0, 10);
}
