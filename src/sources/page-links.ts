import { htmlDocument } from './html-document.ts';
import { cleanLink } from './links.ts';
import { lineOfText } from './plain-text.ts';

/** Words and letters that a headline has at least, as a link. */
const WORDS = 4;
const LETTERS = 24;
const MOST = 60;

/** The links of a front page that read like headlines and stay on its site, each once, in the page's order. */
export function articleLinks(html: string, address: string): string[] {
  const document = htmlDocument(html);
  const host = siteOf(address);
  const links = new Set<string>();
  for (const anchor of document?.querySelectorAll('a[href]') ?? []) {
    if (anchor.closest('nav, footer, aside, form')) continue;
    const link = cleanLink(anchor.getAttribute('href'), address);
    if (link === null || siteOf(link) !== host || isFront(link, address)) continue;
    const words = lineOfText(anchor.textContent);
    if (words.length >= LETTERS && words.split(' ').length >= WORDS) links.add(link);
    if (links.size === MOST) break;
  }
  return [...links];
}

/** Addresses of the feeds that a page offers (rssboard.org/rss-autodiscovery), the first being the page's main one. */
export function feedLinks(html: string, address: string): { url: string; title: string | null }[] {
  const document = htmlDocument(html);
  const links: { url: string; title: string | null }[] = [];
  for (const link of document?.querySelectorAll('link[rel~="alternate"][href]') ?? []) {
    if (!/^application\/(?:rss|atom|feed)\+(?:xml|json)$/i.test(link.getAttribute('type') ?? '')) continue;
    const url = cleanLink(link.getAttribute('href'), address);
    const title = lineOfText(link.getAttribute('title')) || null;
    // WordPress offers the feed of its comments as well.
    if (url !== null && !/\/comments\/feed\b|comments? feed/i.test(`${url} ${title ?? ''}`))
      links.push({ url, title });
  }
  return links;
}

function isFront(link: string, address: string): boolean {
  const { pathname, search } = new URL(link);
  return (pathname === '/' && search === '') || link.split('#')[0] === address.split('#')[0];
}

function siteOf(address: string): string {
  return new URL(address).hostname.replace(/^www\./, '');
}
