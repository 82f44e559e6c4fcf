import { createHash } from 'node:crypto';
import { base64, prepareBase64 } from './base64.ts';
import type { MergeValues, Part } from './merge-field.ts';
import { piecesOf } from './merge-field.ts';
import { prepareQuotedPrintable, quotedPrintable } from './quoted-printable.ts';

/** Gives so many bytes, with anything in them. */
type Allocate = (size: number) => Buffer;

/** A message of two parts whose bytes stand ready but for what differs per recipient. */
export interface PreparedMime {
  /** The last header lines: MIME-Version and Content-Type. */
  headers: string;
  /** The message of one recipient: `headers` (lines with CRLF, without the empty one) and both parts. */
  forRecipient: (headers: string, values: MergeValues, allocate?: Allocate) => Buffer;
}

/**
 * Encodes the two parts of a message once: `multipart/alternative`, plain text first (RFC 2046 section 5.1.4).
 * A recipient then costs a splice, not a render.
 * @param name tells its boundary from that of other messages.
 */
export function prepareMime(parts: { text: string; html: string }, name: string): PreparedMime {
  // `=_` can stand in neither encoding, so no part holds it (RFC 2045 section 6.7).
  const boundary = `=_${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
  const text = preparePart(parts.text, 'text');
  const html = preparePart(parts.html, 'html');
  const opening = Buffer.from(`\r\n--${boundary}\r\n${text.headers}\r\n`, 'latin1');
  const between = Buffer.from(`\r\n--${boundary}\r\n${html.headers}\r\n`, 'latin1');
  const closing = Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1');
  return {
    headers: `MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="${boundary}"\r\n`,
    forRecipient: (headers, values, allocate = Buffer.allocUnsafe) => {
      // utf8: an address of SMTPUTF8 is the one thing here that is not ASCII.
      const chunks: Array<Buffer | string> = [Buffer.from(headers, 'utf8'), opening];
      text.addTo(values, chunks);
      chunks.push(between);
      html.addTo(values, chunks);
      chunks.push(closing);
      return joined(chunks, allocate);
    },
  };
}

/** A message of plain text alone, for mail to operators: header lines and the body. */
export function plainMime(text: string): string {
  return [
    'MIME-Version: 1.0\r\n',
    'Content-Type: text/plain; charset=utf-8\r\n',
    'Content-Transfer-Encoding: quoted-printable\r\n',
    `\r\n${quotedPrintable(text)}`,
  ].join('');
}

function preparePart(rendered: string, part: Part) {
  // Letters that are not Latin take six columns in quoted-printable and under three in base64: the shorter one wins.
  const inBase64 = base64(rendered).length < quotedPrintable(rendered).length;
  const pieces = piecesOf(rendered);
  return {
    headers: [
      `Content-Type: text/${part === 'text' ? 'plain' : 'html'}; charset=utf-8\r\n`,
      `Content-Transfer-Encoding: ${inBase64 ? 'base64' : 'quoted-printable'}\r\n`,
    ].join(''),
    addTo: inBase64 ? prepareBase64(pieces, part) : prepareQuotedPrintable(pieces, part),
  };
}

function joined(chunks: Array<Buffer | string>, allocate: Allocate): Buffer {
  const message = allocate(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    at += typeof chunk === 'string' ? message.write(chunk, at, 'latin1') : chunk.copy(message, at);
  }
  return message;
}
