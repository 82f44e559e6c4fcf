import type { Db } from '../database/connect.ts';
import type { EditionRow } from '../editions/find.ts';
import { readRevision } from '../editions/read-revision.ts';
import { itemsForSections } from '../messages/variant.ts';
import type { Subscriber } from '../subscribers/subscribers.ts';
import { type Subscription, subscriptionsOf } from '../subscribers/subscriptions.ts';
import { findSuppression, type Suppression } from '../subscribers/suppression.ts';
import { type ListedDelivery, OUTCOME } from './list.ts';

/** What there is to say of one person and one edition. Times in ms UTC. */
export interface PersonFacts {
  /** null: they are not in its audience. */
  delivery: Omit<ListedDelivery, 'email' | 'variant'> | null;
  /** What they have with its newsletter now; null: nothing. */
  subscription: Subscription | null;
  suppression: Suppression | null;
  /** They joined when its audience stood already. */
  joinedLater: boolean;
  /** Their sections, as they counted for this edition; null: all. */
  sections: string[] | null;
  /** How many of its stories are in their copy, and in the whole edition. */
  stories: number;
  allStories: number;
}

/** Reads what became of an edition for one person, or would become of it. */
export async function personFacts(
  db: Db,
  edition: EditionRow,
  person: Subscriber,
  now: Temporal.Instant,
): Promise<PersonFacts> {
  const delivery = await db
    .selectFrom('deliveries')
    .select([...OUTCOME])
    .where('edition_id', '=', edition.id)
    .where('subscriber_id', '=', person.id)
    .executeTakeFirst();
  const subscriptions = await subscriptionsOf(db, person.id, now);
  const subscription = subscriptions.find((each) => each.newsletterId === edition.newsletter_id) ?? null;
  const suppression = (await findSuppression(db, person.email)) ?? null;
  const sections =
    delivery === undefined
      ? (subscription?.sections ?? null)
      : delivery.variant === null
        ? null
        : (JSON.parse(delivery.variant) as string[]);
  const number = delivery?.revision ?? (edition.sending_at === null ? null : edition.approved_revision);
  const { items, newsletter } = await readRevision(db, edition.id, number ?? undefined);
  const { variant: _, ...told } = delivery ?? { variant: null };
  return {
    delivery: delivery === undefined ? null : (told as PersonFacts['delivery']),
    subscription,
    suppression,
    joinedLater: edition.frozen_to !== null && (subscription?.id ?? 0) > edition.frozen_to,
    sections,
    stories: itemsForSections(items, sections, newsletter)?.length ?? 0,
    allStories: items.length,
  };
}
