import { expect, test } from 'vitest';
import type { Facts } from '../../src/alerts/facts.ts';
import { findProblems } from '../../src/alerts/problems.ts';

const NOW = Date.parse('2026-11-24T08:00:00Z');
const minutes = (count: number) => count * 60_000;

const well: Facts = {
  now: NOW,
  relay: true,
  sendingOff: null,
  unsigned: null,
  publishing: true,
  editions: [],
  lost: [],
  missing: [],
  senders: 1,
  waitingSince: null,
  retriesSince: null,
  noticesSince: null,
  lanesAside: [],
  sources: [],
  clockEndedAt: null,
  jobs: [],
};

const edition: Facts['editions'][number] = {
  id: 7,
  name: 'morning/2026-11-24',
  approval: 'automatic',
  enabled: true,
  state: 'approved',
  paused_reason: null,
  state_note: null,
  state_by: null,
  state_at: NOW - minutes(90),
  slot_at: NOW - minutes(60),
  sending_at: null,
};

const names = (facts: Partial<Facts>) => findProblems({ ...well, ...facts }).map(({ name }) => name);

test('a mailbox provider that refuses us is a problem of its own, told until it is tried again', () => {
  const lanesAside = [{ lane: 'gmail', until: Date.parse('2026-11-24T08:00Z'), response: '550 5.7.1 spam' }];
  const [problem] = findProblems({ ...well, lanesAside });
  expect(problem).toMatchObject({ name: 'lane:gmail', subject: 'gmail refuses our mail' });
  expect(problem?.text).toContain('550 5.7.1 spam. It is left alone until 2026-11-24T08:00Z');
});

test('mail that cannot be signed is told before its edition is due, with what to do', () => {
  const unsigned = { found: 'no DKIM key for news.example', todo: 'broadsheet dkim make news.example' };
  expect(findProblems({ ...well, unsigned })).toEqual([
    {
      name: 'signing',
      subject: 'Mail cannot be signed, and waits',
      text: 'No DKIM key for news.example. What to do:  broadsheet dkim make news.example',
    },
  ]);
});

test('a note that ends its own sentence gets no second stop, and what is said has no word of our own workings', () => {
  const paused = {
    ...edition,
    state: 'paused',
    state_by: 'Jo',
    state_note: 'is it the right list?',
  } as const;
  const held = { ...paused, id: 8, state: 'held', state_note: 'a name to check' } as const;
  const facts: Facts = {
    ...well,
    editions: [paused, held, { ...edition, id: 9 }],
    retriesSince: NOW - minutes(90),
    missing: [{ newsletter: 'morning', at: NOW - minutes(90), timeZone: 'UTC' }],
    jobs: [
      {
        name: 'prune',
        latest: { startedAt: NOW - minutes(60), finishedAt: null },
        error: null,
        wellAt: null,
      },
      { name: 'watch', latest: { startedAt: NOW, finishedAt: NOW }, error: 'no', wellAt: null },
    ],
  };
  const problems = findProblems(facts);
  const said = problems.map(({ subject, text }) => `${subject}. ${text}`).join('\n');
  expect(problems).toHaveLength(7);
  expect(said).toContain('Paused by Jo: is it the right list? Nothing more');
  expect(said).toContain('Held by Jo: a name to check. Release it');
  expect(said).not.toMatch(/[.?!]\.|\bjobs?\b|\bqueue|\bbatch/);
});

test('when all is well nothing is said', () => {
  expect(names({})).toEqual([]);
  expect(names({ relay: false, publishing: false })).toEqual([]);
  expect(names({ editions: [{ ...edition, slot_at: NOW + minutes(60) }] })).toEqual([]);
  expect(names({ editions: [{ ...edition, state: 'sending', sending_at: NOW - minutes(60) }] })).toEqual([]);
});

test('one cause is one problem: without a relay nobody hears of what follows from it', () => {
  const facts = {
    relay: false,
    senders: 0,
    waitingSince: NOW - minutes(60),
    noticesSince: NOW - minutes(60),
  };
  expect(names(facts)).toEqual(['relay']);
});

test('an edition that is paused by a guard, held past its time, unapproved or late is told with what to do', () => {
  const [paused] = findProblems({
    ...well,
    editions: [{ ...edition, state: 'paused', paused_reason: 'refusals', state_note: '40 of 100 refused' }],
  });
  expect(paused).toMatchObject({ name: 'edition:7:paused', subject: 'morning/2026-11-24 is paused' });
  expect(paused?.text).toContain('40 of 100 refused');
  expect(paused?.text).toContain('broadsheet edition resume morning/2026-11-24');
  expect(names({ editions: [{ ...edition, state: 'held' }] })).toEqual(['edition:7:held']);
  expect(names({ editions: [edition] })).toEqual(['edition:7:late']);
  const [waits] = findProblems({ ...well, editions: [{ ...edition, state: 'draft', approval: 'required' }] });
  expect(waits?.subject).toBe('morning/2026-11-24 waits for approval');
});

test('what waits because its newsletter is switched off is no problem; what is on its way still is', () => {
  expect(names({ editions: [{ ...edition, enabled: false }] })).toEqual([]);
  expect(names({ editions: [{ ...edition, enabled: false, state: 'held' }] })).toEqual([]);
  expect(names({ editions: [{ ...edition, enabled: false, state: 'paused' }] })).toEqual([
    'edition:7:paused',
  ]);
});

test('a person who pauses is left in peace for half an hour', () => {
  const paused = { ...edition, state: 'paused', paused_reason: 'person' } as const;
  expect(names({ editions: [{ ...paused, state_at: NOW - minutes(29) }] })).toEqual([]);
  expect(names({ editions: [{ ...paused, state_at: NOW - minutes(31) }] })).toEqual(['edition:7:paused']);
});

test('a few minutes are not late', () => {
  expect(names({ editions: [{ ...edition, slot_at: NOW - minutes(9) }] })).toEqual([]);
  expect(names({ missing: [{ newsletter: 'morning', at: NOW - minutes(9), timeZone: 'UTC' }] })).toEqual([]);
  const at = Date.parse('2026-11-24T07:00:00Z');
  const [missing] = findProblems({
    ...well,
    missing: [{ newsletter: 'morning', at, timeZone: 'Asia/Kathmandu' }],
  });
  expect(missing?.subject).toBe('morning has no edition for 2026-11-24, 12:45 Asia/Kathmandu');
});

test('an edition of which nobody got a copy is told otherwise than one that did not go out', () => {
  const base = { id: 7, name: 'morning/2026-11-24', slug: 'morning' };
  const [refused, skipped] = findProblems({
    ...well,
    lost: [
      { ...base, state: 'sent', note: null },
      { ...base, state: 'skipped', note: 'not approved by 09:00' },
    ],
  });
  expect(refused?.subject).toBe('Nobody got morning/2026-11-24');
  expect(refused?.text).toContain('broadsheet report morning/2026-11-24');
  expect(skipped?.subject).toBe('morning/2026-11-24 did not go out');
  expect(skipped?.text).toContain('Skipped: not approved by 09:00.');
});

test('a source is told of at its third failure, a job when nothing of it went well for three minutes, so that a nightly one is told at once', () => {
  const source = (failures: number) => ({
    id: 3,
    name: 'Harbour Wire',
    failures,
    lastError: 'It answers 503.',
  });
  expect(names({ sources: [source(2)] })).toEqual([]);
  expect(names({ sources: [source(3)] })).toEqual(['source:3']);

  const job = (error: string | null, wellAt: number | null) => ({
    jobs: [{ name: 'poll-sources', latest: { startedAt: NOW, finishedAt: NOW }, error, wellAt }],
  });
  expect(names(job('no', NOW - minutes(2)))).toEqual([]);
  expect(names(job('no', NOW - minutes(3)))).toEqual(['job:poll-sources']);
  expect(names(job(null, NOW))).toEqual([]);
  expect(names(job('no', null))).toEqual(['job:poll-sources']);
  expect(names(job('no', NOW - minutes(1440)))).toEqual(['job:poll-sources']);
});

test('a job that does not end, and mail that nobody sends, are told', () => {
  const latest = { startedAt: NOW - minutes(31), finishedAt: null };
  expect(names({ jobs: [{ name: 'watch', latest, error: null, wellAt: NOW }] })).toEqual(['job:watch']);
  expect(names({ senders: 0, waitingSince: NOW - minutes(11) })).toEqual(['sender']);
  expect(names({ senders: 1, waitingSince: NOW - minutes(11) })).toEqual([]);
  expect(names({ retriesSince: NOW - minutes(61), noticesSince: NOW - minutes(31) })).toEqual([
    'retries',
    'notices',
  ]);
});
