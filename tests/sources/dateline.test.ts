import { expect, test } from 'vitest';
import { takeDateline } from '../../src/sources/dateline.ts';

const setting = { now: Temporal.Instant.from('2026-11-24T12:00:00Z'), timeZone: 'UTC' };

test.each([
  ['Alappuzha, Nov 19 (PTI) The club won the race.', 'Alappuzha, Nov 19', 'PTI', 'The club won the race.'],
  [
    'New Delhi [India], November 19 (ANI): Prices rose by 3.5 percent.',
    'New Delhi [India], November 19',
    'ANI',
    'Prices rose by 3.5 percent.',
  ],
  [
    'SEOUL, Nov. 19 (Yonhap) -- The president met aides.',
    'SEOUL, Nov. 19',
    'Yonhap',
    'The president met aides.',
  ],
  [
    'Puerto Faro, 19 nov (EFE).- Los puertos firmaron.',
    'Puerto Faro, 19 nov',
    'EFE',
    'Los puertos firmaron.',
  ],
  ['LANTERN, Nov. 19, Kyodo - The governor spoke.', 'LANTERN, Nov. 19', 'Kyodo', 'The governor spoke.'],
  ['PORT ISLE, Nov. 19 /PRNewswire/ -- The firm grew.', 'PORT ISLE, Nov. 19', 'PRNewswire', 'The firm grew.'],
  ['(AP) HILLTOWN — Rescuers came.', 'HILLTOWN', 'AP', 'Rescuers came.'],
  ['Nov 19 (Reuters) - Following is a summary.', 'Nov 19', 'Reuters', 'Following is a summary.'],
  ['VOV.VN - Giá gạo tăng.', '', 'VOV.VN', 'Giá gạo tăng.'],
])('an agency’s head is taken off: %s', (paragraph, text, agency, rest) => {
  expect(takeDateline(paragraph, setting)).toMatchObject({ text, agency, rest, certainty: 'sure' });
});

test.each([
  'The Bank of Japan (BOJ) Governor said so.',
  'Peter Hale (Labour) The member for Ely spoke first.',
  'On Nov 19 (Thursday) The club won the race.',
])('a bracket within a sentence is none: %s', (paragraph) => {
  expect(takeDateline(paragraph, setting)).toBeUndefined();
});
