import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { previewRetry, putBack } from '../../src/delivery/put-back.ts';
import { cancel, finish, pause } from '../../src/editions/life.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, addRevision, ledger, openNewsroom, SLOT, stateOf } from './newsroom.ts';

const LATER = SLOT.add({ hours: 20 });

onEachDatabase((database) => {
  /** Ten readers whose copies ended badly; the edition has been sent. */
  async function ended(state: 'refused' | 'unknown' | 'expired', reason: string | null = null) {
    const { db } = await database.create();
    const context = testContext(db, { now: () => LATER });
    const { newsletterId, editionId } = await openNewsroom(db);
    const people = Array.from({ length: 10 }, (_, at) => ({
      email: `r${at}@example.org`,
      lane: at % 2 === 0 ? 'gmail' : 'other',
      sections: at === 9 ? ['Business'] : null,
    }));
    await addReaders(db, newsletterId, people);
    await freezeAudience({ ...context, now: () => SLOT }, editionId);
    await db.updateTable('deliveries').set({ state, reason, tries: 2, first_tried_at: 5 }).execute();
    await db.updateTable('batches').set({ state: 'done' }).execute();
    await finish(db, editionId, SLOT);
    const edition = () =>
      db.selectFrom('editions').selectAll().where('id', '=', editionId).executeTakeFirstOrThrow();
    return { db, context, newsletterId, editionId, edition };
  }
  const person = async (db: Db, at: number) =>
    await db
      .selectFrom('subscribers')
      .selectAll()
      .where('email', '=', `r${at}@example.org`)
      .executeTakeFirstOrThrow();
  const subscription = (db: Db, id: number, values: object) =>
    db.updateTable('subscriptions').set(values).where('subscriber_id', '=', id).execute();

  test('only who is still to have it is tried again; the others are counted by what has changed', async () => {
    const { db, context, editionId, edition } = await ended('expired');
    await subscription(db, (await person(db, 0)).id, { state: 'unsubscribed' });
    await subscription(db, (await person(db, 1)).id, { state: 'paused', paused_until: null });
    await subscription(db, (await person(db, 2)).id, {
      state: 'paused',
      paused_until: SLOT.epochMilliseconds,
    });
    const { address_key } = await person(db, 3);
    await db.insertInto('suppressions').values({ address_key, reason: 'gone', at: 0 }).execute();
    await db.deleteFrom('subscribers').where('email', '=', 'r4@example.org').execute();
    // Business is in it no more.
    await addRevision(db, editionId, 2);
    await db.deleteFrom('edition_items').where('revision', '=', 2).where('position', '=', 2).execute();
    await db.updateTable('edition_items').set({ section: 'World' }).where('revision', '=', 2).execute();
    await db.updateTable('editions').set({ revision: 2, approved_revision: 2 }).execute();
    const choice = { list: 'expired' } as const;
    expect(await previewRetry(db, await edition(), choice, LATER)).toEqual({
      ...{ people: 5, left: 2, suppressed: 1, paused: 1, noSection: 1 },
    });
    const tokens = async () => db.selectFrom('deliveries').select('token').orderBy('id').execute();
    const before = await tokens();
    expect(await putBack(context, editionId, choice, 'Jo', { slice: 3 })).toBe(5);
    expect(await tokens()).toEqual(before);
    expect((await ledger(db, editionId)).states).toEqual({ queued: 5, expired: 5 });
    expect(await edition()).toMatchObject({ state: 'sending', state_by: 'Jo' });
    const at = LATER.epochMilliseconds;
    const again = await db
      .selectFrom('deliveries')
      .innerJoin('batches', 'batches.id', 'deliveries.batch_id')
      .select(['deliveries.lane', 'batches.lane as batchLane', 'batches.state', 'batches.due_at'])
      .select(['deliveries.due_at as due', 'fresh_from', 'first_tried_at'])
      .where('deliveries.state', '=', 'queued')
      .execute();
    for (const row of again) {
      const { lane } = row;
      const due = { due_at: at, due: at, fresh_from: at };
      expect(row).toEqual({ lane, batchLane: lane, state: 'open', first_tried_at: 5, ...due });
    }
    const audit = await db
      .selectFrom('audit')
      .select(['who', 'after'])
      .where('what', '=', 'edition.retried')
      .execute();
    const told = audit.map(({ who, after }) => [who, JSON.parse(after ?? '').people]);
    expect(told.every(([who]) => who === 'Jo')).toBe(true);
    expect(told.reduce((sum, [, people]) => sum + people, 0)).toBe(5);
    expect(await putBack(context, editionId, choice, 'Jo')).toBe(0);
  });

  test('one reason, or one person, is tried and nobody else', async () => {
    const { db, context, editionId } = await ended('refused', 'soft');
    const { id } = await person(db, 7);
    await db.updateTable('deliveries').set({ reason: 'policy' }).where('subscriber_id', '=', id).execute();
    await db.updateTable('deliveries').set({ reason: 'gone' }).where('lane', '=', 'gmail').execute();
    const put = (choice: object) => putBack(context, editionId, { list: 'refused', ...choice }, 'Jo');
    expect(await put({ reason: 'policy', subscriberId: (await person(db, 1)).id })).toBe(0);
    expect(await put({ subscriberId: id })).toBe(1);
    expect(await put({ reason: 'soft' })).toBe(4);
    expect(await ledger(db, editionId)).toMatchObject({
      states: { queued: 5, refused: 5 },
      reasons: { gone: 5 },
    });
  });

  test('two who ask at once try everybody once', async () => {
    const { db, context, editionId } = await ended('unknown');
    const both = [1, 2].map(() => putBack(context, editionId, { list: 'unknown' }, 'Jo', { slice: 4 }));
    const counts = await Promise.all(both);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10);
    const batched = await db
      .selectFrom('deliveries')
      .select((eb) => eb.fn.count<number>('batch_id').as('people'))
      .executeTakeFirstOrThrow();
    expect(batched.people).toBe(10);
    expect(await stateOf(context, editionId)).toBe('sending');
  });

  test('an edition that is paused or stopped is not tried again, and says what to do', async () => {
    const { db, context, editionId } = await ended('unknown');
    await db.updateTable('editions').set({ state: 'sending' }).execute();
    await pause(db, editionId, 'person', null, 'Jo', LATER);
    const asked = () => putBack(context, editionId, { list: 'unknown' }, 'Jo');
    await expect(asked()).rejects.toThrow(
      'morning/2026-11-24 is paused: let it go on first (broadsheet edition resume morning/2026-11-24), or stop it. Nobody was tried again.',
    );
    await cancel(db, editionId, null, 'Jo', LATER);
    await expect(asked()).rejects.toThrow('was stopped for good: nobody else gets it.');
    expect((await ledger(db, editionId)).states).toEqual({ unknown: 10 });
  });
});
