import type { RevisionItem } from '../editions/revision.ts';
import { isolated, type Locale, say, sayCount } from './locale.ts';
import { characters, shorten } from './shorten.ts';

/** An item whose strings are clean. */
type Item = Pick<RevisionItem, 'headline' | 'summary' | 'language'>;

const SUBJECT = 60;
const PREHEADER = 130;
const PREHEADER_LEAST = 40;
const HEADLINE_IN_GREETING = 64;

/** The subject of an edition for which nobody wrote one: its lead's headline, cut at a word. */
export function automaticSubject(items: Item[], locale: Locale): string {
  const lead = items[0];
  return lead === undefined ? '' : shorten(lead.headline, SUBJECT, lead.language ?? locale.language);
}

/** What inboxes show after the subject: the next two headlines, filled up from the lead's summary. */
export function automaticPreheader(items: Item[], locale: Locale): string {
  const [lead, ...rest] = items;
  const headlines = rest.slice(0, 2).map((item) => isolated(item.headline, item.language, locale.dir));
  const also =
    headlines.length === 0
      ? ''
      : say(locale.words.also, { headlines: headlines.join(locale.words.betweenHeadlines) });
  if (characters(also) >= PREHEADER_LEAST || !lead?.summary) return shorten(also, PREHEADER, locale.language);
  const filled = also === '' ? lead.summary : `${asSentence(also, locale)} ${lead.summary}`;
  return shorten(filled.replace(/\s+/g, ' '), PREHEADER, locale.language);
}

/** A hello fit for the hour at which the edition leaves, three headlines, how many stories and how long they take. */
export function automaticGreeting(
  items: Item[],
  { locale, hour, minutes }: { locale: Locale; hour: number; minutes: number },
): string {
  const { words } = locale;
  const headlines = items
    .slice(0, 3)
    .map((item) =>
      asSentence(shorten(item.headline, HEADLINE_IN_GREETING, locale.language), locale, item.language),
    );
  const count = say(words.storiesAndMinutes, {
    stories: sayCount(locale, words.stories, items.length, { spelled: true }),
    minutes: sayCount(locale, words.minutes, minutes, { spelled: true }),
  });
  return [words.hello[partOfDay(hour)], ...headlines, capitalised(count, locale)].join(' ');
}

function partOfDay(hour: number): 'morning' | 'afternoon' | 'evening' {
  if (hour >= 4 && hour < 12) return 'morning';
  return hour >= 12 && hour < 18 ? 'afternoon' : 'evening';
}

function asSentence(text: string, locale: Locale, language: string | null = null): string {
  const ends = /[.!?…؟。！？।][\p{Pe}\p{Pf}"']*$/u.test(text);
  return isolated(ends ? text : text + locale.words.sentenceEnd, language, locale.dir);
}

function capitalised(text: string, locale: Locale): string {
  const [first = ''] = text;
  return first.toLocaleUpperCase(locale.language) + text.slice(first.length);
}
