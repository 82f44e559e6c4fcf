import { BYLINE } from './news-text/words.ts';
import { lineOfText } from './plain-text.ts';

/** What an HTML page says of the article it shows: JSON-LD (schema.org), then Open Graph, then its own elements. */
export interface PageFacts {
  headline: string | null;
  url: string | null;
  site: string | null;
  language: string | null;
  published: string | null;
  byline: string | null;
  description: string | null;
  sections: string[];
  picture: { url: string; alt: string | null; credit: string | null } | null;
  /** The text, where JSON-LD holds it. */
  body: string | null;
  /** Whether the page calls itself an article. */
  isArticle: boolean;
}

/** Reads what `document` says of itself, changing nothing in it. @param address where it was found. */
export function readPageFacts(document: Document, address: string | null): PageFacts {
  const article = findArticle(document);
  const meta = metaReader(document);
  const text = (selector: string) => lineOfText(document.querySelector(selector)?.textContent) || null;
  const site = meta('og:site_name') ?? textOf(article?.publisher);
  const canonical = document.querySelector('link[rel="canonical"]')?.getAttribute('href') ?? meta('og:url');
  const picture =
    pictureOf(article?.image) ??
    meta('og:image:secure_url', 'og:image', 'twitter:image', 'twitter:image:src');
  return {
    headline:
      textOf(article?.headline) ??
      withoutSite(meta('og:title', 'twitter:title'), site) ??
      text('article h1, main h1, h1') ??
      withoutSite(text('title'), site),
    url: absolute(canonical, address),
    site,
    language:
      document.documentElement.getAttribute('lang') ?? textOf(article?.inLanguage) ?? meta('og:locale'),
    published:
      textOf(article?.datePublished) ??
      meta(
        'article:published_time',
        'og:published_time',
        'datepublished',
        'date',
        'pubdate',
        'publishdate',
        'dc.date',
        'dc.date.issued',
        'dcterms.created',
        'parsely-pub-date',
        'sailthru.date',
        'article:published',
      ) ??
      document
        .querySelector(
          'article time[datetime], main time[datetime], time[itemprop="datePublished"], time[pubdate]',
        )
        ?.getAttribute('datetime') ??
      null,
    byline:
      namesOf(article?.author) ??
      meta('author', 'byl', 'parsely-author', 'dc.creator', 'article:author_name') ??
      shownByline(document),
    description: meta('og:description', 'description', 'twitter:description') ?? textOf(article?.description),
    sections: [
      ...listOf(article?.articleSection),
      ...listOf(meta('article:section', 'parsely-section', 'section')),
    ],
    picture:
      picture === null
        ? null
        : { url: picture, alt: meta('og:image:alt', 'twitter:image:alt'), credit: null },
    body: textOf(article?.articleBody),
    isArticle:
      article !== undefined || meta('og:type') === 'article' || meta('article:published_time') !== null,
  };
}

type LinkedData = Record<string, unknown>;

function findArticle(document: Document): LinkedData | undefined {
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    const found = flatten(parse(script.textContent ?? '')).find(isArticle);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    // Line breaks within strings, and comments around the whole, are the usual faults.
    return JSON.parse(
      text
        .replace(/^\s*(?:<!--|\/\*<!\[CDATA\[\*\/)|(?:-->|\/\*\]\]>\*\/)\s*$/g, '')
        .replace(/\p{Cc}+/gu, ' '),
    );
  } catch {
    return undefined;
  }
}

function flatten(value: unknown, depth = 0): LinkedData[] {
  if (depth > 4 || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((each) => flatten(each, depth + 1));
  const data = value as LinkedData;
  return [data, ...flatten(data['@graph'], depth + 1), ...flatten(data.mainEntity, depth + 1)];
}

function isArticle(data: LinkedData): boolean {
  return (
    listOf(data['@type']).some((type) =>
      /(?:Article|BlogPosting|NewsStory|Report|LiveBlogPosting)$/.test(type),
    ) && data.headline !== undefined
  );
}

/** Reads `<meta>` by name or property, the first name that is there and not empty. */
function metaReader(document: Document): (...names: string[]) => string | null {
  const values = new Map<string, string>();
  for (const element of document.querySelectorAll('meta')) {
    const name = (
      element.getAttribute('property') ??
      element.getAttribute('name') ??
      element.getAttribute('itemprop') ??
      ''
    ).toLowerCase();
    const content = lineOfText(element.getAttribute('content'));
    if (name !== '' && content !== '' && !values.has(name)) values.set(name, content);
  }
  return (...names) => names.map((name) => values.get(name)).find((value) => value !== undefined) ?? null;
}

/** The names that the page shows in an element made for them: `<p class="byline">By Jane Doe | 30 November</p>`. */
function shownByline(document: Document): string | null {
  const elements = document.querySelectorAll(
    '[rel~="author"], [itemprop~="author"], [class~="byline"], [class~="author"], [class~="author-name"]',
  );
  for (const element of elements) {
    const text = (lineOfText(element.textContent).split(/\s+[|·•]\s+/)[0] ?? '').trim();
    const name = BYLINE.exec(text)?.[1] ?? BYLINE.exec(`By ${text}`)?.[1];
    if (name !== undefined && name.length <= 80) return name;
  }
  return null;
}

/** "Eleven ports agree | Harbour Wire" is the headline and the site's name. */
function withoutSite(title: string | null, site: string | null): string | null {
  if (title === null) return null;
  const parts = /^(.{12,}?)\s+[|–—»·-]\s+([^|–—»·]{2,40})$/u.exec(title);
  const tail = parts?.[2]?.toLowerCase();
  if (parts?.[1] === undefined || tail === undefined) return title;
  const same = site !== null && (tail.includes(site.toLowerCase()) || site.toLowerCase().includes(tail));
  return same || title.includes(' | ') ? parts[1] : title;
}

function pictureOf(value: unknown): string | null {
  const first = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  const url =
    typeof first === 'object' && first !== null
      ? ((first as LinkedData).url ?? (first as LinkedData).contentUrl)
      : undefined;
  return typeof url === 'string' ? url : null;
}

function namesOf(value: unknown): string | null {
  const names = (Array.isArray(value) ? value : [value])
    .map(textOf)
    .filter((name) => name !== null && !/^https?:/.test(name));
  return names.join(', ') || null;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim();
  if (Array.isArray(value)) return textOf(value[0]);
  return typeof value === 'object' && value !== null ? textOf((value as LinkedData).name) : null;
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string');
}

function absolute(link: string | null, address: string | null): string | null {
  return link === null ? null : (URL.parse(link, address ?? undefined)?.href ?? null);
}
