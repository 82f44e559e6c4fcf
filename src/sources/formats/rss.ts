import { parseRssFeed, type RssFeed } from 'feedsmith';
import { readFeedItems } from '../feed-items.ts';
import { type MediaElements, mediaPicture } from '../feed-picture.ts';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import type { LooseItem } from '../loose-item.ts';
import { readLooseItems } from '../read-loose-items.ts';

type Item = RssFeed.Item<string>;

/** RSS 0.9x and 2.0 (cyber.harvard.edu/rss/rss.html). @returns undefined when it cannot be read as a feed at all. */
export function readRss(xml: string, about: DocumentAbout): ReadDocument | undefined {
  const read = readFeedItems(xml, { item: 'item', closing: '</channel></rss>' }, (text) => {
    const feed = parseRssFeed(text);
    return { feed, items: feed.items ?? [] };
  });
  if (read === undefined) return undefined;
  const { feed } = read;
  const link = feed.link ?? feed.atom?.links?.find((each) => each.rel === 'self')?.href;
  const items = read.items.map(({ item, place }) => ({ place, item: looseItem(item as Item) }));
  const self = {
    title: feed.title,
    format: 'RSS',
    language: feed.language ?? feed.dc?.languages?.[0],
    base: link,
  };
  return readLooseItems(self, items, read.refused, about);
}

function looseItem(item: Item): LooseItem {
  const permalink =
    item.guid?.isPermaLink !== false && /^https?:/.test(item.guid?.value ?? '') ? item.guid?.value : null;
  return {
    id: item.guid?.value ?? item.atom?.id,
    link:
      item.link ??
      item.atom?.links?.find((link) => (link.rel ?? 'alternate') === 'alternate')?.href ??
      permalink,
    title: item.title ?? item.dc?.titles?.[0] ?? (item.media as MediaElements | undefined)?.title?.value,
    body: item.content?.encoded ?? item.atom?.content?.value,
    description:
      item.description ?? item.dc?.descriptions?.[0] ?? item.atom?.summary?.value ?? item.itunes?.summary,
    published:
      item.pubDate ??
      item.dc?.dates?.[0] ??
      item.dcterms?.issued?.[0] ??
      item.dcterms?.created?.[0] ??
      item.atom?.published ??
      item.atom?.updated,
    categories: [...(item.categories ?? []).map((category) => category.name), ...(item.dc?.subjects ?? [])],
    language: item.dc?.languages?.[0] ?? item.xml?.lang,
    byline:
      names(item.dc?.creators) ??
      names(item.authors?.map((author) => author.name)) ??
      names(item.atom?.authors?.map((author) => author.name)) ??
      item.itunes?.author,
    credit: item.source?.title,
    picture:
      mediaPicture(item.media) ??
      item.enclosures
        ?.filter((enclosure) => /^image\//.test(enclosure.type ?? ''))
        .map(({ url }) => ({ url }))[0] ??
      (item.itunes?.image === undefined ? null : { url: item.itunes.image }),
  };
}

function names(all: (string | undefined)[] | undefined): string | null {
  return (all ?? []).filter((name) => name !== undefined && name !== '').join(', ') || null;
}
