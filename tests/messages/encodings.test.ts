import { describe, expect, test } from 'vitest';
import { base64, prepareBase64 } from '../../src/messages/base64.ts';
import { fieldText, type MergeValues, type Piece } from '../../src/messages/merge-field.ts';
import { prepareQuotedPrintable, quotedPrintable } from '../../src/messages/quoted-printable.ts';

/** RFC 2045 section 6.7 the other way, written apart from the encoder. */
function decodeQuotedPrintable(encoded: string): string {
  const bytes: number[] = [];
  const joined = encoded.replace(/=\r\n/g, '');
  for (let at = 0; at < joined.length; at++) {
    if (joined[at] === '=') {
      bytes.push(Number.parseInt(joined.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(joined.charCodeAt(at));
  }
  return Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n');
}

const decodeBase64 = (encoded: string) =>
  // Whole decoding in one go, as a reader's program does: padding may stand only at the end.
  Buffer.from(encoded.replaceAll('\r\n', ''), 'base64').toString('utf8').replaceAll('\r\n', '\n');

const hostile = [
  '',
  'a',
  'ab',
  'abc',
  '.',
  '..',
  '-',
  '--',
  '-- \n',
  'From me',
  'x\nFrom you\n.\n',
  ' ',
  '  x  y ',
  'tab\tend\t',
  'tail ',
  '=',
  '=?utf-8?q?x?=',
  '=3D',
  'é',
  '👨‍👩‍👧‍👦',
  'مرحبا بكم',
  `${'x'.repeat(74)}.`,
  `${'x'.repeat(75)}.y`,
  `${'é'.repeat(40)}\n${'.'.repeat(200)}`,
  'word '.repeat(40),
  '<a href="x">&amp;</a>',
  '\n',
  '\n\n',
  'https://news.example/u/0f1e.morning.leave.LQRtQv6a7UekOtUX2bywqA',
];

function merged(prepare: typeof prepareBase64, pieces: Piece[], values: MergeValues): string {
  const chunks: Array<Buffer | string> = [];
  prepare(pieces, 'text')(values, chunks);
  return chunks.map((chunk) => (typeof chunk === 'string' ? chunk : chunk.toString('latin1'))).join('');
}

/** Rows of pieces: every hostile text before, between and after fields, and fields side by side. */
function rows(): Array<{ pieces: Piece[]; values: MergeValues }> {
  const all: Array<{ pieces: Piece[]; values: MergeValues }> = [];
  for (const [index, text] of hostile.entries()) {
    const next = hostile[(index + 7) % hostile.length] as string;
    const far = hostile[(index + 13) % hostile.length] as string;
    for (const value of hostile) {
      const pieces: Piece[] = [text, { field: 'leave' }, next, { field: 'choices' }, { field: 'leave' }, far];
      all.push({
        pieces: pieces.filter((piece) => piece !== ''),
        values: { reason: '', leave: value, choices: far },
      });
    }
  }
  return all;
}

const expected = (pieces: Piece[], values: MergeValues) =>
  pieces
    .map((piece) => (typeof piece === 'string' ? piece : fieldText(piece.field, values, 'text')))
    .join('');

describe('quoted-printable', () => {
  test('every splice decodes to the text, and keeps to the rules on the way', () => {
    for (const { pieces, values } of rows()) {
      const encoded = merged(prepareQuotedPrintable, pieces, values);
      expect(decodeQuotedPrintable(encoded)).toBe(expected(pieces, values));
      expect(encoded).toMatch(/^[\x20-\x7E\r\n]*$/);
      for (const line of encoded.split('\r\n')) {
        expect(line.length).toBeLessThanOrEqual(76);
        expect(line).not.toMatch(/^(\.|-|From )|[ \t]$| {2}|\t/);
      }
      expect(encoded.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    }
  });

  test('encodes what must not stand at the beginning or end of a line', () => {
    expect(quotedPrintable('.a\n-b\nFrom c\nFrost \nd\te  f')).toBe(
      '=2Ea\r\n=2Db\r\n=46rom c\r\nFrost=20\r\nd=09e=20 f',
    );
  });

  test('breaks no character of several bytes', () => {
    const encoded = quotedPrintable('é'.repeat(100));
    for (const line of encoded.split('=\r\n'))
      expect(() =>
        new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(line.replaceAll('=', ''), 'hex')),
      ).not.toThrow();
  });
});

describe('base64', () => {
  test('every splice decodes to the text, in lines of at most 76, padded nowhere but at the end', () => {
    for (const { pieces, values } of rows()) {
      const encoded = merged(prepareBase64, pieces, values);
      expect(decodeBase64(encoded)).toBe(expected(pieces, values));
      expect(encoded.replaceAll('\r\n', '')).toMatch(/^[A-Za-z0-9+/]*={0,2}$/);
      for (const line of encoded.split('\r\n')) expect(line.length).toBeLessThanOrEqual(76);
    }
  });

  test('all three phases of what readers share are met', () => {
    for (const leave of ['', 'a', 'ab', 'abc']) {
      const pieces: Piece[] = [
        'first',
        { field: 'leave' },
        'second piece, rather long',
        { field: 'choices' },
        'third',
      ];
      const values = { reason: '', leave, choices: 'x' };
      expect(decodeBase64(merged(prepareBase64, pieces, values))).toBe(expected(pieces, values));
    }
    expect(base64('a\nb')).toBe('YQ0KYg==\r\n');
  });
});
