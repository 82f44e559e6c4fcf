import { parseRdfFeed, type RdfFeed } from 'feedsmith';
import { readFeedItems } from '../feed-items.ts';
import { mediaPicture } from '../feed-picture.ts';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import type { LooseItem } from '../loose-item.ts';
import { readLooseItems } from '../read-loose-items.ts';

type Item = RdfFeed.Item<string>;

/** RSS 1.0 and 0.90 (web.resource.org/rss/1.0/spec). @returns undefined when it cannot be read as a feed at all. */
export function readRdf(xml: string, about: DocumentAbout): ReadDocument | undefined {
  const root = /<(\w+:)?rdf[\s>]/i.exec(xml)?.[1] ?? '';
  const read = readFeedItems(xml, { item: 'item', closing: `</${root}RDF>` }, (text) => {
    const feed = parseRdfFeed(text);
    return { feed, items: feed.items ?? [] };
  });
  if (read === undefined) return undefined;
  const { feed } = read;
  const items = read.items.map(({ item, place }) => ({ place, item: looseItem(item as Item) }));
  const self = {
    title: feed.title ?? feed.dc?.titles?.[0],
    format: 'RSS 1.0',
    language: feed.dc?.languages?.[0],
    base: feed.link,
  };
  return readLooseItems(self, items, read.refused, about);
}

function looseItem(item: Item): LooseItem {
  return {
    id: item.rdf?.about ?? item.dc?.identifiers?.[0],
    link: item.link,
    title: item.title ?? item.dc?.titles?.[0],
    body: item.content?.encoded,
    description: item.description ?? item.dc?.descriptions?.[0],
    published: item.dc?.dates?.[0] ?? item.dcterms?.issued?.[0] ?? item.dcterms?.created?.[0],
    categories: item.dc?.subjects ?? [],
    language: item.dc?.languages?.[0],
    byline: item.dc?.creators?.join(', '),
    credit: item.dc?.sources?.find((source) => !/^https?:/.test(source)),
    picture: mediaPicture(item.media),
  };
}
