import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { NoticeData } from '../notices/notice.ts';
import { type Purpose, signLink } from '../subscribers/links.ts';
import { cleanLine } from './clean-text.ts';
import { type Locale, say, zonedTime } from './locale.ts';
import { addressIn, rhythmSentence } from './merge-values.ts';
import type { MessageSite } from './message.ts';
import type { NoticeContent } from './notice-message.ts';

/** What the texts of a notice to a reader are made of. */
interface About {
  newsletter: Newsletter;
  locale: Locale;
  site: MessageSite;
  now: Temporal.Instant;
}

const NOTHING_MORE = { commands: [], note: null, leave: null };

/** One link, good for 7 days, behind which a button confirms. */
export function confirmationContent(
  { to, data }: { to: string; data: NoticeData['confirmation'] },
  about: About,
): NoticeContent {
  const words = about.locale.words.confirmation;
  const values = { newsletter: cleanLine(about.newsletter.name), address: addressIn(about.locale, to) };
  const link = linkOf('confirm', data.subscriberToken, about, about.now.add({ hours: 7 * 24 }));
  return {
    ...NOTHING_MORE,
    subject: say(words.subject, values),
    heading: words.heading,
    paragraphs: [say(words.text, values)],
    action: { label: say(words.action, values), url: `${about.site.publicUrl}/confirm/${link}` },
    note: words.note,
  };
}

/** After the confirmation: what comes, from whom, and where to change it. */
export async function welcomeContent(
  db: Db,
  { to, data }: { to: string; data: NoticeData['welcome'] },
  about: About,
): Promise<NoticeContent> {
  const { newsletter, locale, site } = about;
  const words = locale.words.welcome;
  const values = {
    newsletter: cleanLine(newsletter.name),
    address: addressIn(locale, to),
    sender: addressIn(locale, newsletter.from.address),
  };
  const subscription = await db
    .selectFrom('subscriptions')
    .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
    .select('subscriptions.rhythm')
    .where('subscribers.token', '=', data.subscriberToken)
    .where('subscriptions.newsletter_id', '=', newsletter.id)
    .executeTakeFirst();
  const rhythm = rhythmSentence(locale, subscription?.rhythm ?? null);
  return {
    ...NOTHING_MORE,
    subject: say(words.subject, values),
    heading: words.heading,
    paragraphs: [[say(words.text, values), rhythm].filter(Boolean).join(' '), say(words.sender, values)],
    action: {
      label: words.action,
      url: `${site.publicUrl}/p/${linkOf('choices', data.subscriberToken, about, null)}`,
    },
    leave: `${site.publicUrl}/u/${linkOf('leave', data.subscriberToken, about, null)}`,
  };
}

/** A one-hour link to the present address: what it opens is more than a forwarded copy may open. */
export function accessContent(
  { to, token, data }: { to: string; token: string; data: NoticeData['access'] },
  about: About,
): NoticeContent {
  const words = about.locale.words.access;
  const hour = hourFor(to, about);
  return {
    ...NOTHING_MORE,
    subject: say(words.subject, hour.values),
    heading: words.heading,
    paragraphs: [say(words[data.purpose], hour.values)],
    action: { label: words.action, url: hour.url(data.purpose, data.subscriberToken, token) },
    note: say(words.note, hour.values),
  };
}

/** To an address that a reader would like to have instead: one link, good for an hour. It names nobody. */
export function newAddressContent(
  { to, token, data }: { to: string; token: string; data: NoticeData['new-address'] },
  about: About,
): NoticeContent {
  const words = about.locale.words.newAddress;
  const hour = hourFor(to, about);
  return {
    ...NOTHING_MORE,
    subject: say(words.subject, hour.values),
    heading: words.heading,
    paragraphs: [say(words.text, hour.values)],
    action: { label: words.action, url: hour.url('new-address', data.subscriberToken, token) },
    note: say(words.note, hour.values),
  };
}

/** To the former address: where the mail goes now, and what to do if nobody wanted that. */
export function addressChangedContent(
  { to, data }: { to: string; data: NoticeData['address-changed'] },
  { newsletter, locale }: About,
): NoticeContent {
  const words = locale.words.addressChanged;
  const values = {
    newsletter: cleanLine(newsletter.name),
    address: addressIn(locale, to),
    newAddress: addressIn(locale, data.address),
  };
  return {
    ...NOTHING_MORE,
    subject: say(words.subject, values),
    heading: words.heading,
    paragraphs: [say(words.text, values)],
    action: null,
    note: words.note,
  };
}

/** What an hour's link is made of, and the words around it. */
function hourFor(to: string, about: About) {
  const { newsletter, locale, site, now } = about;
  const until = now.add({ hours: 1 });
  return {
    values: {
      newsletter: cleanLine(newsletter.name),
      address: addressIn(locale, to),
      time: zonedTime(locale, until.epochMilliseconds, newsletter.time_zone),
    },
    url: (purpose: Purpose, subscriber: string, notice: string) =>
      `${site.publicUrl}/access/${linkOf(purpose, subscriber, about, until, notice)}`,
  };
}

function linkOf(
  purpose: Purpose,
  subscriber: string,
  { newsletter, site }: About,
  until: Temporal.Instant | null,
  notice?: string,
): string {
  const expires = until === null ? null : until.epochMilliseconds;
  const target = { purpose, subscriber, newsletter: newsletter.slug, expires };
  return signLink(site.keys, notice === undefined ? target : { ...target, notice });
}
