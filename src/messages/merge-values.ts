import type { Newsletter } from '../newsletters/newsletter.ts';
import type { Rhythm } from '../newsletters/settings.ts';
import { signLink } from '../subscribers/links.ts';
import { cleanLine } from './clean-text.ts';
import { type Locale, say, shortDate } from './locale.ts';
import type { MergeValues } from './merge-field.ts';
import type { EditionPurpose, MessageSite, Recipient } from './message.ts';

/** What makes a recipient's own words: the sentence that says why they get it, and their links. */
export function mergeValues(
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

/** The page that says that the links of a test do nothing. */
export function inertLink(publicUrl: string): string {
  return `${publicUrl}/u/test`;
}
