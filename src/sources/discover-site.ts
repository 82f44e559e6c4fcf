import { parseHTML } from 'linkedom';
import { type FetchOptions, guardedFetch } from './guarded-fetch.ts';

/** What a publication's own front page says of it. */
export interface SiteFindings {
  /** Where it was found in the end, after redirects. */
  url: string;
  name: string | null;
  /** BCP 47. */
  language: string | null;
  /** Absolute addresses of its feeds, the most likely one first; empty when it names none. */
  feeds: string[];
  /** Absolute address of a picture that fits a masthead. */
  logo: string | null;
}

/**
 * Fetches a front page and reads what it says of itself.
 * @param address with or without `https://`.
 * @throws FetchFailure: a sentence for the operator.
 */
export async function discoverSite(address: string, options: FetchOptions): Promise<SiteFindings> {
  const url = /^[a-z]+:\/\//i.test(address) ? address : `https://${address}`;
  const page = await guardedFetch(url, {
    within: 15_000,
    mostBytes: 5_000_000,
    accept: 'text/html',
    ...options,
  });
  return readSite(new TextDecoder().decode(page.bytes), page.url);
}

/** Reads the HTML of a front page. Pure. */
export function readSite(html: string, url: string): SiteFindings {
  const { document } = parseHTML(html);
  const meta = (name: string): string | null => {
    const found = document.querySelector(`meta[property="${name}"], meta[name="${name}"]`);
    return found?.getAttribute('content')?.trim() || null;
  };
  const links = [...document.querySelectorAll('link[rel][href]')].map((link) => ({
    rel: (link.getAttribute('rel') ?? '').toLowerCase().split(/\s+/),
    type: (link.getAttribute('type') ?? '').toLowerCase(),
    title: link.getAttribute('title') ?? '',
    href: absolute(link.getAttribute('href') ?? '', url),
  }));
  return {
    url,
    name:
      meta('og:site_name') ??
      meta('application-name') ??
      nameFromTitle(document.querySelector('title')?.textContent),
    language: languageTag(
      document.documentElement?.getAttribute('lang') ?? meta('og:locale')?.replace('_', '-') ?? '',
    ),
    feeds: links
      .filter(({ rel, type, href }) => rel.includes('alternate') && FEED_TYPES.has(type) && href !== null)
      // A front page also names the feed of its comments; nobody wants that one.
      .sort((one, other) => Number(/comment/i.test(one.title)) - Number(/comment/i.test(other.title)))
      .map(({ href }) => href as string),
    logo: links.find(({ rel, href }) => rel.includes('apple-touch-icon') && href !== null)?.href ?? null,
  };
}

const FEED_TYPES = new Set(['application/rss+xml', 'application/atom+xml', 'application/feed+json']);

/** `The Harbour Ledger | News from the coast` → `The Harbour Ledger`. */
function nameFromTitle(title: string | null | undefined): string | null {
  return title?.split(/\s+[|–—·-]\s+/)[0]?.trim() || null;
}

function languageTag(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text.trim())[0] ?? null;
  } catch {
    return null;
  }
}

function absolute(href: string, base: string): string | null {
  const url = URL.parse(href, base);
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}
