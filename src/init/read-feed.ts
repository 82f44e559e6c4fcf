import type { Config } from '../config.ts';
import { RefusedError } from '../refused-error.ts';
import { guardedFetch } from '../sources/guarded-fetch.ts';
import { readDocument } from '../sources/read-document.ts';
import { type FirstSections, feedSections } from './feed-sections.ts';

export interface SiteFeed {
  url: string;
  title: string | null;
  /** Whether it is RSS, Atom or JSON Feed, not a page. */
  isFeed: boolean;
  headings: FirstSections;
}

/** Looks at a feed before anything is stored. @returns null when it cannot be fetched. */
export async function readFeed(
  url: string,
  {
    config,
    now,
    timeZone,
  }: { config: Pick<Config, 'publicUrl' | 'fetchPrivate'>; now: () => Temporal.Instant; timeZone: string },
): Promise<SiteFeed | null> {
  try {
    const document = await guardedFetch(url, { config });
    const read = await readDocument(document.bytes, {
      name: url,
      url: document.url,
      contentType: document.contentType,
      now: now(),
      timeZone,
    });
    return {
      url,
      title: read.title,
      isFeed: /^(?:RSS|Atom|JSON Feed)/.test(read.format),
      headings: feedSections(read.stories),
    };
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}
