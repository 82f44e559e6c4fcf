import { expect, test } from 'vitest';
import { readSite } from '../../src/sources/discover-site.ts';

const URL = 'https://ledger.example/';

test('a front page says its name, language, feeds and logo', () => {
  const html = `<!doctype html><html lang="en-gb"><head>
    <title>Home | The Harbour Ledger</title>
    <meta property="og:site_name" content="The Harbour Ledger">
    <link rel="alternate" type="application/rss+xml" title="Comments" href="/said.xml">
    <link rel="alternate" type="application/atom+xml" title="Stories" href="feed.atom">
    <link rel="alternate" hreflang="cy" href="/cy">
    <link rel="icon apple-touch-icon" href="https://cdn.example/icon.png">
    </head><body></body></html>`;
  expect(readSite(html, URL)).toEqual({
    url: URL,
    name: 'The Harbour Ledger',
    language: 'en-GB',
    feeds: ['https://ledger.example/feed.atom', 'https://ledger.example/said.xml'],
    logo: 'https://cdn.example/icon.png',
  });
});

test('a page that says little gives little: the name from its title, no feed, nothing that is not http', () => {
  const html =
    '<title>Tide Times – the coast, daily</title><link rel="apple-touch-icon" href="javascript:alert(1)">';
  expect(readSite(html, URL)).toEqual({
    url: URL,
    name: 'Tide Times',
    language: null,
    feeds: [],
    logo: null,
  });
  expect(readSite('', URL)).toMatchObject({ name: null, feeds: [] });
});
