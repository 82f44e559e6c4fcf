import { expect, test } from 'vitest';
import { BufferPool } from '../../src/delivery/buffer-pool.ts';

test('gives the same memory again only when it was given back and is large enough', () => {
  const pool = new BufferPool();
  const [one, other] = [pool.take(20_000), pool.take(20_000)];
  expect([one.length, other.length]).toEqual([20_000, 20_000]);
  expect(other.buffer).not.toBe(one.buffer);
  pool.giveBack(one);
  const again = pool.take(21_000);
  expect(again.buffer).toBe(one.buffer);
  expect(again.length).toBe(21_000);
  pool.giveBack(again);
  expect(pool.take(100_000)).toHaveLength(100_000);
});

test('keeps no more than a few, and none that is huge', () => {
  const pool = new BufferPool();
  const many = Array.from({ length: 200 }, () => pool.take(10));
  for (const each of many) pool.giveBack(each);
  const memory = new Set(Array.from({ length: 200 }, () => pool.take(10).buffer));
  expect(many.filter(({ buffer }) => memory.has(buffer))).toHaveLength(64);
  const huge = pool.take(2_000_000);
  pool.giveBack(huge);
  expect(pool.take(10).buffer).not.toBe(huge.buffer);
});
