import { readFileSync } from 'node:fs';
import type english from '../../templates/pages/locales/en.json';
import { type Locale, localeOf, type Plural, say } from '../messages/locale.ts';

/** Every text of the pages, as `templates/pages/locales/en.json` has it. */
export type PageWords = Texts<typeof english>;
type Texts<T> = T extends string
  ? string
  : T extends { other: string; one: string }
    ? Plural
    : { [K in keyof T]: Texts<T[K]> };

/** The languages that the pages speak; any other newsletter's pages are in English. */
export const PAGE_LANGUAGES = ['en', 'vi', 'ar'] as const;

const words = new Map(PAGE_LANGUAGES.map((language) => [language as string, readWords(language)]));

/** What a page is written in: its fixed texts, and how its language writes dates and lists. */
export interface Tongue {
  locale: Locale;
  words: PageWords;
}

/** The tongue of a language tag; English where we have no texts in it. */
export function tongueOf(language: string): Tongue {
  const known = words.get(new Intl.Locale(language).language);
  if (known !== undefined) return { locale: localeOf(language), words: known };
  return { locale: localeOf('en'), words: words.get('en') as PageWords };
}

/** The tongue for somebody of whom only their browser's wish is known (RFC 9110 §12.5.4). */
export function tongueFor(acceptLanguage: string | undefined): Tongue {
  const wanted = (acceptLanguage ?? '').split(',').map((part) => part.trim().slice(0, 2).toLowerCase());
  return tongueOf(wanted.find((language) => words.has(language)) ?? 'en');
}

/** `text` with its `{names}` filled; what is written in the other direction is kept apart (U+2068, U+2069). */
export function tell({ locale }: Tongue, text: string, values: Record<string, string>): string {
  const kept = Object.entries(values).map(([name, value]) => [
    name,
    locale.dir === 'rtl' || /\p{Script=Arabic}|\p{Script=Hebrew}/u.test(value)
      ? `\u2068${value}\u2069`
      : value,
  ]);
  return say(text, Object.fromEntries(kept) as Record<string, string>);
}

/** `Morning Briefing, Weekend Edition and City Notes`. */
export function tellList({ locale }: Tongue, items: string[]): string {
  return new Intl.ListFormat(locale.intl, { type: 'conjunction' }).format(items);
}

function readWords(language: string): PageWords {
  const file = new URL(`../../templates/pages/locales/${language}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as PageWords;
}
