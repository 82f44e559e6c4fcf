import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { NoticeData } from '../notices/notice.ts';
import { type Purpose, signLink } from '../subscribers/links.ts';
import { cleanLine } from './clean-text.ts';
import { clockTime, type Locale, say } from './locale.ts';
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
  { to, data }: { to: string; data: NoticeData['access'] },
  about: About,
): NoticeContent {
  const { newsletter, locale, site, now } = about;
  const words = locale.words.access;
  const until = now.add({ hours: 1 });
  const values = {
    newsletter: cleanLine(newsletter.name),
    address: addressIn(locale, to),
    time: clockTime(locale, until.epochMilliseconds, newsletter.time_zone),
  };
  const texts: Record<string, string | undefined> = {
    export: words.export,
    erase: words.erase,
    address: words.address,
  };
  return {
    ...NOTHING_MORE,
    subject: say(words.subject, values),
    heading: words.heading,
    paragraphs: [say(texts[data.purpose] ?? words.other, values)],
    action: {
      label: words.action,
      url: `${site.publicUrl}/access/${linkOf('access', data.subscriberToken, about, until)}`,
    },
    note: say(words.note, values),
  };
}

function linkOf(
  purpose: Purpose,
  subscriber: string,
  { newsletter, site }: About,
  until: Temporal.Instant | null,
): string {
  const expires = until === null ? null : until.epochMilliseconds;
  return signLink(site.keys, { purpose, subscriber, newsletter: newsletter.slug, expires });
}
