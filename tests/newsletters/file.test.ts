import { describe, expect, test } from 'vitest';
import { FaultyFileError } from '../../src/checked-yaml.ts';
import { durationInWords, parseNewsletter, renderNewsletter } from '../../src/newsletters/file.ts';

const PLAIN = `slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@ledger.example>
postal_address: 1 Quay, Harbour
time_zone: Europe/London
rhythms:
  daily: 0 7 * * *
`;

function faultsOf(text: string): string[] {
  try {
    parseNewsletter(text, 'morning.yaml');
  } catch (error) {
    if (error instanceof FaultyFileError) return error.message.split('\n').map((line) => line.trim());
    throw error;
  }
  return [];
}

test('an address that stands alone as the sender bears the name of the newsletter', () => {
  const settings = parseNewsletter(
    PLAIN.replace(/^from: .*$/m, 'from: digest@ledger.example'),
    'morning.yaml',
  );
  expect(settings.from).toEqual({ name: 'Morning Briefing', address: 'digest@ledger.example' });
  expect(parseNewsletter(renderNewsletter(settings), 'again.yaml')).toEqual(settings);
});

describe('faults', () => {
  test('are all told at once, each with line, column and what was meant', () => {
    const text = `slug: morning
name: Morning Briefing
from: Ledger, digest
postal_adress: 1 Quay
time_zone: Europe/Londn
rhythms:
  dayly: 0 7 * * *
  weekly: 0 7 30 2 *
sections:
  - World
  - name: Business
    storys: 3
  - name: Sport
    stories: 99
limits:
  stories: many
timing:
  lead_time: 60
`;
    expect(faultsOf(text)).toEqual([
      'morning.yaml:3:7  from: expected an address, with or without a name: Harbour Ledger <digest@news.example>, found "Ledger, digest"',
      'morning.yaml:4:1  unknown key postal_adress: did you mean postal_address?',
      'morning.yaml:5:12  time_zone: expected a time zone such as Europe/London, found Europe/Londn (did you mean Europe/London?)',
      'morning.yaml:7:3  unknown key dayly: did you mean daily?',
      'morning.yaml:8:11  rhythms.weekly: expected five cron fields such as 0 7 * * 1-5, found "0 7 30 2 *"',
      'morning.yaml:12:5  unknown key storys: did you mean stories?',
      'morning.yaml:14:14  sections.stories: expected at most 20, found 99',
      'morning.yaml:16:12  limits.stories: expected a number, found "many"',
      'morning.yaml:18:14  timing.lead_time: expected a length of time such as 90 s, 5 min, 2 h or 1 day (did you mean 60 min?), found 60',
    ]);
  });

  test.each([
    ['an empty file', '', 'morning.yaml:1:1  the file: expected keys with values, found nothing'],
    ['a list', '- a', 'morning.yaml:1:1  the file: expected keys with values, found a list'],
    ['a key twice', `${PLAIN}name: Other`, 'morning.yaml:8:1  this key is there twice'],
    ['an unknown alias', `${PLAIN}sections: *all`, /^morning.yaml:1:1 {2}unresolved alias/],
    [
      'more needed than there may be',
      `${PLAIN}limits: { stories: 2 }`,
      'morning.yaml:8:9  limits.min_stories: expected at most limits.stories (2), found 3',
    ],
    [
      'a grace in which a daily edition would be too old to send',
      `${PLAIN}  weekly: 0 9 * * 6\ntiming: { grace: 12 h }`,
      'morning.yaml:9:18  timing.grace: expected less than 12 h: so old a daily edition is not sent any more',
    ],
    [
      'a grace in which a weekly edition would be too old to send',
      `${PLAIN.replace('daily: 0 7 * * *', 'weekly: 0 9 * * 6')}timing: { grace: 2 days }`,
      'morning.yaml:8:18  timing.grace: expected less than 48 h: so old a weekly edition is not sent any more',
    ],
    [
      'a grace that is over before the clock looks',
      `${PLAIN}timing: { grace: 1 min, undo: 0 s }`,
      'morning.yaml:8:18  timing.grace: expected at least 5 min: the clock looks once a minute what is due',
    ],
    [
      'an approval that can be taken back longer than the edition may wait',
      `${PLAIN}timing: { grace: 30 min, undo: 30 min }`,
      'morning.yaml:8:32  timing.undo: expected less than timing.grace, in which an approved edition must go out',
    ],
    [
      'copies that would be stale only when they have expired',
      `${PLAIN}timing: { stale_after: 3 h, expire_after: 150 min }`,
      'morning.yaml:8:24  timing.stale_after: expected at least 15 min and at most 2.5 h, after which a copy expires',
    ],
    [
      'copies that expire before they are tried again',
      `${PLAIN}timing: { grace: 10 min, expire_after: 20 min }`,
      'morning.yaml:8:40  timing.expire_after: expected at least 1 h: who is put off is tried three times in it',
    ],
    [
      'a section twice',
      `${PLAIN}sections: [World, world]`,
      'morning.yaml:8:19  sections: world is there twice',
    ],
    [
      'a key that is missing',
      PLAIN.replace(/name: .*\n/, ''),
      'morning.yaml:1:1  name is missing: expected some words',
    ],
    [
      'a key like no other',
      `${PLAIN}look: { x: 1 }`,
      'morning.yaml:8:9  unknown key x; known are accent, accent_dark, logo, headlines',
    ],
  ])('%s', (_, text, expected) => {
    const [first, ...others] = faultsOf(text);
    if (typeof expected === 'string') expect(first).toBe(expected);
    else expect(first).toMatch(expected);
    expect(others).toEqual([]);
  });
});

describe('a length of time', () => {
  const undoOf = (written: string) =>
    parseNewsletter(`${PLAIN}timing: { undo: ${written}, grace: 11 h }`, 'm.yaml').timing.undo;

  test.each([
    ['0', 0],
    ['"0"', 0],
    ['0 min', 0],
    ['90 s', 90_000],
    ['5min', 300_000],
    ['1.5 h', 5_400_000],
    ['1 h 30 min', 5_400_000],
    ['2 Hours', 7_200_000],
  ])('may be written %s', (written, length) => {
    expect(undoOf(written)).toBe(length);
  });

  test.each(['5', '-5 min', '5 mins or so', 'min', '""', '5 min 3', '1.2.3 h', '[1]'])(
    'is refused as %s',
    (written) => {
      expect(() => undoOf(written)).toThrow(
        'timing.undo: expected a length of time such as 90 s, 5 min, 2 h or 1 day',
      );
    },
  );

  test('may be nothing wherever that makes sense, and is shown so that it reads back', () => {
    const settings = parseNewsletter(`${PLAIN}timing: { lead_time: 0, freeze: 0, undo: 0 }`, 'm.yaml');
    expect(settings.timing).toEqual({ lead_time: 0, freeze: 0, undo: 0, grace: 7_200_000 });
    expect(parseNewsletter(renderNewsletter(settings), 'shown.yaml')).toEqual(settings);
  });
});

describe('a file that is shown', () => {
  test('reads back to the same settings, and then to the same text', () => {
    const full = `${PLAIN.replace('1 Quay, Harbour', '"1 Quay\\nHarbour: 9"')}  weekly: 0 9 * * 6
publisher: "Quay #1: a publisher"
reply_to: desk@ledger.example
site: https://ledger.example/
language: vi
approval: required
editors: [mai@ledger.example]
sections: [World, { name: "Sport: live", stories: 2, lead: false }, { name: Arts, stories: 0 }]
sources: [Wire, partners]
story_language: en
limits: { stories: 20, per_source: 0 }
timing: { lead_time: 90 min, freeze: 45 s, undo: 0 s, grace: 11 h, stale_after: 90 min, expire_after: 1 day }
look: { accent: "#123456", logo: "https://ledger.example/logo.png", headlines: sans }
`;
    const settings = parseNewsletter(full, 'full.yaml');
    const shown = renderNewsletter(settings);
    expect(parseNewsletter(shown, 'shown.yaml')).toEqual(settings);
    expect(renderNewsletter(parseNewsletter(shown, 'shown.yaml'))).toBe(shown);
    expect(shown).toContain('lead_time: 90 min');
    expect(shown).toContain('grace: 11 h');
    expect(shown).toContain('expire_after: 1 day');
  });

  test.each([
    [0, '0 min'],
    [45_000, '45 s'],
    [5_400_000, '90 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 days'],
  ])('tells %i ms as %s', (length, words) => {
    expect(durationInWords(length)).toBe(words);
  });
});
