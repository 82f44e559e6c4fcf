import { expect, test } from 'vitest';
import { fillMoments } from '../../src/demo/moments.ts';

const now = Temporal.Instant.from('2026-11-24T07:00:42Z');

test.each([
  ['{{ -2h | rfc822 }}', 'Tue, 24 Nov 2026 05:00:00 +0000'],
  ['{{ -2h | iso }}', '2026-11-24T05:00:00Z'],
  ['{{ +12d | date }}', '2026-12-06'],
  ['{{ now | long }}', '24 November 2026'],
  ['{{ -26h | timed }}', '23 November 2026, 05:00'],
  ['{{ -9h | dateline }}', 'November 23'],
  ['{{ -9h | weekday }}', 'Monday'],
  ['{{ -30m | slashes }}', '24/11/2026'],
  ['{{ -9h | weekday vi }}', 'Thứ Hai'],
  ['{{ -9h | dateline ar }}', '23 نوفمبر'],
  ['a {{pictures}} b {{ pictures }}', 'a http://x/pictures b http://x/pictures'],
  ['no { placeholder }', 'no { placeholder }'],
])('%s becomes %s', (text, expected) => {
  expect(fillMoments(text, now, { pictures: 'http://x/pictures' })).toBe(expected);
});

test('weekdays and dates are those of the newsroom, in summer time too', () => {
  const summer = Temporal.Instant.from('2026-07-01T23:30:00Z');
  expect(fillMoments('{{ now | weekday }} {{ now | rfc822 }}', summer)).toBe(
    'Thursday Thu, 02 Jul 2026 00:30:00 +0100',
  );
  expect(fillMoments('{{ now | rfc822 }}', Temporal.Instant.from('2026-09-01T06:00:00Z'))).toBe(
    'Tue, 01 Sep 2026 07:00:00 +0100',
  );
});

test('hours are as long as they are on the day the clocks change, days are days', () => {
  const after = Temporal.Instant.from('2026-10-25T07:00:00Z');
  expect(fillMoments('{{ -24h | iso }} {{ -1d | iso }}', after)).toBe(
    '2026-10-24T07:00:00Z 2026-10-24T06:00:00Z',
  );
});

test.each(['{{ -2h | rfc }}', '{{ 2h | iso }}', '{{ photos }}', '{{ -2h }}'])('%s is refused', (text) => {
  expect(() => fillMoments(text, now, { pictures: 'x' })).toThrow(`No such placeholder: ${text}`);
});
