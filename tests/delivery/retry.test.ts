import { expect, test } from 'vitest';
import { nextTry } from '../../src/delivery/retry.ts';

const minutes = (tries: number, random: number) => nextTry(tries, 1000, random) / 60_000 - 1000 / 60_000;

test('tries again after 5, 15 and 45 minutes, then every hour', () => {
  expect([1, 2, 3, 4, 5, 40].map((tries) => minutes(tries, 0.5))).toEqual([5, 15, 45, 60, 60, 60]);
});

test('spreads a crowd over a fifth of the delay on either side', () => {
  expect([minutes(1, 0), minutes(1, 1), minutes(4, 0), minutes(4, 1)]).toEqual([4, 6, 48, 72]);
});
