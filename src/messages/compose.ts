import type { Revision } from '../editions/revision.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { Rhythm } from '../newsletters/settings.ts';
import { signLink } from '../subscribers/links.ts';
import { cleanLine } from './clean-text.ts';
import { editionHeaders } from './edition-headers.ts';
import { type Locale, localeOf, say, shortDate } from './locale.ts';
import { lookOf } from './look.ts';
import { fill, type MergeValues, markOf } from './merge-field.ts';
import type { ComposedMessage, ComposeOptions, EditionPurpose, MessageSite, Recipient } from './message.ts';
import { prepareMime } from './mime.ts';
import { digestModel } from './model.ts';
import { loadTemplate } from './templates.ts';
import { itemsForSections } from './variant.ts';

export type { ComposedMessage, MessageSite, Recipient } from './message.ts';

/**
 * Renders and encodes an edition once for all readers of `sections` (null: of all sections).
 * @returns null when the edition has nothing for them.
 */
export async function composeEdition(
  revision: Revision,
  sections: string[] | null,
  site: MessageSite,
  { purpose = 'digest', markSubject = (subject) => subject, desk }: ComposeOptions = {},
): Promise<ComposedMessage | null> {
  const { newsletter, edition } = revision;
  const items = itemsForSections(revision.items, sections, newsletter);
  if (items === null) return null;
  const locale = localeOf(newsletter.language);
  const full = items.length === revision.items.length;
  const model = digestModel(revision, items, { locale, full, ownPictures: site.publicUrl });
  const subject = markSubject(model.title);
  const template = await loadTemplate('digest', lookOf(newsletter.look, locale.dir));
  const rendered = {
    ...model,
    title: subject,
    desk: desk?.({ subject: model.title, preheader: model.preheader }) ?? null,
    web: null,
    browserUrl: pageOf(revision, site, purpose),
    footer: { ...footerModel(newsletter, locale), ...mergeMarks },
  };
  const html = template.html(rendered);
  const text = template.text(rendered);
  const mime = prepareMime({ html, text }, `${edition.name} ${revision.number}`);
  const headers = editionHeaders({ newsletter, edition, site, subject, purpose, mime: mime.headers });
  const valuesOf = mergeValues(newsletter, locale, site, purpose);
  return {
    subject,
    preheader: model.preheader,
    greeting: model.greeting,
    html,
    text,
    items,
    words: model.words,
    minutes: model.minutes,
    forRecipient: (recipient, date) => {
      const values = valuesOf(recipient);
      const { envelope, lines } = headers(recipient, values.leave, date);
      return { envelope, raw: mime.forRecipient(lines, values) };
    },
    preview: (recipient) => {
      const values = valuesOf(recipient);
      return { html: fill(html, values, 'html'), text: fill(text, values, 'text') };
    },
  };
}

/** Its page in the browser. A copy for editors may come before there is one: then its link does nothing. */
function pageOf({ edition }: Revision, { publicUrl }: MessageSite, purpose: EditionPurpose): string {
  const isOut = ['sending', 'paused', 'sent'].includes(edition.state);
  return purpose === 'digest' || isOut ? `${publicUrl}/${edition.name}` : inertLink(publicUrl);
}

/** The page that says that the links of a test do nothing. */
function inertLink(publicUrl: string): string {
  return `${publicUrl}/u/test`;
}

/** What the templates' footers say of the newsletter: who and where, and its site. */
export function footerModel({ publisher, from, postal_address, site }: Newsletter, { words }: Locale) {
  const who = cleanLine(publisher ?? from.name);
  const where = postal_address.split('\n').map(cleanLine).filter(Boolean);
  return {
    // Many write their name as the first line of their address.
    address: (where[0]?.startsWith(who) ? where : [who, ...where]).join(words.comma),
    site: site === undefined ? null : { url: site, host: new URL(site).hostname.replace(/^www\./, '') },
  };
}

const mergeMarks = {
  reason: markOf('reason'),
  reasonText: markOf('reason'),
  leave: markOf('leave'),
  choices: markOf('choices'),
};

function mergeValues(
  newsletter: Newsletter,
  locale: Locale,
  site: MessageSite,
  purpose: EditionPurpose,
): (recipient: Recipient) => MergeValues {
  const day = memo((at: number) => shortDate(locale, at, newsletter.time_zone));
  const link = (purpose: 'leave' | 'choices', subscriber: string) =>
    signLink(site.keys, { purpose, subscriber, newsletter: newsletter.slug, expires: null });
  return ({ email, subscribedAt, rhythm, subscriberToken }) => {
    const address = addressIn(locale, email);
    const why =
      subscribedAt === null
        ? say(locale.words.subscribed, { address })
        : say(locale.words.signedUp, { address, date: day(subscribedAt) });
    const when = rhythmSentence(locale, rhythm);
    const inert = inertLink(site.publicUrl);
    return {
      reason: when === '' ? why : `${why} ${when}`,
      leave: purpose === 'digest' ? `${site.publicUrl}/u/${link('leave', subscriberToken)}` : inert,
      choices: purpose === 'digest' ? `${site.publicUrl}/p/${link('choices', subscriberToken)}` : inert,
    };
  };
}

/** `It comes on weekdays.`; empty where the rhythm is not known. */
export function rhythmSentence({ words }: Locale, rhythm: string | null): string {
  const { daily, weekdays, weekly } = words.rhythms;
  const sentences: Record<Rhythm, string> = { daily, weekdays, weekly };
  return rhythm !== null && rhythm in sentences ? sentences[rhythm as Rhythm] : '';
}

/** An address keeps its own direction among words of the other (U+2066 LEFT-TO-RIGHT ISOLATE). */
export function addressIn(locale: Locale, email: string): string {
  return locale.dir === 'rtl' ? `\u2066${cleanLine(email)}\u2069` : cleanLine(email);
}

/** Formatting a date costs more than the rest of a recipient, and many signed up on the same days. */
function memo<T>(compute: (key: number) => T): (key: number) => T {
  const DAY = 86_400_000;
  const known = new Map<number, T>();
  return (key) => {
    // A quarter of an hour: every zone's days begin at one.
    const quarter = Math.floor(key / (DAY / 96));
    let value = known.get(quarter);
    if (value === undefined) {
      if (known.size > 50_000) known.clear();
      value = compute(key);
      known.set(quarter, value);
    }
    return value;
  };
}
