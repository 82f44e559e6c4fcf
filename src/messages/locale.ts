import { existsSync, readFileSync } from 'node:fs';
import type english from '../../templates/locales/en.json';

/** `ltr` or `rtl`. */
export type Direction = 'ltr' | 'rtl';

/** How a language counts: a text for each of its plural categories. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>>;

/** Every fixed text, as `templates/locales/en.json` has it; the plural categories differ by language. */
type Words = Texts<typeof english>;
type Texts<T> = T extends string[]
  ? string[]
  : T extends string
    ? string
    : T extends { other: string; one: string }
      ? Plural
      : { [K in keyof T]: Texts<T[K]> };

/** The fixed texts of a language with what formats its dates and numbers. */
export interface Locale {
  /** BCP 47, as the newsletter has it. */
  language: string;
  dir: Direction;
  words: Words;
  /** What Intl formats with: the language's region, else the one its file prefers. */
  intl: string;
}

const folder = new URL('../../templates/locales/', import.meta.url);

/** The locale of a language tag: its own file, its language's, else English words. */
export function localeOf(language: string): Locale {
  const { language: base, region } = new Intl.Locale(language);
  const file = [language, base, 'en'].find((name) => existsSync(new URL(`${name}.json`, folder))) ?? 'en';
  const words = readWords(file);
  return {
    language,
    dir: directionOf(language),
    words,
    intl: region ? language : base === file ? words.dates : language,
  };
}

/** In which direction a language is written. */
export function directionOf(language: string): Direction {
  return new Intl.Locale(language).getTextInfo().direction === 'rtl' ? 'rtl' : 'ltr';
}

/** `text` with its `{names}` filled. @throws when a value is missing. */
export function say(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`No value for {${name}} in "${text}"`);
    return value;
  });
}

/** `count` things in the language's own plural form; small numbers as words where the language's file has them. */
export function sayCount(locale: Locale, forms: Plural, count: number, { spelled = false } = {}): string {
  const text = forms[new Intl.PluralRules(locale.intl).select(count)] ?? forms.other ?? '';
  const word = spelled ? locale.words.numbers[count] : undefined;
  return say(text, { count: word ?? new Intl.NumberFormat(locale.intl).format(count) });
}

/** `Tuesday 24 November 2026`, in the language and zone of the reader's newsletter. */
export function longDate(locale: Locale, at: number, timeZone: string): string {
  return new Intl.DateTimeFormat(locale.intl, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone,
  }).format(at);
}

/** `3 May 2026`. */
export function shortDate(locale: Locale, at: number, timeZone: string): string {
  return new Intl.DateTimeFormat(locale.intl, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone,
  }).format(at);
}

/** `07:00`. */
export function clockTime(locale: Locale, at: number, timeZone: string): string {
  return new Intl.DateTimeFormat(locale.intl, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(at);
}

/** `07:00 GMT`: for who may be in another zone, or does not know which is meant. */
export function zonedTime(locale: Locale, at: number, timeZone: string): string {
  return new Intl.DateTimeFormat(locale.intl, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  }).format(at);
}

/** `text` kept apart (U+2068, U+2069) when it is written in the other direction than `around`. */
export function isolated(text: string, language: string | null, around: Direction): string {
  return language !== null && directionOf(language) !== around ? `\u2068${text}\u2069` : text;
}

/** What was read of the files, which do not change while we run. */
const read = new Map<string, Words>();

function readWords(file: string): Words {
  const known =
    read.get(file) ?? (JSON.parse(readFileSync(new URL(`${file}.json`, folder), 'utf8')) as Words);
  read.set(file, known);
  return known;
}
