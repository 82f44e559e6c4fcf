import { describe, expect, test } from 'vitest';
import { automaticGreeting, automaticPreheader, automaticSubject } from '../../src/messages/automatic.ts';
import { localeOf } from '../../src/messages/locale.ts';
import { characters, shorten } from '../../src/messages/shorten.ts';
import { itemOf } from './fixtures.ts';

const en = localeOf('en');
const headlines = (...all: string[]) => all.map((headline) => itemOf({ headline }));

describe('shortening', () => {
  test.each([
    ['Eleven ports agree to share one flood fund', 60, 'Eleven ports agree to share one flood fund'],
    [
      'Eleven ports agree to share one flood fund, after a night of talks',
      60,
      'Eleven ports agree to share one flood fund, after a night…',
    ],
    // The comma before the cut goes too.
    ['Eleven ports agree, then quarrel over the bill', 20, 'Eleven ports agree…'],
    ['Donaudampfschifffahrtsgesellschaft', 12, 'Donaudampfs…'],
  ])('%s to %i', (text, most, short) => {
    expect(shorten(text, most, 'en')).toBe(short);
    expect(characters(shorten(text, most, 'en'))).toBeLessThanOrEqual(most);
  });

  test('counts what people see, and never cuts within it', () => {
    const family = '👨‍👩‍👧‍👦';
    expect(characters(`${family}é`)).toBe(2);
    expect(shorten(family.repeat(5), 3, 'en')).toBe(`${family}${family}…`);
  });

  test('cuts Thai, which has no spaces, between words', () => {
    const text = 'สวัสดีชาวโลกทุกคนวันนี้';
    const words = Array.from(
      new Intl.Segmenter('th', { granularity: 'word' }).segment(text),
      ({ segment }) => segment,
    );
    const short = shorten(text, 14, 'th').slice(0, -1);
    expect(words.some((_, index) => words.slice(0, index).join('') === short)).toBe(true);
  });
});

describe('the automatic form', () => {
  test('the subject is the lead’s headline, cut at a word to 60 characters', () => {
    const subject = automaticSubject(
      headlines('A court in Huaraz gives four villages the first call on the melt above their fields'),
      en,
    );
    expect(subject).toBe('A court in Huaraz gives four villages the first call on the…');
  });

  test('the preheader names the next two headlines and keeps to 130 characters', () => {
    const items = headlines(
      'Lead',
      'Night trains return between Lisbon and Marseille',
      'Andean farmers win ruling on glacier water after a long dispute over who owns the melt',
      'Never named',
    );
    const preheader = automaticPreheader(items, en);
    expect(preheader).toBe(
      'Also: Night trains return between Lisbon and Marseille; Andean farmers win ruling on glacier water after a long dispute over who…',
    );
    expect(characters(preheader)).toBeLessThanOrEqual(130);
  });

  test('a preheader under 40 characters is filled up from the lead’s summary', () => {
    const lead = itemOf({
      headline: 'Lead',
      summary: 'Cities will pay into a single pot. It ends ten years of bidding.',
    });
    expect(automaticPreheader([lead, ...headlines('Rain')], en)).toBe(
      'Also: Rain. Cities will pay into a single pot. It ends ten years of bidding.',
    );
    expect(automaticPreheader([lead], en)).toBe(
      'Cities will pay into a single pot. It ends ten years of bidding.',
    );
  });

  test('the greeting fits the hour, names three stories and says how long they take', () => {
    const items = headlines('Ports agree', 'Will trains return?', '“We won,” farmers say', 'Fourth');
    const greet = (hour: number) => automaticGreeting(items, { locale: en, hour, minutes: 2 });
    expect(greet(7)).toBe(
      'Good morning. Ports agree. Will trains return? “We won,” farmers say. Four stories, two minutes.',
    );
    expect(greet(12)).toMatch(/^Good afternoon\. /);
    expect(greet(18)).toMatch(/^Good evening\. /);
    expect(greet(2)).toMatch(/^Good evening\. /);
  });

  test('a headline of the other direction is kept apart from the words around it', () => {
    const items = [itemOf({ headline: 'A' }), itemOf({ headline: 'قطار', language: 'ar' })];
    expect(automaticPreheader(items, en)).toContain('\u2068قطار\u2069');
    expect(automaticGreeting(items, { locale: localeOf('ar'), hour: 9, minutes: 1 })).toContain(
      '\u2068A.\u2069 قطار.',
    );
  });
});
