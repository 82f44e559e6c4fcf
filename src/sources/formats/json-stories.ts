import type { DecodedText } from '../decode.ts';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import type { LooseItem } from '../loose-item.ts';
import type { RefusedItem } from '../raw-story.ts';
import { readLooseItems } from '../read-loose-items.ts';

/** Longest line of JSON Lines, characters: no story is so long, and one such line must not cost the others. */
const LONGEST_LINE = 2_000_000;

type Placed = { place: string; value: unknown };

/** Stories as JSON: a list of them, or an object that holds the list; the schema is docs/import-format.md. */
export function readJsonStories({ text, broken }: DecodedText, about: DocumentAbout): ReadDocument {
  const refused: RefusedItem[] = [];
  const document = tryParse(text);
  const self = isObject(document) ? document : {};
  const list = listOf(document) ?? salvage(text, refused);
  return readPlaced({ ...self, format: 'JSON' }, list, broken, refused, about);
}

/** Stories as JSON Lines (jsonlines.org): one object a line. */
export function readJsonLines({ text, broken }: DecodedText, about: DocumentAbout): ReadDocument {
  const refused: RefusedItem[] = [];
  const list: Placed[] = [];
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    number += 1;
    const place = `line ${number}`;
    if (stop - start > LONGEST_LINE) {
      refused.push({
        place,
        reason: `${Math.round((stop - start) / 1e6)} MB in one line; a story has at most ${LONGEST_LINE / 1e6} MB`,
      });
    } else {
      const line = text.slice(start, stop).trim();
      const value = line === '' ? undefined : tryParse(line);
      if (value !== undefined) list.push({ place, value });
      else if (line !== '') refused.push({ place, reason: 'not JSON: each line must be one whole object' });
    }
    start = stop + 1;
  }
  return readPlaced({ format: 'JSON Lines' }, list, broken, refused, about);
}

function readPlaced(
  self: Record<string, unknown> & { format: string },
  list: Placed[],
  broken: DecodedText['broken'],
  refused: RefusedItem[],
  about: DocumentAbout,
): ReadDocument {
  const items: { place: string; item: LooseItem }[] = [];
  for (const { place, value } of list) {
    const item = looseItem(value);
    const damaged = broken.length > 0 && JSON.stringify(value)?.includes('\uFFFD');
    if (damaged)
      refused.push({ place, reason: `not UTF-8 (line ${broken[0]?.line}); save the file as UTF-8` });
    else if ('reason' in item) refused.push({ place, reason: item.reason });
    else items.push({ place, item });
  }
  const { title, language, url } = self;
  const said = (value: unknown) => (typeof value === 'string' ? value : null);
  return readLooseItems(
    { title: said(title), format: self.format, language: said(language), base: said(url) },
    items,
    refused,
    about,
  );
}

/** The list in a parsed document; undefined when it is not JSON. */
function listOf(document: unknown): Placed[] | undefined {
  if (document === undefined) return undefined;
  const list = Array.isArray(document)
    ? document
    : isObject(document)
      ? (['stories', 'articles', 'items', 'entries', 'news', 'data']
          .map((key) => document[key])
          .find(Array.isArray) ?? [document])
      : [document];
  return list.map((value, index) => ({ place: `item ${index + 1}`, value }));
}

/** Whole objects of a document that is broken or breaks off. */
function salvage(text: string, refused: RefusedItem[]): Placed[] {
  const list: Placed[] = [];
  const { objects, open } = topObjects(text);
  for (const { start, end } of objects) {
    const place = `item ${list.length + refused.length + 1} (line ${lineAt(text, start)})`;
    const value = tryParse(text.slice(start, end));
    if (value === undefined) refused.push({ place, reason: 'not JSON that can be read' });
    else list.push({ place, value });
  }
  const line = lineAt(text, open ?? text.length);
  refused.push({
    place: `line ${line}`,
    reason:
      open === undefined
        ? 'the file is not whole JSON: something is missing or too much'
        : 'the file breaks off within this item',
  });
  return list;
}

/** Where the objects directly within the outermost list stand. Reads each character once, however broken the text is. */
function topObjects(text: string): { objects: { start: number; end: number }[]; open: number | undefined } {
  const objects: { start: number; end: number }[] = [];
  const sign = /["{}]/g;
  let depth = 0;
  let start = 0;
  sign.lastIndex = text.indexOf('[') + 1;
  for (let match = sign.exec(text); match !== null; match = sign.exec(text)) {
    if (match[0] === '"') sign.lastIndex = endOfString(text, match.index);
    else if (match[0] === '{') {
      if (depth === 0) start = match.index;
      depth += 1;
    } else if (depth > 0) {
      depth -= 1;
      if (depth === 0) objects.push({ start, end: match.index + 1 });
    }
  }
  return { objects, open: depth > 0 ? start : undefined };
}

/** Behind the quote that closes the string which opens at `from`; the text's end when none does. */
function endOfString(text: string, from: number): number {
  const sign = /["\\]/g;
  sign.lastIndex = from + 1;
  for (let match = sign.exec(text); match !== null; match = sign.exec(text)) {
    if (match[0] === '"') return match.index + 1;
    sign.lastIndex = match.index + 2;
  }
  return text.length;
}

/** The names that exports give a story's fields. */
const FIELDS = {
  id: ['id', 'guid', 'uuid'],
  link: ['url', 'link', 'canonical_url'],
  title: ['headline', 'title'],
  body: ['body', 'text', 'content', 'body_html', 'content_html', 'html', 'article'],
  description: ['summary', 'description', 'standfirst', 'excerpt'],
  section: ['section', 'category'],
  language: ['language', 'lang'],
  dateline: ['dateline'],
  byline: ['byline', 'author', 'authors'],
  credit: ['source', 'credit'],
  published: [
    'published',
    'published_at',
    'publishedAt',
    'date',
    'datetime',
    'pubDate',
    'created_at',
    'timestamp',
  ],
} as const;

function looseItem(value: unknown): LooseItem | { reason: string } {
  if (!isObject(value)) return { reason: `expected an object with a headline, found ${kindOf(value)}` };
  const item: LooseItem = {};
  for (const [field, names] of Object.entries(FIELDS) as [keyof typeof FIELDS, readonly string[]][]) {
    const name = names.find((each) => value[each] !== undefined && value[each] !== null);
    if (name === undefined) continue;
    const text = textOf(value[name], field);
    if (text === undefined) return { reason: `${name}: expected text, found ${kindOf(value[name])}` };
    item[field] = text;
  }
  const picture = value.picture ?? value.image;
  if (typeof picture === 'string') item.picture = { url: picture };
  else if (isObject(picture))
    item.picture = { url: said(picture.url), alt: said(picture.alt), credit: said(picture.credit) };
  return item;
}

function textOf(value: unknown, field: keyof typeof FIELDS): string | undefined {
  if (typeof value === 'string') return value;
  if (field === 'published' && typeof value === 'number' && Math.abs(value) < 8.64e15) {
    // Seconds or milliseconds since 1970: a hundred thousand million seconds are the year 5138.
    const at = value < 1e11 ? value * 1000 : value;
    return Temporal.Instant.fromEpochMilliseconds(Math.trunc(at)).toString();
  }
  if (field === 'id' && typeof value === 'number') return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) {
    return value.join(field === 'body' ? '\n\n' : ', ');
  }
  if (isObject(value)) return said(value.name) ?? undefined;
  return undefined;
}

function said(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `a ${typeof value}`;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
