import { expect, test } from 'vitest';
import { stoppedParts } from '../../src/alerts/parts.ts';

const NOW = Date.parse('2026-11-24T07:00:00Z');

/** Two jobs, the latest of which began `ago` seconds ago; null: none ever did. */
function stopped(
  ago: number | null,
  senders: number,
  { publishing = true, relay = true, ended = true, clockEnded = null as number | null } = {},
): string[] {
  const job = (name: string, startedAt: number) => ({
    name,
    latest: { startedAt, finishedAt: ended ? startedAt : null },
    error: null,
    wellAt: startedAt,
  });
  const jobs = ago === null ? [] : [job('release-editions', NOW - ago * 1000), job('prune', NOW - 3_600_000)];
  const clockEndedAt = clockEnded === null ? null : NOW - clockEnded * 1000;
  return stoppedParts({ now: NOW, jobs, clockEndedAt, senders, publishing, relay }).map(({ name }) => name);
}

test('what runs nowhere is named: all of it, the clock alone, or the sender alone', () => {
  expect(stopped(5, 1)).toEqual([]);
  expect(stopped(14, 2)).toEqual([]);
  expect(stopped(null, 0)).toEqual(['stopped']);
  expect(stopped(16, 0)).toEqual(['stopped']);
  expect(stopped(16, 1)).toEqual(['stopped:clock']);
  expect(stopped(110, 1, { ended: false }), 'a long run').toEqual([]);
  expect(stopped(130, 1, { ended: false })).toEqual(['stopped:clock']);
  expect(stopped(5, 0)).toEqual(['stopped:sender']);
});

test('a clock that stopped in order does not run, until what it cannot have begun', () => {
  expect(stopped(5, 0, { clockEnded: 3 })).toEqual(['stopped']);
  expect(stopped(5, 1, { clockEnded: 3, ended: false }), 'cut off').toEqual(['stopped:clock']);
  expect(stopped(2, 1, { clockEnded: 3 }), 'another began since').toEqual([]);
});

test('nothing is missed where no newsletter is due, nor a sender where no relay is set', () => {
  expect(stopped(null, 0, { publishing: false })).toEqual([]);
  expect(stopped(5, 0, { relay: false })).toEqual([]);
});
