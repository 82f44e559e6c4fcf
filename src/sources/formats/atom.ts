import { type AtomFeed, parseAtomFeed } from 'feedsmith';
import { readFeedItems } from '../feed-items.ts';
import { mediaPicture } from '../feed-picture.ts';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import type { LooseItem } from '../loose-item.ts';
import { lineOfText } from '../plain-text.ts';
import { readLooseItems } from '../read-loose-items.ts';

type Entry = AtomFeed.Entry<string>;

/** Atom 1.0 (RFC 4287) and 0.3. @returns undefined when it cannot be read as a feed at all. */
export function readAtom(xml: string, about: DocumentAbout): ReadDocument | undefined {
  const root = /<(\w+:)?feed[\s>]/i.exec(xml)?.[1] ?? '';
  const read = readFeedItems(xml, { item: 'entry', closing: `</${root}feed>` }, (text) => {
    const feed = parseAtomFeed(text);
    return { feed, items: feed.entries ?? [] };
  });
  if (read === undefined) return undefined;
  const feed = read.feed as AtomFeed.Feed<string>;
  const items = read.items.map(({ item, place }) => ({ place, item: looseItem(item as Entry) }));
  const language =
    feed.xml?.lang ??
    feed.dc?.languages?.[0] ??
    /<(?:\w+:)?feed\b[^>]*\sxml:lang=["']([\w-]+)/i.exec(xml)?.[1];
  const base =
    feed.xml?.base ?? alternate(feed.links) ?? feed.links?.find((link) => link.rel === 'self')?.href;
  return readLooseItems(
    { title: feed.title?.value, format: 'Atom', language, base },
    items,
    read.refused,
    about,
  );
}

function looseItem(entry: Entry): LooseItem {
  const text = entry.content?.src === undefined ? entry.content?.value : null;
  return {
    id: entry.id,
    link: alternate(entry.links),
    title: entry.title?.value,
    body: text,
    description:
      entry.summary?.value ?? entry.media?.description?.value ?? entry.media?.groups?.[0]?.description?.value,
    published: entry.published ?? entry.dc?.dates?.[0] ?? entry.updated,
    categories: (entry.categories ?? []).map((category) => category.label ?? category.term),
    language: entry.xml?.lang ?? entry.content?.xml?.lang,
    byline: (entry.authors ?? []).map((author) => author.name).join(', ') || entry.dc?.creators?.join(', '),
    credit: lineOfText(entry.source?.title?.value),
    picture:
      mediaPicture(entry.media) ??
      entry.links
        ?.filter((link) => link.rel === 'enclosure' && /^image\//.test(link.type ?? ''))
        .map(({ href }) => ({ url: href }))[0],
  };
}

function alternate(links: AtomFeed.Link<string>[] | undefined): string | undefined {
  const alternates = (links ?? []).filter((link) => (link.rel ?? 'alternate') === 'alternate');
  return (alternates.find((link) => /html/.test(link.type ?? 'html')) ?? alternates[0])?.href;
}
