import { maskAddress } from '../log.ts';
import { findNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { type LinkTarget, openLink, type Purpose, signLink } from '../subscribers/links.ts';
import { type Subscriber, subscriberByToken } from '../subscribers/subscribers.ts';
import { type Subscription, subscriptionsOf } from '../subscribers/subscriptions.ts';
import { type Frame, frameOf } from './page.ts';
import { PageError } from './page-error.ts';
import type { Site } from './site.ts';
import { tell } from './words.ts';

/** Who opened a personal link, and what they have here. */
export interface Reader {
  /** What their link says. */
  opened: LinkTarget;
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
export async function readerOf(
  site: Site,
  link: string,
  purposes: Purpose | readonly Purpose[],
): Promise<Reader> {
  const now = site.now();
  const target = openLink(site.keys, link, purposes, now);
  if (target === null) {
    // Signed by us, but too old? Then the person deserves to hear that.
    const expired = openLink(site.keys, link, purposes, Temporal.Instant.fromEpochMilliseconds(0));
    const newsletter = expired && (await findNewsletter(site.db, expired.newsletter));
    if (newsletter) throw tooOld(site, expired, newsletter);
    throw new PageError([purposes].flat().some(isForAnHour) ? 'brokenAccess' : 'brokenLink', 404);
  }
  const newsletter = await findNewsletter(site.db, target.newsletter);
  const person = await subscriberByToken(site.db, target.subscriber);
  if (newsletter === undefined) throw new PageError('gone', 410);
  const frame = frameOf(newsletter);
  if (person === undefined) throw new PageError('gone', 410, frame);
  const all = await subscriptionsOf(site.db, person.id, now);
  return {
    opened: target,
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
  return pathOf(site, person.token, newsletter, purpose);
}

/** The error for a link that was ours and is no longer good. */
export function tooOld(site: Site, { purpose, subscriber }: LinkTarget, newsletter: Newsletter): PageError {
  const frame = frameOf(newsletter);
  if (!isForAnHour(purpose)) return new PageError('expired', 410, frame);
  // A new address may be a stranger's, mistyped: it is shown no way to the reader's own pages.
  const askAgain =
    purpose === 'new-address' ? null : `${pathOf(site, subscriber, newsletter, 'choices')}#data`;
  return new PageError('hourOver', 410, frame, askAgain);
}

/** "This link belongs to r•••@example.org. Not you? …" */
export function belongsTo({ frame: { tongue }, address }: Reader): string {
  return tell(tongue, tongue.words.belongs, { address });
}

function pathOf(
  site: Site,
  subscriber: string,
  newsletter: Newsletter,
  purpose: 'leave' | 'choices',
): string {
  const link = signLink(site.keys, { purpose, subscriber, newsletter: newsletter.slug, expires: null });
  return `/${purpose === 'leave' ? 'u' : 'p'}/${link}`;
}

/** Leaving and choices open for ever, a confirmation for a week. */
function isForAnHour(purpose: Purpose): boolean {
  return purpose !== 'leave' && purpose !== 'choices' && purpose !== 'confirm';
}
