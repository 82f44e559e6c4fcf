import { describe, expect, test } from 'vitest';
import { dateValue, headerLine, mailbox, unstructured, wireAddress } from '../../src/messages/header.ts';
import { parseMail } from './parse.ts';

const lines = (value: string, before: string) => `${before}: ${value}`.split('\r\n');

const subjects = [
  'Eleven ports agree to share one flood fund',
  'Ünïted: “night trains” return 🚆 between Lisbon and Marseille, with berths from €59 and one ticket desk',
  'قطار ليلي بين لشبونة ومرسيليا يعود بعد عشر سنوات من الغياب',
  'A plain subject =?utf-8?q?that_pretends?= to be encoded',
  'A long plain subject '.repeat(12).trim(),
  `One ${'x'.repeat(300)} word`,
  '  leading and  double spaces',
  '日本語の見出しはとても長いのでいくつもの符号化された語に分かれる必要があります。もっと長く。',
];

describe('free text in a header', () => {
  test.each(subjects)('%s', async (subject) => {
    const value = unstructured(subject, 'Subject: '.length);
    for (const line of lines(value, 'Subject')) {
      expect(line).toMatch(/^[\x20-\x7E]+$/);
      expect(line.length).toBeLessThanOrEqual(78);
      if (line.includes('=?UTF-8?')) expect(line.length).toBeLessThanOrEqual(76);
    }
    for (const word of value.match(/=\?UTF-8\?[QB]\?[^?]*\?=/g) ?? []) {
      expect(word.length).toBeLessThanOrEqual(75);
      // Each word alone is whole UTF-8 (RFC 2047 section 5).
      expect((await parseMail(`Subject: ${word}\r\n\r\n`)).subject).not.toContain('\uFFFD');
    }
    expect((await parseMail(headerLine('Subject', value))).subject).toBe(subject.trim());
  });
});

describe('names and addresses', () => {
  test.each([
    ['Ann "The Quay" O’Hara', 'ann@example.org'],
    ['Back\\slash, Inc. (sales)', 'a@example.org'],
    ['=?utf-8?q?trick?=', 'a@example.org'],
    ['李 小龍', 'lee@example.org'],
    ['x'.repeat(300), 'long@example.org'],
    ['<script>alert(1)</script>', 'b@example.org'],
    ['evil@elsewhere.example', 'c@example.org'],
  ])('%s <%s>', async (name, address) => {
    const line = headerLine('To', mailbox(name, address, 'To: '.length));
    for (const part of line.trimEnd().split('\r\n')) expect(part.length).toBeLessThanOrEqual(78);
    expect((await parseMail(line)).to).toEqual([{ name, address }]);
  });

  test('a domain goes out in A-labels, an odd local part in quotes', () => {
    expect(wireAddress('leser@bücher.example')).toBe('leser@xn--bcher-kva.example');
    expect(wireAddress('two words@example.org')).toBe('"two words"@example.org');
    expect(wireAddress('"quoted part"@example.org')).toBe('"quoted part"@example.org');
    expect(wireAddress('o.k+tag@Example.org')).toBe('o.k+tag@example.org');
    expect(wireAddress('a..b@example.org')).toBe('"a..b"@example.org');
    expect(wireAddress('lưu@example.org')).toBe('lưu@example.org');
  });

  test.each(['reader@example.org\r\nBcc: all@example.org', 'a\0b@example.org', 'nobody', '@example.org'])(
    '%j is refused',
    (address) => {
      expect(() => wireAddress(address)).toThrow();
    },
  );

  test.each(['A\r\nBcc: all@example.org', 'A\nB', 'A\0B'])(
    'a name or a subject with a line break is refused: %j',
    (text) => {
      expect(() => mailbox(text, 'a@example.org', 0)).toThrow(/line break/);
      expect(() => unstructured(text, 0)).toThrow(/line break/);
      expect(() => headerLine('X', text)).toThrow(/line break/);
    },
  );
});

test('a date says UTC as +0000', () => {
  expect(dateValue(Temporal.Instant.from('2026-11-24T07:00:02.500Z'))).toBe(
    'Tue, 24 Nov 2026 07:00:02 +0000',
  );
});
