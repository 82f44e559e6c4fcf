import { expect, test } from 'vitest';
import { readDocument } from '../../src/sources/read-document.ts';

const about = {
  name: 'page.html',
  url: null,
  contentType: null,
  now: Temporal.Instant.from('2026-12-01T08:00:00Z'),
};

async function readPage(byline: string, between: string) {
  const paragraphs = [1, 2, 3, 4].map(
    (number) =>
      `<p>Paragraph ${number} of the story tells at some length what the eleven ports agreed on, and why it took three winters.</p>`,
  );
  paragraphs.splice(2, 0, between);
  const html = `<!doctype html><html lang="en"><head><title>Ports agree on a fund</title></head><body><main><article>
<h1>Ports agree on a fund</h1>${byline}<time datetime="2026-11-30T09:00:00Z">30 November 2026</time>${paragraphs.join('')}</article></main></body></html>`;
  const { stories } = await readDocument(new TextEncoder().encode(html), about);
  return stories[0];
}

test.each([
  ['<p class="byline">By Kari Nord</p>', 'Kari Nord'],
  ['<p class="byline top">By Kari Nord | 30 November 2026</p>', 'Kari Nord'],
  ['<a rel="author" href="/kari">Kari Nord</a>', 'Kari Nord'],
  ['<p class="byline">Posted in the world section by our team of nine</p>', null],
])('a page shows its byline in an element made for it: %s', async (element, byline) => {
  expect((await readPage(element, ''))?.byline).toBe(byline);
});

test.each([
  '<p>Subscribe to our newsletter!</p>',
  '<p>Also read: Ferry fares to rise in spring</p>',
  '<p>(Reporting by Jane Doe; Editing by John Roe)</p>',
])('what a page says to its readers between the paragraphs is no text of the story: %s', async (between) => {
  const story = await readPage('<p class="byline">By Kari Nord</p>', between);
  expect(story?.body.split('\n\n').map((paragraph) => paragraph.slice(0, 11))).toEqual([
    'Paragraph 1',
    'Paragraph 2',
    'Paragraph 3',
    'Paragraph 4',
  ]);
});

test('a feed that declares entities is refused for that, and says so', async () => {
  const feed = `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<rss version="2.0"><channel><title>&x;</title><item><title>Ports agree</title></item></channel></rss>`;
  const { stories, refused } = await readDocument(new TextEncoder().encode(feed), about);
  expect(stories).toEqual([]);
  expect(refused[0]?.reason).toMatch(/declares entities/);
});
