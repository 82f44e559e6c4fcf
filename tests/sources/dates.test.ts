import { expect, test } from 'vitest';
import { takeDateline } from '../../src/sources/dateline.ts';
import { readDate } from '../../src/sources/dates.ts';

const now = Temporal.Instant.from('2026-12-01T08:00:00Z');

/** `2026-11-30T12:00:00Z`, a fault in words, or undefined for what is no date. */
function reading(text: string, timeZone?: string): string | undefined {
  const read = readDate(text, { now, timeZone });
  if (read === undefined) return undefined;
  return 'fault' in read ? read.fault : Temporal.Instant.fromEpochMilliseconds(read.at).toString();
}

test.each([
  ['30 November 2026', '2026-11-30T12:00:00Z'],
  ['November 30, 2026', '2026-11-30T12:00:00Z'],
  ['Monday, 30th of November 2026', '2026-11-30T12:00:00Z'],
  ['2026-11-30', '2026-11-30T12:00:00Z'],
  ['30.11.2026', '2026-11-30T12:00:00Z'],
  ['30/11/26', '2026-11-30T12:00:00Z'],
  ['30-Nov-2026', '2026-11-30T12:00:00Z'],
  ['Updated: Nov 30, 2026 09:15 IST', '2026-11-30T03:45:00Z'],
  ['Published on Nov. 30, 2026, 5:30 p.m. ET', '2026-11-30T22:30:00Z'],
  ['(30 November 2026 06.15 GMT)', '2026-11-30T06:15:00Z'],
  ['Mon, 30 Nov 2026 09:15:00 +0530', '2026-11-30T03:45:00Z'],
  ['Mon Nov 30 09:15:00 UTC 2026', '2026-11-30T09:15:00Z'],
  ['2026-11-30T09:15:00.123-05:00', '2026-11-30T14:15:00Z'],
  ['30. November 2026, 14:05 Uhr', '2026-11-30T14:05:00Z'],
  ['Le 30 novembre 2026 à 9h15', '2026-11-30T09:15:00Z'],
  ['Thứ hai, 30/11/2026, 09:15 (GMT+7)', '2026-11-30T02:15:00Z'],
  ['ngày 30 tháng 11 năm 2026', '2026-11-30T12:00:00Z'],
  ['الاثنين ٣٠ نوفمبر ٢٠٢٦', '2026-11-30T12:00:00Z'],
  ['30 ноября 2026 г.', '2026-11-30T12:00:00Z'],
  ['2026年11月30日', '2026-11-30T12:00:00Z'],
  ['3 hours ago', '2026-12-01T05:00:00Z'],
])('%s is a date', (text, expected) => {
  expect(reading(text)).toBe(expected);
});

test.each([
  'May',
  'March for peace',
  'In 2026',
  '3-1',
  '9:15',
  '2026',
  'November 30 was cold',
  'World',
  '',
  'Route 66, 5',
  'x'.repeat(5000),
])('%.30s is no date', (text) => {
  expect(reading(text)).toBeUndefined();
});

test('what cannot be or has not come is a date with a fault', () => {
  expect(reading('31 November 2026')).toBe('the date 2026-11-31 does not exist');
  expect(reading('30 November 2027')).toBe('dated 2027-11-30, which is in the future');
  expect(reading('1 December 2026 09:01')).toBe('dated 2026-12-01T09:01Z, which is in the future');
  expect(reading('1 December 2026 09:00')).toBe('2026-12-01T09:00:00Z');
  expect(reading('Thu, 01 Jan 1970 00:00:00 GMT')).toMatch(/no date of news/);
});

test('a day that has begun somewhere is not the future, and never ahead of now', () => {
  expect(reading('1 December 2026')).toBe('2026-12-01T08:00:00Z');
  expect(readDate('2 December 2026', { now: Temporal.Instant.from('2026-12-01T10:30:00Z') })).toMatchObject({
    day: '2026-12-02',
  });
});

test('times without a zone are in the zone of their source', () => {
  expect(reading('30 November 2026, 09:15', 'Asia/Kathmandu')).toBe('2026-11-30T03:30:00Z');
  expect(reading('30 November 2026', 'Asia/Tokyo')).toBe('2026-11-30T03:00:00Z');
});

test('of a day without year or in doubtful order the latest that has come is meant', () => {
  expect(reading('30 November')).toBe('2026-11-30T12:00:00Z');
  expect(reading('24 December')).toBe('2025-12-24T12:00:00Z');
  expect(reading('29 February')).toBe('2024-02-29T12:00:00Z');
  expect(reading('11/12/2026')).toBe('2026-11-12T12:00:00Z');
});

test.each([
  [
    'Seoul [South Korea], November 30: The ports agreed.',
    'Seoul [South Korea], November 30',
    null,
    'The ports agreed.',
  ],
  ['LONDON, Nov 30 (Lakewire) - The ports agreed.', 'LONDON, Nov 30', 'Lakewire', 'The ports agreed.'],
  ['HANOI — The ports agreed.', 'HANOI', null, 'The ports agreed.'],
  [
    'WASHINGTON/LONDON, Nov. 30, 2026 – The ports agreed.',
    'WASHINGTON/LONDON, Nov. 30, 2026',
    null,
    'The ports agreed.',
  ],
  ['Hà Nội, ngày 30/11 (Tin Cảng) - Các cảng đồng ý.', 'Hà Nội, ngày 30/11', 'Tin Cảng', 'Các cảng đồng ý.'],
  [
    'القاهرة، 30 نوفمبر (وكالة الميناء) - اتفقت الموانئ.',
    'القاهرة، 30 نوفمبر',
    'وكالة الميناء',
    'اتفقت الموانئ.',
  ],
  ['Rio de Janeiro (Lakewire) – The ports agreed.', 'Rio de Janeiro', 'Lakewire', 'The ports agreed.'],
  ['(Lakewire) - The ports agreed.', '', 'Lakewire', 'The ports agreed.'],
])('%s has a dateline', (paragraph, text, agency, rest) => {
  expect(takeDateline(paragraph, { now })).toMatchObject({ text, agency, rest });
});

test.each([
  'The ports agreed: they will share the cost.',
  'Critics — among them nine mayors — said no.',
  'UPDATE: The ports agreed.',
  'On November 30, 2026 the ports agreed.',
  'He said: "The ports agreed."',
  'Page 12 - The ports agreed.',
  'In the end — after years — the ports agreed.',
])('%s has none', (paragraph) => {
  expect(takeDateline(paragraph, { now })).toBeUndefined();
});
