import { decodeMarkup, decodeText } from './decode.ts';
import type { DocumentAbout, ReadDocument } from './format.ts';
import { readAtom } from './formats/atom.ts';
import { readHtmlPage } from './formats/html-page.ts';
import { readJsonFeed } from './formats/json-feed.ts';
import { readJsonLines, readJsonStories } from './formats/json-stories.ts';
import { readNewsText } from './formats/news-text.ts';
import { readRdf } from './formats/rdf.ts';
import { readRss } from './formats/rss.ts';
import type { RawStory } from './raw-story.ts';
import { storyGuid } from './story-guid.ts';

/** Larger documents are no feed, page or mailing. */
const MOST_BYTES = 256 * 1024 * 1024;
/** So much of a document shows what it is. */
const HEAD = 16 * 1024;

/**
 * Reads a document of any format that we know, found by its content and not by its name: RSS, Atom, JSON Feed, JSON and
 * JSON Lines (docs/import-format.md), an HTML page, the plain text of a news page.
 * Never throws for what it reads: what cannot be taken is refused by item, with its place and the reason.
 */
export async function readDocument(bytes: Uint8Array, about: DocumentAbout): Promise<ReadDocument> {
  if (bytes.length > MOST_BYTES) {
    return unreadable(
      `it has ${Math.round(bytes.length / 1e6)} MB; at most ${Math.round(MOST_BYTES / 1e6)} MB are read`,
    );
  }
  const head = decodeMarkup(bytes.subarray(0, HEAD), null).trimStart();
  if (head === '') return unreadable('it is empty');
  if (head.includes('\0'))
    return unreadable('it is not text: expected a feed, JSON, an HTML page or plain text');
  const read = readAs(formatOf(head, about), bytes, about);
  return { ...read, stories: withOwnGuids(read.stories) };
}

type Format = 'rss' | 'rdf' | 'atom' | 'xml' | 'html' | 'json' | 'text';

function formatOf(head: string, about: DocumentAbout): Format {
  const markup = head.startsWith('<') || /\b(?:xml|rss|atom)\b/i.test(about.contentType ?? '');
  const bare = head.replace(/<!--[\s\S]*?-->/g, '');
  const root = markup ? /<(?:\w+:)?(rss|rdf|feed)[\s>]/i.exec(bare)?.[1]?.toLowerCase() : undefined;
  const html = /<(?:!doctype html|html|head|body|meta|article|main|div|p|h1)[\s>]/i.exec(bare)?.index;
  if (root !== undefined && (html === undefined || bare.search(/<(?:\w+:)?(?:rss|rdf|feed)[\s>]/i) < html)) {
    return root === 'feed' ? 'atom' : (root as Format);
  }
  if (html !== undefined && head.startsWith('<')) return 'html';
  if (head.startsWith('<?xml')) return 'xml';
  // "[World] Eleven ports …" is a page's label, not a list.
  return /^(?:\{\s*["}]|\[\s*(?:[{["\]]|$))/.test(head) ? 'json' : 'text';
}

function readAs(format: Format, bytes: Uint8Array, about: DocumentAbout): ReadDocument {
  const markup = () => decodeMarkup(bytes, about.contentType);
  switch (format) {
    case 'rss':
      return readRss(markup(), about) ?? unreadableFeed('RSS', markup(), ': no channel in it');
    case 'rdf':
      return readRdf(markup(), about) ?? unreadableFeed('RSS 1.0', markup());
    case 'atom':
      return readAtom(markup(), about) ?? unreadableFeed('Atom', markup());
    case 'html':
      return readHtmlPage(markup(), about);
    case 'json':
      return readJson(bytes, about);
    case 'xml':
      return unreadable('it is XML, but no feed: expected RSS or Atom');
    default:
      return readNewsText(decodeText(bytes), about);
  }
}

/** JSON Feed, stories as JSON, or JSON Lines. */
function readJson(bytes: Uint8Array, about: DocumentAbout): ReadDocument {
  const decoded = decodeText(bytes);
  const lines =
    /\.(?:jsonl|ndjson)$/i.test(about.name) || /ndjson|jsonl|json-seq/i.test(about.contentType ?? '');
  if (lines || /^\s*\{.*\}[ \t\r]*\n\s*\{/.test(decoded.text.slice(0, HEAD)))
    return readJsonLines(decoded, about);
  const version = /"version"\s*:\s*"https?:\/\/(?:www\.)?jsonfeed\.org\/version/i.test(
    decoded.text.slice(0, HEAD),
  );
  const feed = version && decoded.broken.length === 0 ? parse(decoded.text) : undefined;
  return (feed === undefined ? undefined : readJsonFeed(feed, about)) ?? readJsonStories(decoded, about);
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Some feeds give all items one guid: those after the first get one of their own. */
function withOwnGuids(stories: RawStory[]): RawStory[] {
  const headlines = new Map<string, string>();
  return stories.map((story) => {
    const first = headlines.get(story.guid);
    if (first === undefined) headlines.set(story.guid, story.headline);
    if (first === undefined || first === story.headline) return story;
    return { ...story, guid: `${story.guid}#${storyGuid(null, null, story.headline, null)}`.slice(-500) };
  });
}

/** Entities that a document declares may name files of ours or grow without end: they are never read. */
function unreadableFeed(name: string, xml: string, fault = ''): ReadDocument {
  return unreadable(
    /<!ENTITY\b/i.test(xml.slice(0, HEAD))
      ? `it is ${name} that declares entities of its own (<!ENTITY …>), which are not read: take the declaration out`
      : `it is ${name} that cannot be read${fault}`,
  );
}

function unreadable(reason: string): ReadDocument {
  return { title: null, format: 'unknown', stories: [], refused: [{ place: 'whole document', reason }] };
}
