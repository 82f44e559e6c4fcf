import { expect, test } from 'vitest';
import type { Advanced } from '../../src/delivery/advance.ts';
import { HeldBatches } from '../../src/delivery/held-batches.ts';

const claim = (epoch: number) => ({ batchId: 1, epoch, editionId: 1, newsletterId: 1 });

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
  expect(held.deal(5)).toEqual([{ batchId: 1, epoch: 1, after: 0, most: 5 }]);
  held.apply(found('ended', 0), []);
  held.apply(nothing, held.closing());
  expect([held.readable, held.deal(5), held.closing()]).toEqual([false, [], []]);
  held.rouse();
  expect(held.deal(5)).toHaveLength(1);
});
