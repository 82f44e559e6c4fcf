import { maskAddress } from '../log.ts';
import { findNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { openLink, type Purpose, signLink } from '../subscribers/links.ts';
import { type Subscriber, subscriberByToken } from '../subscribers/subscribers.ts';
import { type Subscription, subscriptionsOf } from '../subscribers/subscriptions.ts';
import { type Frame, frameOf } from './page.ts';
import { PageError } from './page-error.ts';
import type { Site } from './site.ts';
import { tell } from './words.ts';

/** Who opened a personal link, and what they have here. */
export interface Reader {
  person: Subscriber;
  newsletter: Newsletter;
  frame: Frame;
  /** `r•••@example.org`: mails get forwarded, so no page shows more. */
  address: string;
  /** With the newsletter of the link. */
  subscription: Subscription | undefined;
  /** With all the others. */
  others: Subscription[];
}

/**
 * The reader whose link this is. Reads only, so that a GET may call it.
 * @throws PageError when the link is not ours or incomplete, has expired, or its person is gone.
 */
export async function readerOf(site: Site, link: string, purpose: Purpose): Promise<Reader> {
  const now = site.now();
  const target = openLink(site.keys, link, purpose, now);
  if (target === null) {
    // Signed by us, but too old? Then the person deserves to hear that.
    const expired = openLink(site.keys, link, purpose, Temporal.Instant.fromEpochMilliseconds(0));
    const newsletter = expired && (await findNewsletter(site.db, expired.newsletter));
    if (newsletter) throw new PageError('expired', 410, frameOf(newsletter));
    throw new PageError('brokenLink', 404);
  }
  const newsletter = await findNewsletter(site.db, target.newsletter);
  const person = await subscriberByToken(site.db, target.subscriber);
  if (newsletter === undefined) throw new PageError('gone', 410);
  const frame = frameOf(newsletter);
  if (person === undefined) throw new PageError('gone', 410, frame);
  const all = await subscriptionsOf(site.db, person.id, now);
  return {
    person,
    newsletter,
    frame,
    address: maskAddress(person.email),
    subscription: all.find((subscription) => subscription.newsletterId === newsletter.id),
    others: all.filter((subscription) => subscription.newsletterId !== newsletter.id),
  };
}

/** The path of another of this reader's pages: who may leave may choose, and the other way round. */
export function pathFor(site: Site, { person, newsletter }: Reader, purpose: 'leave' | 'choices'): string {
  const link = signLink(site.keys, {
    purpose,
    subscriber: person.token,
    newsletter: newsletter.slug,
    expires: null,
  });
  return `/${purpose === 'leave' ? 'u' : 'p'}/${link}`;
}

/** "This link belongs to r•••@example.org. Not you? …" */
export function belongsTo({ frame: { tongue }, address }: Reader): string {
  return tell(tongue, tongue.words.belongs, { address });
}
