import { describe, expect, test } from 'vitest';
import { htmlToText, lineOfText } from '../../src/sources/plain-text.ts';
import { readApart } from '../../src/sources/read-apart.ts';
import { readDocument } from '../../src/sources/read-document.ts';
import { summarise } from '../../src/stories/summary.ts';

/** Whoever reads these in more than one pass a piece needs minutes: the test's own limit of time is the proof. */
const now = Temporal.Instant.from('2026-12-01T08:00:00Z');
const about = { name: 'wire.xml', url: null, contentType: null, now };
const bytes = (text: string) => new TextEncoder().encode(text);
const feedWith = (description: string) =>
  `<rss version="2.0"><channel><title>W</title><item><title>Ports agree</title><description><![CDATA[${description}]]></description></item><item><title>Towns agree</title><description>Eleven towns agreed.</description></item></channel></rss>`;

describe('costs no more than its length', () => {
  test.each([
    ['entities', '&lt;'.repeat(1_500_000)],
    ['line breaks', 'a<br>'.repeat(30_000) + `${'b'.repeat(200)}<br>`.repeat(9_000)],
    ['marks on one letter', `a${'\u0301\u0316'.repeat(300_000)}`],
    ['control characters', `\u0092`.repeat(3_000_000)],
  ])('a feed of %s', async (_what, text) => {
    const { stories } = await readDocument(bytes(feedWith(text)), about);
    expect(stories.at(-1)?.headline).toBe('Towns agree');
  });

  test.each(['\n', '\r'])('a page of a million lines that end with %j', async (end) => {
    const page = `Ports agree on a fund${end}${end}${`one,${end}x${end}`.repeat(500_000)}`;
    const { refused } = await readDocument(bytes(page), about);
    expect(refused.map(({ place }) => place)).toContain('line 200001');
  });

  test('a feed of many items that is no XML', async () => {
    const head = `<title>W</title><description>${'It is long. '.repeat(100_000)}</description>`;
    const item =
      '<item><title>Ports</titl&</item>\n<item><title>Towns agree</title><description>So.</description></item>\n';
    const feed = `<rss version="2.0"><channel>${head}${item.repeat(20_000)}</channel></rss>`;
    const { stories, refused } = await readDocument(bytes(feed), about);
    expect(stories).toHaveLength(500);
    expect(refused.at(-1)?.place).toBe('item 1001 (line 1001) and those after it');
  });

  test.each([
    ['blanks', '\u00a0'.repeat(2_000_000), ''],
    ['blanks as entities', '&nbsp;&#160;'.repeat(150_000), ''],
    ['blanks in an attribute', '', ' '.repeat(2_000_000)],
    ['line ends in an attribute', '', '\n'.repeat(2_000_000)],
  ])('a page of %s', async (_what, text, attribute) => {
    const story = '<p>Eleven ports agreed on Monday to share the cost of repairs after floods.</p>'.repeat(5);
    const page = `<html><head><title>Ports agree${text}</title></head><body><article><p style="${attribute}" class="${attribute}">${text}</p>${story}</article></body></html>`;
    const { stories } = await readDocument(bytes(page), about);
    expect(stories.map(({ headline }) => headline)).toEqual(['Ports agree']);
  });

  test('a page of entities is refused', async () => {
    const page = `<html><body><article><p>${'&lt;b&gt;'.repeat(800_000)}</p></article></body></html>`;
    const { stories, refused } = await readDocument(bytes(page), about);
    expect(stories).toEqual([]);
    expect(refused[0]?.reason).toMatch(/too large/);
  });

  test.each([
    ['datelines', 'LONDON, Nov 30 (Reuters) - '.repeat(400_000)],
    ['letters without a space', `Eleven ports agreed.\n\n${'ก'.repeat(200_000)}`],
  ])('a story of nothing but %s', (_what, description) => {
    const story = { headline: 'Ports', body: description, description, summary: null, summaryBy: null };
    expect(summarise({ ...story, language: 'en' }, 500).text.length).toBeLessThanOrEqual(500);
  });
});

test('entities and line breaks within a paragraph are read as they stand', () => {
  const html = '<p>One &amp; two&nbsp; &nbsp;three<br>four.<br>Five<br> <br>six &lt;b&gt;</p>seven';
  expect(htmlToText(html).text).toBe('One & two three four.\n\nFive\n\nsix <b>\n\nseven');
});

test('marks that belong to a letter stay, and letters of Latin-1 that are none become signs', () => {
  expect(lineOfText('cafe\u0301 Vie\u0323\u0302t it\u0092s')).toBe('café Việt it’s');
});

test('a text longer than any story is refused, with its length', async () => {
  const long = 'Eleven ports agreed on Monday. '.repeat(10_000);
  const feed = await readDocument(bytes(feedWith(long)), about);
  expect(feed.stories.map((story) => story.headline)).toEqual(['Towns agree']);
  expect(feed.refused[0]?.reason).toBe('its text has 309999 characters; at most 200000 are one story');
  const page = await readDocument(bytes(`Ports agree\n\n${`${long.slice(0, 3000)}\n\n`.repeat(100)}`), about);
  expect(page.stories).toEqual([]);
  expect(page.refused[0]?.reason).toMatch(/its text has \d+ characters/);
});

describe('a large document', () => {
  test('is read in a thread as it would be here', async () => {
    const feed = bytes(feedWith('Eleven ports agreed. It begins in March.'));
    expect(await readApart(feed, about, { large: 0 })).toEqual(await readDocument(feed, about));
  });

  test('that takes too long is given up, while others are served', async () => {
    const page = bytes(`Ports agree\n\n${'One town.\n\n'.repeat(100_000)}`);
    let served = 0;
    const serving = setInterval(() => served++, 1);
    await expect(readApart(page, about, { large: 0, within: 100 })).rejects.toThrow(
      /^wire\.xml \(1\.1 MB\) takes more than 0 s to read, which no feed or page does/,
    );
    clearInterval(serving);
    expect(served).toBeGreaterThan(5);
  });

  test('is left at once when we are stopped', async () => {
    const stop = new AbortController();
    const reading = readApart(bytes(feedWith('x')), about, { large: 0, signal: stop.signal });
    stop.abort(new Error('we stop'));
    await expect(reading).rejects.toThrow('we stop');
  });
});
