import { type JsonFeed, parseJsonFeed } from 'feedsmith';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import { readLooseItems } from '../read-loose-items.ts';

/** JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1). @param value the parsed document. */
export function readJsonFeed(value: object, about: DocumentAbout): ReadDocument | undefined {
  const feed = parsed(value);
  if (feed === undefined) return undefined;
  const items = (feed.items ?? []).map((item, index) => ({
    place: `item ${index + 1}`,
    item: {
      id: item.id,
      link: item.url ?? item.external_url,
      title: item.title,
      body: item.content_html ?? item.content_text,
      description: item.summary,
      published: item.date_published ?? item.date_modified,
      categories: item.tags ?? [],
      language: item.language,
      byline: (item.authors ?? []).map((author) => author.name).join(', '),
      picture: { url: item.image ?? item.banner_image },
    },
  }));
  const self = {
    title: feed.title,
    format: 'JSON Feed',
    language: feed.language,
    base: feed.home_page_url ?? feed.feed_url,
  };
  return readLooseItems(self, items, [], about);
}

function parsed(value: object): JsonFeed.Feed<string> | undefined {
  try {
    return parseJsonFeed(value) as JsonFeed.Feed<string>;
  } catch {
    return undefined;
  }
}
