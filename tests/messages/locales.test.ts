import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { localeOf, longDate, sayCount } from '../../src/messages/locale.ts';

const folder = new URL('../../templates/locales/', import.meta.url);
const languages = readdirSync(folder).map((file) => file.replace('.json', ''));
const PLURALS = new Set(['stories', 'minutes', 'reading', 'proof.leftOut']);

/** Every text by its path; a plural counts as one. */
function texts(node: object, path = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(node)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string' || PLURALS.has(at) || Array.isArray(value)) found.set(at, value);
    else for (const [inner, text] of texts(value, at)) found.set(inner, text);
  }
  return found;
}

const read = (language: string) =>
  texts(JSON.parse(readFileSync(new URL(`${language}.json`, folder), 'utf8')));
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const english = read('en');

describe.each(languages)('the fixed texts in %s', (language) => {
  const own = read(language);

  test('are those of English, no more and no fewer, and none is empty', () => {
    expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [path, text] of own)
      if (typeof text === 'string')
        expect(text.trim(), path).not.toBe(path === 'betweenHeadlines' ? undefined : '');
  });

  test('name the same values as the English ones', () => {
    for (const [path, text] of english) {
      if (typeof text === 'string') expect(names(own.get(path) as string), path).toEqual(names(text));
    }
  });

  test('have a form for every way in which the language counts', () => {
    const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const path of PLURALS)
      expect(Object.keys(own.get(path) as object).sort(), path).toEqual([...categories].sort());
  });
});

test('numbers, plurals and dates follow the language', () => {
  const day = Temporal.Instant.from('2026-11-24T07:00:00Z').epochMilliseconds;
  const said = ['en', 'en-US', 'vi', 'ar'].map((language) => {
    const locale = localeOf(language);
    return [
      sayCount(locale, locale.words.stories, 2, { spelled: true }),
      sayCount(locale, locale.words.stories, 11),
      longDate(locale, day, 'Europe/London'),
    ];
  });
  expect(said).toEqual([
    ['two stories', '11 stories', 'Tuesday 24 November 2026'],
    ['two stories', '11 stories', 'Tuesday, November 24, 2026'],
    ['hai tin', '11 tin', 'Thứ Ba, 24 tháng 11, 2026'],
    ['خبران', '11 خبرًا', 'الثلاثاء، 24 نوفمبر 2026'],
  ]);
});

test('a language without texts of its own gets English words, its own dates and its own direction', () => {
  const locale = localeOf('he');
  expect(locale.words.unsubscribe).toBe('Unsubscribe');
  expect(locale.dir).toBe('rtl');
  expect(longDate(locale, 0, 'UTC')).toContain('1970');
});
