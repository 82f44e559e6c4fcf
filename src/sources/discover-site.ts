import { parseHTML } from 'linkedom';
import { type FetchOptions, guardedFetch } from './guarded-fetch.ts';
import { cleanLink } from './links.ts';
import { feedLinks } from './page-links.ts';

/** What a publication's own front page says of it. */
export interface SiteFindings {
  /** Where it was found in the end, after redirects. */
  url: string;
  name: string | null;
  /** BCP 47. */
  language: string | null;
  /** Absolute addresses of its feeds, the main one first; empty when it names none. */
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
  const icon = document.querySelector('link[rel~="apple-touch-icon"][href]')?.getAttribute('href');
  return {
    url,
    name:
      meta('og:site_name') ??
      meta('application-name') ??
      nameFromTitle(document.querySelector('title')?.textContent),
    language: languageTag(
      document.documentElement?.getAttribute('lang') ?? meta('og:locale')?.replace('_', '-') ?? '',
    ),
    feeds: feedLinks(html, url)
      .sort((one, other) => Number(isOfComments(one)) - Number(isOfComments(other)))
      .map((feed) => feed.url),
    logo: cleanLink(icon ?? null, url),
  };
}

/** Nobody wants a newsletter of comments, wherever the page names them. */
function isOfComments({ url, title }: { url: string; title: string | null }): boolean {
  return /\bcomments?\b/i.test(`${title ?? ''} ${new URL(url).pathname}`);
}

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
