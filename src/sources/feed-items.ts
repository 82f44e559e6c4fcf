import type { RefusedItem } from './raw-story.ts';

/** Where the items of a feed's XML stand. */
interface ItemSpans {
  items: { start: number; end: number }[];
  /** Where an item begins that does not end: the document breaks off. */
  open: number | undefined;
}

export interface FeedShape {
  /** Element of an item, without prefix: `item`, `entry`. */
  item: string;
  /** What closes the document after its last item. */
  closing: string;
}

/** The end of a whole feed, with what generators write behind it. */
const CLOSED = /<\/(?:\w+:)?(?:rss|rdf|feed)\s*>\s*(?:<!--[\s\S]*-->\s*)?$/i;

/** Of a feed that is no XML as a whole. To start the parser for each item costs more than the item. */
const MOST_ALONE = 1000;
/** What stands before a feed's first item is a title, a link and some names. */
const LONGEST_OPENING = 16 * 1024;

/**
 * Parses a feed's XML and keeps what is whole of it: of a document that breaks off, the items before the break; of one
 * that the parser refuses, every item that can be read alone.
 * @param parse gives the feed and its items, or throws.
 * @returns undefined when not even the feed without items can be read.
 */
export function readFeedItems<Feed, Item>(
  xml: string,
  shape: FeedShape,
  parse: (xml: string) => { feed: Feed; items: Item[] },
): { feed: Feed; items: { item: Item; place: string }[]; refused: RefusedItem[] } | undefined {
  const { items: spans, open } = findItems(xml, shape.item);
  const refused: RefusedItem[] = [];
  const lineAt = lineCounter(xml);
  const place = (index: number, start: number) => `item ${index + 1} (line ${lineAt(start)})`;
  if (open !== undefined)
    refused.push({ place: place(spans.length, open), reason: 'the document breaks off within it' });
  const end = spans.at(-1)?.end ?? open ?? xml.length;
  const ended = open === undefined && CLOSED.test(xml.slice(-2000));
  const whole = attempt(parse, ended ? xml : xml.slice(0, end) + shape.closing);
  if (whole !== undefined && whole.items.length === spans.length) {
    const items = whole.items.map((item, index) => ({ item, place: place(index, spans[index]?.start ?? 0) }));
    return { feed: whole.feed, items, refused };
  }
  const head = xml.slice(0, spans[0]?.start ?? end);
  const feed = whole?.feed ?? attempt(parse, head + shape.closing)?.feed;
  if (feed === undefined) return undefined;
  const items: { item: Item; place: string }[] = [];
  const opening = openingOf(head, shape);
  for (const [index, { start, end: last }] of spans.entries()) {
    if (index === MOST_ALONE) {
      const reason = `the document is not XML that can be read; of such only ${MOST_ALONE} items are tried one by one`;
      refused.push({ place: `${place(index, start)} and those after it`, reason });
      break;
    }
    const alone = attempt(parse, opening + xml.slice(start, last) + shape.closing);
    const [item] = alone?.items ?? [];
    if (item !== undefined) items.push({ item, place: place(index, start) });
    else
      refused.push({
        place: place(index, start),
        reason: alone === undefined ? 'it is not XML that can be read' : 'it is empty',
      });
  }
  return { feed, items, refused };
}

/** What stands before each item that is parsed alone: of a long beginning only what opens the elements around it. */
function openingOf(head: string, { closing }: FeedShape): string {
  if (head.length <= LONGEST_OPENING) return head;
  const root = /<(?:\w+:)?(?:rss|rdf|feed)\b[^<>]{0,4000}>/i.exec(head)?.[0] ?? '';
  return closing.startsWith('</channel>') ? `${root}<channel>` : root;
}

function findItems(xml: string, name: string): ItemSpans {
  const mark = new RegExp(`<!\\[CDATA\\[|<!--|<(/?)(?:\\w+:)?${name}(?=[\\s/>])`, 'gi');
  const items: ItemSpans['items'] = [];
  let open: number | undefined;
  for (let match = mark.exec(xml); match !== null; match = mark.exec(xml)) {
    const skip = match[0].startsWith('<![') ? ']]>' : match[0] === '<!--' ? '-->' : undefined;
    if (skip !== undefined) {
      const end = xml.indexOf(skip, mark.lastIndex);
      if (end < 0) break;
      mark.lastIndex = end + skip.length;
    } else if (match[1] === '') open ??= match.index;
    else if (open !== undefined) {
      const end = xml.indexOf('>', mark.lastIndex);
      if (end < 0) break;
      items.push({ start: open, end: end + 1 });
      open = undefined;
    }
  }
  return { items, open };
}

function attempt<T>(parse: (xml: string) => T, xml: string): T | undefined {
  try {
    return parse(xml);
  } catch {
    // The parser's words ("Unexpected end of description") help nobody; which item it was does.
    return undefined;
  }
}

/** Tells the line of a place. Asked in ascending order, it reads the text once. */
function lineCounter(text: string): (index: number) => number {
  let line = 1;
  let counted = 0;
  return (index) => {
    if (index < counted) [line, counted] = [1, 0];
    for (let at = text.indexOf('\n', counted); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
      line += 1;
      counted = at + 1;
    }
    return line;
  };
}
