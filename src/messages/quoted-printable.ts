import { fieldText, type MergeValues, type Part, type Piece } from './merge-field.ts';

/** One column less than RFC 2045 section 6.7 allows, for the `=` of a soft break. */
const COLUMNS = 75;
const SOFT_BREAK = '=\r\n';

/**
 * A body in quoted-printable, encoded once: each piece starts at column 0 and ends with a soft break, so that a
 * recipient's own words fit in between, whatever their length.
 * @returns adds the body of one recipient to `chunks`: bytes that are shared and strings that are not (ASCII).
 */
export function prepareQuotedPrintable(
  pieces: Piece[],
  part: Part,
): (values: MergeValues, chunks: Array<Buffer | string>) => void {
  const last = pieces.length - 1;
  const prepared = pieces.map((piece, index) => {
    const close = (encoded: string) => (index === last ? encoded : closed(encoded));
    if (typeof piece === 'string') return Buffer.from(close(quotedPrintable(piece)), 'latin1');
    return (values: MergeValues) => close(quotedPrintable(fieldText(piece.field, values, part)));
  });
  return (values, chunks) => {
    for (const piece of prepared) chunks.push(typeof piece === 'function' ? piece(values) : piece);
  };
}

/** An empty field leaves nothing, and a piece that ends a line needs no soft break. */
function closed(encoded: string): string {
  return encoded === '' || encoded.endsWith('\r\n') ? encoded : encoded + SOFT_BREAK;
}

/**
 * `text` (lines end in `\n`) in quoted-printable. Beyond RFC 2045 no line starts with `.`, `-` or `From `, so that
 * nothing on the way needs stuffing (RFC 5321 section 4.5.2), and no white space stands before white space or at a
 * line's end, so that the body is its own relaxed form (RFC 6376 section 3.4.4).
 */
export function quotedPrintable(text: string): string {
  if (/^[\x21-\x3C\x3E-\x7E]+$/.test(text)) return plainRun(text);
  let encoded = '';
  let column = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) as number;
    const width = code > 0xffff ? 2 : 1;
    if (code === NEWLINE) {
      encoded += '\r\n';
      column = 0;
    } else {
      let token = tokenOf(text, at, code);
      if (column + token.length > COLUMNS) {
        encoded += SOFT_BREAK;
        column = 0;
      }
      if (column === 0) token = lineStart(text, at, token);
      encoded += token;
      column += token.length;
    }
    at += width;
  }
  return encoded;
}

/** Links are most of what is encoded per recipient, and hold nothing to escape but what begins a line. */
function plainRun(text: string): string {
  let encoded = '';
  for (let at = 0; at < text.length; ) {
    const start = lineStart(text, at, text[at] as string);
    const end = Math.min(text.length, at + COLUMNS - start.length + 1);
    encoded += `${at > 0 ? SOFT_BREAK : ''}${start}${text.slice(at + 1, end)}`;
    at = end;
  }
  return encoded;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;

function tokenOf(text: string, at: number, code: number): string {
  if (code === SPACE) return isSpace(text.charCodeAt(at + 1)) ? '=20' : ' ';
  if (code > SPACE && code < 0x7f && code !== 0x3d) return text[at] as string;
  return escaped(code);
}

/** White space, a line's end, or the end of the text. */
function isSpace(code: number): boolean {
  return Number.isNaN(code) || code === SPACE || code === NEWLINE || code === 0x09;
}

function lineStart(text: string, at: number, token: string): string {
  const first = token === '.' || token === '-' || (token === 'F' && text.startsWith('From ', at));
  return first ? escaped(token.charCodeAt(0)) : token;
}

/** The bytes of a character in UTF-8, each as `=XX`. */
function escaped(code: number): string {
  if (code < 0x80) return hex(code);
  if (code < 0x800) return hex(0xc0 | (code >> 6)) + hex(0x80 | (code & 0x3f));
  const last = hex(0x80 | ((code >> 6) & 0x3f)) + hex(0x80 | (code & 0x3f));
  if (code < 0x10000) return hex(0xe0 | (code >> 12)) + last;
  return hex(0xf0 | (code >> 18)) + hex(0x80 | ((code >> 12) & 0x3f)) + last;
}

const HEX = Array.from({ length: 256 }, (_, byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`);

function hex(byte: number): string {
  return HEX[byte] as string;
}
