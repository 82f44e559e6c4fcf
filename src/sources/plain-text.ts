import { Parser } from 'htmlparser2';
import { isMonstrous } from './html-document.ts';

/** What stands in a piece of HTML, as text and pictures. */
export interface PlainText {
  /** Paragraphs separated by a blank line. */
  text: string;
  /** The first picture that is more than a counting pixel, its address as written. */
  picture: { url: string; alt: string | null } | null;
}

/** Elements that stand for themselves: before and after them a paragraph ends. */
const BLOCKS = new Set(
  'address article aside blockquote body caption center dd details dialog div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul'.split(
    ' ',
  ),
);
/** Elements whose content is no text of the story. */
const NOT_TEXT = new Set(
  'audio button canvas datalist embed figcaption form head iframe input math noembed noframes noscript object script select style svg template textarea title video'.split(
    ' ',
  ),
);
/** Elements that HTML lets stand without an end. */
const EMPTY = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
/** Elements that only mark words; with the above, what counts as a tag in a text that may hold markup. */
const MARKS =
  'a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark picture q rp rt ruby s samp small span strike strong sub sup time tt u var'.split(
    ' ',
  );
const TAGS = new Set([...BLOCKS, ...NOT_TEXT, ...EMPTY, ...MARKS]);
const TAG = /<\/?([a-z][a-z0-9]*)\b[^<>]*>|<!--[\s\S]*?-->/gi;
const SENTENCE_END = /[.!?…。؟]["'”’»)]*$/u;
const TAG_BEGINS = /<\/?([a-z][a-z0-9]*)\b|<!--/gi;
/** What no letter carries; to put a long run of marks in order takes the square of its length (UAX #15, section 13). */
const TOO_MANY_MARKS = /(\p{M}{30})\p{M}+/gu;
const WESTERN = new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 32 }, (_, n) => 0x80 + n));
/** A sentence's end and the quotation marks and brackets that close with it. */
const LONGEST_TAIL = 40;
/** A line longer than this is none, and what is done to it costs more than its length. */
const LONGEST_LINE = 5000;
const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,30});/i;

/**
 * The text of HTML, block by block: scripts, styles, forms and captions left out, entities decoded,
 * every paragraph, list item and table cell a paragraph of its own. Nothing in the result is markup.
 */
export function htmlToText(html: string): PlainText {
  if (isMonstrous(html))
    return { text: cleanText(html.replace(/<[^<>]*>/g, ' ')).replaceAll('\n', ' '), picture: null };
  const paragraphs: string[] = [];
  const paragraph = new Paragraph();
  let picture: PlainText['picture'] = null;
  const outside: string[] = [];
  const end = () => {
    const text = cleanText(paragraph.take()).replaceAll('\n', ' ');
    if (text !== '') paragraphs.push(text);
  };
  // Two line breaks, or one after a whole sentence, are how old pages end a paragraph.
  const breakLine = () => {
    if (paragraph.atLineStart || SENTENCE_END.test(paragraph.tail)) end();
    else paragraph.breakLine();
  };
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (name === 'img') picture ??= pictureOf(attributes);
        if (NOT_TEXT.has(name)) outside.push(name);
        if (BLOCKS.has(name) || NOT_TEXT.has(name)) end();
        if (name === 'br') breakLine();
      },
      ontext(text) {
        if (outside.length > 0) return;
        paragraph.add(text);
      },
      onclosetag(name) {
        if (outside.at(-1) === name) outside.pop();
        if (BLOCKS.has(name)) end();
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);
  end();
  return { text: paragraphs.join('\n\n'), picture };
}

/**
 * A paragraph that comes in pieces: each entity is one. It is put together once, at its end, for looking at the end of
 * a growing string costs its whole length every time.
 */
class Paragraph {
  #pieces: string[] = [];
  /** What the last piece ended with, without white space: enough to see the end of a sentence. */
  tail = '';
  atLineStart = false;
  #spaced = false;

  add(text: string): void {
    const folded = text.replace(/\s+/g, ' ');
    const piece = this.atLineStart || this.#spaced ? folded.trimStart() : folded;
    if (piece === '') return;
    this.#pieces.push(piece);
    this.tail = (this.tail + piece).slice(-LONGEST_TAIL).trimEnd();
    this.#spaced = piece.endsWith(' ');
    this.atLineStart = false;
  }

  breakLine(): void {
    this.#pieces.push('\n');
    this.atLineStart = true;
  }

  take(): string {
    const text = this.#pieces.join('');
    this.#pieces = [];
    this.tail = '';
    this.atLineStart = false;
    this.#spaced = false;
    return text;
  }
}

/**
 * One line of text that its writer may or may not have marked up or encoded, once or twice: a headline, a name, a label.
 * `<b>` is taken out, but the angle brackets of "a < b" or "the <T> of Java" stay.
 */
export function lineOfText(text: string | null | undefined): string {
  let plain = (text ?? '').slice(0, LONGEST_LINE);
  for (let round = 0; round < 3 && (ENTITY.test(plain) || plain.includes('<')); round++) {
    const before = plain;
    plain = decodeEntities(dropTags(plain));
    if (plain === before) break;
  }
  return cleanText(plain.replace(/\s+/g, ' '));
}

/** `text` without control characters, bidi marks and spaces that do not show, and with single spaces in its lines. */
export function cleanText(text: string): string {
  return (
    text
      .replace(TOO_MANY_MARKS, '$1')
      .normalize('NFC')
      .replace(/[\u0080-\u009F]/g, westernSign)
      .replace(/\r\n?|\u2028/g, '\n')
      // Isolates, overrides, embeddings and marks turn the text around them; C0 and C1 break headers and terminals.
      .replace(
        /[\p{Cc}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu,
        (sign) => (sign === '\n' ? sign : sign === '\t' ? ' ' : ''),
      )
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ ?\n ?/g, '\n')
      .trim()
  );
}

/** C1 controls are signs of windows-1252 that somebody called Latin-1: 0x92 is an apostrophe. */
function westernSign(control: string): string {
  return WESTERN.charAt(control.charCodeAt(0) - 0x80);
}

/** Plain text whose paragraphs are separated by a blank line, from text that may hold HTML. */
export function bodyOfText(text: string | null | undefined): PlainText {
  if (text === null || text === undefined) return { text: '', picture: null };
  if (hasTags(text) || ENTITY.test(text)) return htmlToText(text);
  return { text: paragraphsOf(text), picture: null };
}

function paragraphsOf(text: string): string {
  const plain = cleanText(text);
  // With blank lines between paragraphs, a line's end within one is only where it was wrapped.
  return plain
    .split(plain.includes('\n\n') ? /\n{2,}/ : /\n/)
    .map((paragraph) => paragraph.replaceAll('\n', ' ').trim())
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function hasTags(text: string): boolean {
  for (const match of text.matchAll(TAG_BEGINS)) {
    if (match[1] === undefined || TAGS.has(match[1].toLowerCase())) return true;
  }
  return false;
}

function dropTags(text: string): string {
  return text
    .replace(/<(script|style)\b[^>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replace(TAG, (tag, name?: string) => {
      if (name !== undefined && !TAGS.has(name.toLowerCase())) return tag;
      return name === undefined || BLOCKS.has(name.toLowerCase()) || name.toLowerCase() === 'br' ? ' ' : '';
    });
}

function decodeEntities(text: string): string {
  const parts: string[] = [];
  const parser = new Parser({ ontext: (part) => parts.push(part) }, { decodeEntities: true });
  // Only entities are to be read: a bare "<" must not begin a tag.
  parser.end(text.replaceAll('<', '&lt;'));
  return parts.join('');
}

/** Pictures of one or two pixels count readers; emoticons and avatars are no picture of the story. */
function pictureOf(attributes: Record<string, string>): PlainText['picture'] {
  const url = attributes.src ?? attributes['data-src'] ?? '';
  const side = (name: string) => Number.parseInt(attributes[name] ?? '', 10);
  if (url === '' || url.startsWith('data:') || side('width') < 64 || side('height') < 64) return null;
  if (
    /\bemoji|avatar|spacer|pixel|feedburner|feeds\.wordpress|\/smilies\//i.test(
      `${url} ${attributes.class ?? ''}`,
    )
  )
    return null;
  return { url, alt: lineOfText(attributes.alt) || null };
}
