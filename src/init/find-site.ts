import type { Config } from '../config.ts';
import { RefusedError } from '../refused-error.ts';
import { discoverSite, type SiteFindings } from '../sources/discover-site.ts';
import { readFeed } from './read-feed.ts';

interface Settings {
  config: Pick<Config, 'publicUrl' | 'fetchPrivate'>;
  now: () => Temporal.Instant;
  signal?: AbortSignal | undefined;
}

/**
 * Looks at a site whose address was typed: without a scheme it is tried as https, then as http. The address of a feed
 * stands for its site.
 * @throws RefusedError naming every address that was tried, and why it could not be read.
 */
export async function findSite(address: string, settings: Settings): Promise<SiteFindings> {
  if (/^https?:\/\//i.test(address)) return lookAt(address, settings);
  const faults: string[] = [];
  for (const url of [`https://${address}`, `http://${address}`]) {
    try {
      return await lookAt(url, settings);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      faults.push(error.message);
    }
  }
  throw new RefusedError(bothFaults(address, faults));
}

async function lookAt(url: string, settings: Settings): Promise<SiteFindings> {
  const found = await discoverSite(url, settings);
  const site = { ...found, name: found.name && oneLine(found.name) };
  if (site.feeds.length > 0) return site;
  const feed = await readFeed(site.url, { ...settings, timeZone: 'UTC' });
  if (feed === null || !feed.isFeed) return site;
  return {
    ...site,
    url: new URL('/', site.url).href,
    name: feed.title ? oneLine(feed.title) : site.name,
    feeds: [site.url],
  };
}

/** A stranger's words, for a terminal and a sender's name. */
function oneLine(name: string): string {
  return name
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 100);
}

/** One sentence for both where the same is wrong with both. Pure. */
function bothFaults(address: string, faults: string[]): string {
  const reasons = faults.map((fault) =>
    fault.replace(/^https?:\/\/\S+: /, '').replace(/^https?:\/\/\S+/, 'it'),
  );
  const [https, http] = reasons;
  const tried = [`https://${address}`, `http://${address}`];
  if (https === http) return `Neither ${tried.join(' nor ')} can be read: ${https}`;
  return faults.join(' ');
}
