import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { EDITION_STATES, type EditionState } from '../../src/database/tables/editions.ts';
import * as life from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { arrowsOf } from '../setup/arrows.ts';
import { onEachDatabase, sqlite } from '../setup/databases.ts';
import { contextOn, instant, NIGHT, newsletterOf, storeTestStories } from './newsroom.ts';

const NOW = instant('2026-11-24T06:30Z');

async function draft(db: Db): Promise<number> {
  const newsletter = await newsletterOf(db, instant('2026-11-23T12:00Z'));
  await storeTestStories(db, NIGHT);
  return prepareEdition(contextOn(db, { at: NOW }), newsletter, 'daily', instant('2026-11-24T07:00Z'));
}

const read = (db: Db, id: number) =>
  db.selectFrom('editions').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** Every arrow of the edition's life, each with the only states it may leave. */
const arrows: Record<
  string,
  { from: EditionState[]; to: EditionState; go: (db: Db, id: number) => Promise<unknown> }
> = {
  'approve (person)': { from: ['draft'], to: 'approved', go: (db, id) => life.approve(db, id, 'Mai', NOW) },
  'approve (slot)': { from: ['draft'], to: 'approved', go: (db, id) => life.approveAtSlot(db, id, 1, NOW) },
  'take back': { from: ['approved'], to: 'draft', go: (db, id) => life.takeBackApproval(db, id, 'Mai', NOW) },
  lapse: { from: ['approved'], to: 'draft', go: (db, id) => life.lapseApproval(db, id, 'Mai', NOW) },
  hold: { from: ['draft', 'approved'], to: 'held', go: (db, id) => life.hold(db, id, 'legal', 'Jo', NOW) },
  release: { from: ['held'], to: 'approved', go: (db, id) => life.release(db, id, 'Jo', NOW) },
  skip: {
    from: ['draft', 'approved', 'held'],
    to: 'skipped',
    go: async (db, id) =>
      life.skip(db, id, { reason: 'nothing_new', note: 'nothing new' }, NOW, await read(db, id)),
  },
  send: { from: ['approved'], to: 'sending', go: (db, id) => life.beginSending(db, id, NOW) },
  pause: {
    from: ['sending'],
    to: 'paused',
    go: (db, id) => life.pause(db, id, 'stale', null, 'broadsheet', NOW),
  },
  resume: { from: ['paused'], to: 'sending', go: (db, id) => life.resume(db, id, 'Jo', NOW) },
  finish: { from: ['sending'], to: 'sent', go: (db, id) => life.finish(db, id, NOW) },
  reopen: { from: ['sent'], to: 'sending', go: (db, id) => life.reopen(db, id, 'Jo', NOW) },
  cancel: {
    from: ['draft', 'approved', 'held', 'sending', 'paused'],
    to: 'cancelled',
    go: (db, id) => life.cancel(db, id, 'wrong day', 'Jo', NOW),
  },
};

describe('each arrow', () => {
  test.each(Object.entries(arrows))(
    '%s leaves only the states that it may leave',
    async (_, { from, to, go }) => {
      const { db } = await sqlite.create();
      const id = await draft(db);
      for (const state of EDITION_STATES) {
        await db
          .updateTable('editions')
          .set({ state, approved_revision: 1, approved_by: 'Mai', state_by: 'Jo', state_note: null })
          .where('id', '=', id)
          .execute();
        const told = await go(db, id).catch((error: Error) => error.message);
        const after = (await read(db, id)).state;
        expect(`${state} → ${after}`).toBe(`${state} → ${from.includes(state) ? to : state}`);
        // Whoever asked in vain is told, in words or by false.
        if (!from.includes(state) && state !== to)
          expect(told === false || typeof told === 'string').toBe(true);
      }
      const moved = await db
        .selectFrom('audit')
        .select(['who', 'before', 'after'])
        .where('after', 'like', `%"${to}"%`)
        .execute();
      expect(moved.length).toBeGreaterThanOrEqual(from.length);
    },
  );
});

test('the picture of its life has every arrow that an edition may take, and no other', () => {
  const drawn = [...arrowsOf('docs/lives.md', 'edition')].sort();
  const taken = Object.values(arrows).flatMap(({ from, to }) => from.map((state) => `${state} → ${to}`));
  // Where it is not approved: the test below.
  expect([...new Set([...taken, 'held → draft'])].sort()).toEqual(drawn);
  const source = readFileSync(new URL('../../src/editions/life.ts', import.meta.url), 'utf8');
  const written = [...source.matchAll(/from: \[([^\]]+)\],\s*to: ([^\n]+),\n/g)].flatMap(([, from, to]) =>
    words(from).flatMap((state) => words(to).map((end) => `${state} → ${end}`)),
  );
  expect([...new Set(written)].sort()).toEqual(drawn);
});

/** What stands in quotation marks. */
function words(text = ''): string[] {
  return [...text.matchAll(/'(\w+)'/g)].map(([, word]) => word as string);
}

onEachDatabase((database) => {
  test('a held edition comes back approved only if its present revision is', async () => {
    const { db } = await database.create();
    const id = await draft(db);
    const heldAndReleased = async () => {
      await life.hold(db, id, null, 'Jo', NOW);
      await life.release(db, id, 'Jo', NOW);
      return (await read(db, id)).state;
    };
    expect(await heldAndReleased()).toBe('draft');
    await life.approve(db, id, 'Mai', NOW);
    expect(await heldAndReleased()).toBe('approved');
    await life.takeBackApproval(db, id, 'Mai', NOW);
    expect(await heldAndReleased()).toBe('draft');
  });

  test('a skip that was decided on what has changed in the meantime does nothing', async () => {
    const { db } = await database.create();
    const id = await draft(db);
    const seen = await read(db, id);
    await life.approve(db, id, 'Mai', NOW);
    const why = { reason: 'not_approved', note: 'not approved by 09:00' } as const;
    expect(await life.skip(db, id, why, NOW, seen)).toBe(false);
    expect((await read(db, id)).state).toBe('approved');
  });

  test('of many who hold and approve at once each change is one step, told in the audit in its order', async () => {
    const { db } = await database.create();
    const id = await draft(db);
    const outcomes = await Promise.allSettled([
      life.approve(db, id, 'Mai', NOW),
      life.hold(db, id, null, 'Jo', NOW),
      life.approve(db, id, 'Kim', NOW),
      life.hold(db, id, null, 'Lu', NOW),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    const audit = await db
      .selectFrom('audit')
      .selectAll()
      .where('subject', '=', 'morning/2026-11-24')
      .orderBy('id')
      .execute();
    const steps = audit
      .slice(1)
      .map(({ before, after }) => [JSON.parse(before ?? '').state, JSON.parse(after ?? '').state]);
    let state = 'draft';
    for (const [from, to] of steps) {
      expect(from).toBe(state);
      state = to;
    }
    expect((await read(db, id)).state).toBe(state);
  });
});

test('an approval is of the revision that was looked at', async () => {
  const { db } = await sqlite.create();
  const id = await draft(db);
  await expect(life.approve(db, id, 'Mai', NOW, 2)).rejects.toThrow(
    'morning/2026-11-24 is at revision 1 now, not 2: look at it again, then approve it.',
  );
  expect(await life.approve(db, id, 'Mai', NOW, 1)).toBe(true);
  expect(await life.approve(db, id, 'Jo', NOW)).toBe(false);
  expect(await read(db, id)).toMatchObject({ state: 'approved', approved_by: 'Mai', approved_revision: 1 });
  expect(await life.approveAtSlot(db, id, 1, NOW)).toBe(false);
});

test('an edition goes out only in the revision that was approved', async () => {
  const { db } = await sqlite.create();
  const id = await draft(db);
  await life.approve(db, id, 'Mai', NOW);
  await db.updateTable('editions').set({ revision: 2 }).where('id', '=', id).execute();
  expect(await life.beginSending(db, id, NOW)).toBe(false);
});
