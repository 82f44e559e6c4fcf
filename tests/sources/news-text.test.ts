import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeText } from '../../src/sources/decode.ts';
import { readNewsText } from '../../src/sources/formats/news-text.ts';

const FOLDER = new URL('./fixtures/news-text/', import.meta.url);
const now = Temporal.Instant.from('2026-12-01T08:00:00Z');

function read(text: string | Uint8Array) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return readNewsText(decodeText(bytes), { name: 'wire.txt', url: null, contentType: null, now });
}

/** A page in the form in which its expected reading stands beside it. */
function readingOf(text: string | Uint8Array) {
  const { title, stories, refused } = read(text);
  return {
    title,
    stories: stories.map((story) => ({
      section: story.section,
      headline: story.headline,
      published:
        story.publishedAt === null
          ? null
          : Temporal.Instant.fromEpochMilliseconds(story.publishedAt).toString(),
      dateline: story.dateline,
      byline: story.byline,
      credit: story.credit,
      url: story.url,
      body: story.body === '' ? [] : story.body.split('\n\n'),
    })),
    refused,
  };
}

const pages = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

for (const name of pages) {
  test(`the page ${name.replace('.txt', '').replaceAll('-', ' ')} is read as a person reads it`, () => {
    const expected = JSON.parse(readFileSync(new URL(name.replace('.txt', '.json'), FOLDER), 'utf8'));
    expect(readingOf(readFileSync(new URL(name, FOLDER)))).toEqual(expected);
  });
}

test('a page reads the same with any line ends, tabs for indents, and quoted in a mail', () => {
  const page = readFileSync(new URL('no-blank-lines.txt', FOLDER), 'utf8');
  const expected = readingOf(page);
  expect(readingOf(page.replaceAll('\n', '\r\n'))).toEqual(expected);
  expect(readingOf(page.replaceAll('\n', '\r'))).toEqual(expected);
  expect(readingOf(page.replace(/^/gm, '\t'))).toEqual(expected);
  expect(readingOf(page.replace(/^/gm, '> '))).toEqual(expected);
  expect(readingOf(`\uFEFF${page}`)).toEqual(expected);
});

test('a blank line more or less between two lines moves no text from one story to another', () => {
  const page = readFileSync(new URL('one-line-paragraphs.txt', FOLDER), 'utf8');
  const shape = (text: string) =>
    read(text).stories.map(({ section, headline, body }) => [section, headline, body]);
  expect(shape(page.replace(/\n\n/g, '\n'))).toEqual(shape(page));
  expect(shape(page.replace(/\n+/g, '\n\n'))).toEqual(shape(page));
});

test('a story with a byte that is not UTF-8 is refused with its line, the others are taken', () => {
  const page =
    'World\nPorts agree on a fund\n30 November 2026\nThe ports agreed.\n\nMore news\n\nCafX opens again\n30 November 2026\nThe cafe is open.\n';
  const bytes = new TextEncoder().encode(page);
  bytes[page.indexOf('X')] = 0xe9;
  const { stories, refused } = read(bytes);
  expect(stories.map((story) => story.headline)).toEqual(['Ports agree on a fund']);
  expect(refused).toEqual([{ place: 'line 8', reason: 'not UTF-8 (byte E9); save the file as UTF-8' }]);
});

test('a line of 50 MB costs its own story only, and little time', () => {
  const page = `World\nPorts agree on a fund\n30 November 2026\nThe ports agreed.\nSource: Yonder\n\nA story without end\n30 November 2026\nIt begins here.\n${'word '.repeat(10_000_000)}\nSource: Yonder\n\nFares rise\n30 November 2026\nFares rise on Sunday.\n`;
  const { stories, refused } = read(page);
  expect(stories.map((story) => story.headline)).toEqual(['Ports agree on a fund', 'Fares rise']);
  expect(refused).toEqual([
    { place: 'line 10', reason: '50.0 MB in one line; a paragraph has at most 0.1 MB' },
  ]);
});

test('headlines lose control characters, bidi marks and markup', () => {
  const { stories } = read(
    'World\nPorts \u202Eagree\u202C on\u0007 a <b>fund</b>\u200B\n30 November 2026\nThe ports agreed.\n',
  );
  expect(stories[0]?.headline).toBe('Ports agree on a fund');
});

test('the same page gives the same identities, and another day another one', () => {
  const page = 'World\nMarkets close higher\n30 November 2026\nMarkets closed higher.\n';
  const guid = (text: string) => read(text).stories[0]?.guid;
  expect(guid(page)).toBe(guid(page));
  expect(guid(page.replace('30 November', '29 November'))).not.toBe(guid(page));
});

test('a page without any story says so', () => {
  expect(read('30 November 2026\n').refused).toEqual([
    { place: 'line 1', reason: 'no headline above this text' },
  ]);
});

test('thousands of hostile lines are read in a moment', () => {
  const began = performance.now();
  read(`${'((((By By Source: Source: - - - \t\t | | November 30 [[ '.repeat(40)}\n`.repeat(400));
  read('A\n'.repeat(10_000));
  read('World\nPorts agree: '.repeat(5_000));
  expect(performance.now() - began).toBeLessThan(5000);
});
