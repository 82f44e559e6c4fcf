import { expect, test } from 'vitest';
import { run } from '../../jobs/age-deliveries.ts';
import type { Db } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { finishEditions } from '../../src/delivery/finish.ts';
import { resume } from '../../src/editions/life.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, addRevision, ledger, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

const { signal } = new AbortController();

onEachDatabase((database) => {
  async function newsroom(readers: number) {
    const { db } = await database.create();
    let now = SLOT;
    const context = testContext(db, { now: () => now });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers));
    await freezeAudience(context, editionId);
    const ageTo = async (hours: number) => {
      now = SLOT.add({ minutes: Math.round(hours * 60) });
      await run(context, signal);
      return (await ledger(db, editionId)).states;
    };
    return { db, context, newsletterId, editionId, ageTo };
  }
  const edition = (db: Db, id: number) =>
    db.selectFrom('editions').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const set = (db: Db, count: number, values: object) =>
    db
      .updateTable('deliveries')
      .set(values)
      .where('id', 'in', (eb) =>
        eb.selectFrom('deliveries').select('id').where('state', '=', 'queued').orderBy('id').limit(count),
      )
      .execute();

  test('an edition with copies that were never tried in four hours waits for a person, who decides for four more', async () => {
    const { db, context, editionId, ageTo } = await newsroom(5);
    await set(db, 2, { state: 'sent' });
    await ageTo(3.9);
    expect((await edition(db, editionId)).state).toBe('sending');
    await ageTo(4);
    expect(await edition(db, editionId)).toMatchObject({
      state: 'paused',
      paused_reason: 'stale',
      state_note: '3 copies were due over 4 h ago (since 07:00) and not tried yet',
    });
    await resume(db, editionId, 'Jo', context.now());
    await ageTo(4.1);
    expect((await edition(db, editionId)).state).toBe('sending');
    await ageTo(8);
    expect((await edition(db, editionId)).state).toBe('paused');
    expect((await ledger(db, editionId)).states).toEqual({ sent: 2, queued: 3 });
  });

  test('what was tried is not stale, and a newsletter may say itself how old is old', async () => {
    const { db, editionId, ageTo } = await newsroom(3);
    await set(db, 3, { tries: 1 });
    await ageTo(5);
    expect((await edition(db, editionId)).state).toBe('sending');
    const { settings } = await db.selectFrom('newsletters').select('settings').executeTakeFirstOrThrow();
    const own = JSON.parse(settings);
    own.timing = { ...own.timing, stale_after: 3_600_000, expire_after: 6 * 3_600_000 };
    await db
      .updateTable('newsletters')
      .set({ settings: JSON.stringify(own) })
      .execute();
    await set(db, 1, { tries: 0 });
    expect(await ageTo(5.5)).toEqual({ queued: 3 });
    expect(await edition(db, editionId)).toMatchObject({ state: 'paused', paused_reason: 'stale' });
    expect(await ageTo(6)).toEqual({ expired: 3 });
  });

  test('who was put off expires by when the copy was first due; who is on the wire, or in doubt, does not', async () => {
    const { db, editionId, ageTo } = await newsroom(5);
    const hour = 3_600_000;
    const due = SLOT.epochMilliseconds;
    await set(db, 1, { state: 'deferred', batch_id: null, due_at: due + 11.9 * hour, fresh_from: due });
    await set(db, 1, {
      state: 'deferred',
      batch_id: null,
      due_at: due + 12.1 * hour,
      fresh_from: due + hour,
    });
    await set(db, 3, { tries: 1 });
    const [out, doubted] = await db
      .selectFrom('deliveries')
      .select(['id', 'batch_id'])
      .where('state', '=', 'queued')
      .orderBy('id')
      .execute();
    await db
      .insertInto('in_flight')
      .values({
        ...{ sender_id: 1, connection: 1, revision: 1, since: due },
        ...{ delivery_id: out?.id as number, batch_id: out?.batch_id as number },
      })
      .execute();
    await db
      .updateTable('deliveries')
      .set({ in_doubt: 1 })
      .where('id', '=', doubted?.id as number)
      .execute();
    expect(await ageTo(11.9)).toEqual({ queued: 3, deferred: 2 });
    expect(await ageTo(12)).toEqual({ queued: 1, deferred: 1, expired: 2, unknown: 1 });
    expect((await edition(db, editionId)).state).toBe('sending');
  });

  test('an edition whose last copies expire in a lane that nobody serves ends', async () => {
    const { db, context, editionId, ageTo } = await newsroom(3);
    const batch = () => db.selectFrom('batches').select('state').executeTakeFirstOrThrow();
    await set(db, 3, { tries: 1 });
    // No sender claims it, so none closes it.
    expect(await ageTo(11.9)).toEqual({ queued: 3 });
    expect((await batch()).state).toBe('open');
    expect(await ageTo(12)).toEqual({ expired: 3 });
    await finishEditions(context);
    expect((await edition(db, editionId)).state).toBe('sent');
  });

  test('what a sender holds it closes itself', async () => {
    const { db, ageTo } = await newsroom(3);
    await set(db, 3, { tries: 1 });
    await db.updateTable('batches').set({ state: 'claimed', sender_id: 1 }).execute();
    expect(await ageTo(12)).toEqual({ expired: 3 });
    expect(await db.selectFrom('batches').select('state').execute()).toEqual([{ state: 'claimed' }]);
  });

  const onPostgres = database.kind === 'postgres' ? test : () => {};

  onPostgres('who is being written down by a sender is left to the next look', async () => {
    const { db, ageTo } = await newsroom(3);
    await set(db, 3, { tries: 1 });
    await db.transaction().execute(async (tx) => {
      await tx
        .selectFrom('deliveries')
        .select('id')
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .executeTakeFirstOrThrow();
      expect(await ageTo(12)).toEqual({ queued: 1, expired: 2 });
    });
    expect(await ageTo(12)).toEqual({ expired: 3 });
  });

  test('who has not had an edition when the next of its rhythm is due gets only that one', async () => {
    const { db, context, newsletterId, editionId, ageTo } = await newsroom(4);
    await set(db, 1, { state: 'sent' });
    await set(db, 1, { state: 'deferred', batch_id: null, due_at: 0, fresh_from: SLOT.epochMilliseconds });
    // The last one has paused: nothing of the next edition is due for them.
    await db
      .updateTable('subscriptions')
      .set({ state: 'paused' })
      .where('id', '=', (eb) => eb.selectFrom('subscriptions').select((max) => max.fn.max('id').as('id')))
      .execute();
    await db.updateTable('editions').set({ state: 'paused' }).where('id', '=', editionId).execute();
    const later = SLOT.add({ hours: 6 });
    const next = await db
      .insertInto('editions')
      .values({
        ...{ newsletter_id: newsletterId, kind: 'scheduled', rhythm: 'daily', name: 'next' },
        ...{ slot_at: later.epochMilliseconds, state: 'approved', state_at: 0, revision: 1 },
        ...{ approved_revision: 1, approved_by: 'Mai', window_from: 0, window_to: 0, created_at: 0 },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await addRevision(db, next.id, 1);
    expect(await ageTo(5.9)).toEqual({ sent: 1, deferred: 1, queued: 2 });
    await freezeAudience(context, next.id);
    expect(await ageTo(5.9)).toEqual({ sent: 1, deferred: 1, queued: 2 });
    expect(await ageTo(6)).toEqual({ sent: 1, queued: 1, excluded: 2 });
    expect((await ledger(db, editionId)).reasons).toEqual({ overtaken: 2 });
    expect((await ledger(db, next.id)).states).toEqual({ queued: 3, excluded: 1 });
  });
});
