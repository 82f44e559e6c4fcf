import { expect, test } from 'vitest';
import { editionComposer } from '../../src/delivery/composing.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';
import { openNewsroom } from './newsroom.ts';

async function composer(kept?: number) {
  const { db } = await sqlite.create();
  const { editionId } = await openNewsroom(db);
  const compose = editionComposer(testContext(db), kept === undefined ? {} : { kept });
  /** What readers of one of very many choices get. */
  return (n: number) => compose(editionId, 1, JSON.stringify(['Business', ...Array(n).fill('Sport')]));
}

test('what readers of a hundred choices get is each rendered once, however they are mixed', async () => {
  const rendered = await composer();
  const choices = Array.from({ length: 100 }, (_, n) => n);
  const first = await Promise.all(choices.map(rendered));
  const again = await Promise.all(choices.map(rendered));
  expect(new Set(first).size).toBe(100);
  expect(again.every((message, n) => message === first[n])).toBe(true);
});

test('beyond its bounds it forgets what was asked for the longest time ago', async () => {
  const rendered = await composer(400_000);
  const often = await rendered(0);
  const once = await rendered(1);
  for (let n = 2; n < 30; n++) {
    await rendered(n);
    expect(await rendered(0)).toBe(often);
  }
  expect(await rendered(1)).not.toBe(once);
});
