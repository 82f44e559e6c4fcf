import { domainToASCII } from 'node:url';

/** Longest line of a header that can be folded (RFC 5322 section 2.1.1). */
const LINE = 78;
/** Longest line that holds an encoded word (RFC 2047 section 2). */
const ENCODED_LINE = 76;
/** `=?UTF-8?B?…?=` with at most 75 characters in all: so much is left for the text. */
const ENCODED_TEXT = 75 - '=?UTF-8?B??='.length;

/**
 * A line of a header with its CRLF. `value` is ready, folds included.
 * @throws when a stranger's string would begin a header of its own: CR, LF (but in folds) or NUL.
 */
export function headerLine(name: string, value: string): string {
  refuseControls(name, value.replaceAll('\r\n ', ' '));
  return `${name}: ${value}\r\n`;
}

/**
 * Free text such as a subject: as it is when it is ASCII, folded; else in encoded words (RFC 2047 section 5).
 * @param used columns of the line that stand before it.
 */
export function unstructured(text: string, used: number): string {
  refuseControls('A header', text);
  if (!isPlain(text) || text.split(' ').some((word) => word.length > LINE)) return encodedWords(text, used);
  return fold(text, used);
}

/** A name before an address or list: quoted, or in encoded words (never inside quotes: RFC 2047 section 5). */
function phrase(name: string, used: number): string {
  refuseControls('A name', name);
  if (!isPlain(name) || used + name.length > LINE - 4) return encodedWords(name, used);
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** `"Name" <address>`. */
export function mailbox(name: string | null, address: string, used: number): string {
  return named(name ?? '', wireAddress(address), used);
}

/** `"Name" <what it names>`, on two lines where both are too long for one. */
export function named(name: string, what: string, used: number): string {
  if (name.trim() === '') return `<${what}>`;
  const before = phrase(name, used);
  const column = before.includes('\r\n')
    ? before.length - before.lastIndexOf('\r\n') - 2
    : used + before.length;
  return `${before}${column + 3 + what.length > LINE ? '\r\n ' : ' '}<${what}>`;
}

/**
 * An address as the wire has it: the domain in A-labels (RFC 5890), a local part that is no dot-atom in quotes.
 * A local part that is not ASCII stays: only a server with SMTPUTF8 takes it (RFC 6531 section 3.3).
 * @throws when it is no address.
 */
export function wireAddress(address: string): string {
  refuseControls('An address', address);
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const domain = domainToASCII(address.slice(at + 1));
  if (at < 1 || domain === '') throw new Error('An address must have the form name@domain');
  return `${quoteLocalPart(local)}@${domain}`;
}

function quoteLocalPart(local: string): string {
  if (/^[^\s"(),.:;<>@[\\\]]+(\.[^\s"(),.:;<>@[\\\]]+)*$/.test(local)) return local;
  if (/^"(?:[^"\\]|\\.)*"$/.test(local)) return local;
  return `"${local.replace(/["\\]/g, '\\$&')}"`;
}

/** The domain of an address in A-labels: what signs, names lists and makes Message-IDs. */
export function domainOf(address: string): string {
  const wire = wireAddress(address);
  return wire.slice(wire.lastIndexOf('@') + 1).toLowerCase();
}

/** RFC 5322 section 3.3; UTC is `+0000`. */
export function dateValue(at: Temporal.Instant): string {
  return new Date(at.epochMilliseconds).toUTCString().replace('GMT', '+0000');
}

/** Printable ASCII that no reader takes for an encoded word. */
function isPlain(text: string): boolean {
  return /^[\x20-\x7E]*$/.test(text) && !text.includes('=?');
}

function refuseControls(what: string, text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (/[\u0000-\u001F\u007F]/.test(text))
    throw new Error(`${what} holds a line break or a control character`);
}

function fold(text: string, used: number): string {
  let column = used;
  return text.replace(/( *)([^ ]+)/g, (piece, spaces: string, word: string, offset: number) => {
    if (offset > 0 && spaces !== '' && column + piece.length > LINE) {
      column = piece.length;
      return `\r\n${piece}`;
    }
    column += piece.length;
    return spaces + word;
  });
}

/** Base64 or Q, whichever is shorter; never splitting a character; each word on a line of its own. */
function encodedWords(text: string, used: number): string {
  const bytes = Buffer.byteLength(text);
  const q = [...text].reduce((sum, letter) => sum + qEncoded(letter).length, 0);
  const encoding = q <= Math.ceil(bytes / 3) * 4 ? 'Q' : 'B';
  const words: string[] = [];
  let room = Math.min(ENCODED_TEXT, ENCODED_LINE - used - (75 - ENCODED_TEXT));
  let run = '';
  for (const letter of text) {
    if (run !== '' && encodedLength(run + letter, encoding) > room) {
      words.push(run);
      run = '';
      room = ENCODED_TEXT - 1;
    }
    run += letter;
  }
  words.push(run);
  return words
    .map((word) =>
      encoding === 'Q'
        ? `=?UTF-8?Q?${[...word].map(qEncoded).join('')}?=`
        : `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`,
    )
    .join('\r\n ');
}

function encodedLength(text: string, encoding: 'Q' | 'B'): number {
  if (encoding === 'B') return Math.ceil(Buffer.byteLength(text) / 3) * 4;
  return [...text].reduce((sum, letter) => sum + qEncoded(letter).length, 0);
}

/** Only what may stand in a phrase as well (RFC 2047 section 5, rule 3). */
function qEncoded(letter: string): string {
  if (letter === ' ') return '_';
  if (/^[A-Za-z0-9!*+/-]$/.test(letter)) return letter;
  return Array.from(
    Buffer.from(letter),
    (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
