import { expect, test } from 'vitest';
import type { Advanced } from '../../src/delivery/advance.ts';
import { HeldBatches } from '../../src/delivery/held-batches.ts';

const claim = (epoch: number) => ({ batchId: 1, epoch, editionId: 1, newsletterId: 1, lane: 'other' });
const room = () => Number.POSITIVE_INFINITY;

function found(state: 'lost' | 'ended', after: number): Advanced {
  return { alive: true, next: [], batches: new Map([[1, { state, after }]]), closed: [] };
}

const nothing: Advanced = { alive: true, next: [], batches: new Map(), closed: [] };

test('a message of an earlier claim counts nowhere when the batch is claimed again', () => {
  const held = new HeldBatches();
  held.add(claim(1));
  held.departed(claim(1));
  held.apply(found('lost', 7), []);
  held.add(claim(2));
  held.departed(claim(2));
  held.apply(found('ended', 9), []);
  held.landed(claim(1));
  expect(held.closing()).toEqual([]);
  held.landed(claim(2));
  expect(held.closing()).toMatchObject([claim(2)]);
});

test('a batch that cannot be closed is read once more, then left alone until the next look', () => {
  const held = new HeldBatches();
  held.add(claim(1));
  held.apply(found('ended', 9), []);
  held.apply(nothing, held.closing());
  expect(held.deal(5, room)).toEqual([{ batchId: 1, epoch: 1, after: 0, most: 5 }]);
  held.apply(found('ended', 0), []);
  held.apply(nothing, held.closing());
  expect([held.readable(room), held.deal(5, room), held.closing()]).toEqual([false, [], []]);
  held.rouse();
  expect(held.deal(5, room)).toHaveLength(1);
});

test('what a lane has no room for goes to the others, and one without room is given back', () => {
  const held = new HeldBatches();
  const inLane = (batchId: number, lane: string) => ({
    batchId,
    epoch: 1,
    editionId: 1,
    newsletterId: 1,
    lane,
  });
  held.add(inLane(1, 'other'));
  held.add(inLane(2, 'gmail'));
  held.add(inLane(3, 'yahoo'));
  const rooms: Record<string, number> = { other: 100, gmail: 2, yahoo: 0 };
  const room = (lane: string) => rooms[lane] ?? 0;
  const dealt = held.deal(20, room).map(({ batchId, most }) => [batchId, most]);
  expect(dealt.toSorted()).toEqual([
    [1, 18],
    [2, 2],
  ]);
  expect(held.takeIdle((lane) => lane === 'yahoo').map(({ batchId }) => batchId)).toEqual([3]);
  rooms.other = 0;
  rooms.gmail = 0;
  expect(held.readable(room)).toBe(false);
});

test('two batches have every second message each, also where turns without any come between', () => {
  const held = new HeldBatches();
  for (const batchId of [1, 2])
    held.add({ batchId, epoch: 1, editionId: 1, newsletterId: batchId, lane: 'other' });
  const dealt = Array.from({ length: 6 }, () => {
    held.deal(0, room);
    return held.deal(1, room).map(({ batchId }) => batchId);
  });
  expect(dealt.flat().filter((batchId) => batchId === 1)).toHaveLength(3);
});
