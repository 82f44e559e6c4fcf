import { expect, test } from 'vitest';
import { stateWords } from '../../src/editions/state-words.ts';
import { instant } from './newsroom.ts';

const newsletter = {
  time_zone: 'Europe/London',
  timing: { lead_time: 3_600_000, freeze: 300_000, undo: 60_000, grace: 7_200_000 },
};
const SLOT = instant('2026-11-24T07:00Z').epochMilliseconds;
const NOW = instant('2026-11-24T06:52:02Z');

const edition = {
  state: 'draft',
  state_note: null,
  state_by: 'Mai',
  state_at: NOW.epochMilliseconds,
  revision: 4,
  slot_at: SLOT,
  approved_by: null,
  approved_at: null,
  paused_reason: null,
} as const;
const approved = {
  ...edition,
  state: 'approved',
  approved_by: 'Mai',
  approved_at: NOW.epochMilliseconds,
} as const;

test.each([
  ['Draft', edition, NOW, null],
  ['Approved by Mai at 06:52 (revision 4)', approved, NOW, null],
  ['Going out in 0:58', { ...approved, slot_at: SLOT - 3_600_000 }, NOW.add({ seconds: 2 }), null],
  [
    'Held by Jo: waiting for legal',
    { ...edition, state: 'held', state_by: 'Jo', state_note: 'waiting for legal' },
    NOW,
    null,
  ],
  ['Sending 3,706 of 7,412', { ...edition, state: 'sending' }, NOW, { sent: 3706, total: 7412 }],
  [
    'Paused by Jo: wrong vote count',
    { ...edition, state: 'paused', state_by: 'Jo', state_note: 'wrong vote count', paused_reason: 'person' },
    NOW,
    null,
  ],
  ['Stopped by Jo', { ...edition, state: 'cancelled', state_by: 'Jo' }, NOW, null],
  ['Sent to 7,371', { ...edition, state: 'sent' }, NOW, { sent: 7371, total: 7412 }],
  [
    'Skipped: 2 stories, 3 are needed',
    { ...edition, state: 'skipped', state_note: '2 stories, 3 are needed' },
    NOW,
    null,
  ],
] as const)('%s', (words, row, now, progress) => {
  expect(stateWords(row, newsletter, now, progress)).toBe(words);
});
