import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { type Outcome, prepareAdvance, type Step } from '../../src/delivery/advance.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { claimBatch, dueBatches } from '../../src/delivery/batches.ts';
import { recoverSenders } from '../../src/delivery/recovery.ts';
import { LEASE, registerSender, renewSender } from '../../src/delivery/senders.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

const SENT = {
  state: 'sent',
  reason: null,
  response: '250 Ok',
  dueAt: null,
  tried: true,
  inDoubt: false,
} as const;

onEachDatabase((database) => {
  async function claimed(readers: number) {
    const { db } = await database.create();
    const context = testContext(db, { now: () => SLOT });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers));
    await freezeAudience(context, editionId);
    const senderId = await registerSender(db, LEASE);
    const [due] = await dueBatches(db, SLOT, []);
    const claim = await claimBatch(db, due?.batchId as number, senderId, SLOT, LEASE);
    if (claim === null) throw new Error('not claimed');
    const { batchId, epoch } = claim;
    const step = (values: Partial<Step> & { after?: number }): Step => ({
      senderId,
      now: SLOT.epochMilliseconds,
      outcomes: [],
      connections: [1, 2],
      batches: [{ batchId, epoch, after: values.after ?? 0, most: 2 }],
      closing: [],
      ...values,
    });
    return { db, context, editionId, senderId, batchId, epoch, step, advance: prepareAdvance(db) };
  }

  const outcome = (connection: number, deliveryId: number, values: Partial<Outcome> = {}): Outcome => ({
    ...SENT,
    connection,
    deliveryId,
    relay: 'relay',
    revision: 1,
    since: SLOT.epochMilliseconds,
    at: SLOT.epochMilliseconds,
    ...values,
  });

  test('sent twice because its answer was lost, it does the same once', async () => {
    const { db, editionId, batchId, step, advance } = await claimed(6);
    const first = await advance(step({}));
    expect(await advance(step({}))).toEqual(first);
    const [one, two] = first.next.map(({ deliveryId }) => deliveryId) as [number, number];
    const second = step({
      after: first.batches.get(batchId)?.after as number,
      outcomes: [outcome(1, one), outcome(2, two, { state: 'queued', inDoubt: true, response: 'silence' })],
    });
    const answered = await advance(second);
    expect(await advance(second)).toEqual(answered);
    expect(await ledger(db, editionId)).toEqual({ states: { sent: 1, queued: 5 }, reasons: {}, inDoubt: 1 });
    const { tries } = await db
      .selectFrom('deliveries')
      .select('tries')
      .where('id', '=', two)
      .executeTakeFirstOrThrow();
    expect(tries).toBe(1);
    expect(await inFlight(db)).toEqual(answered.next.map(({ deliveryId }) => deliveryId));
  });

  test('once others took the batch, nobody else goes out; what the relay took is still written down', async () => {
    const { db, context, editionId, senderId, batchId, step, advance } = await claimed(6);
    const { next } = await advance(step({}));
    const [one, two] = next.map(({ deliveryId }) => deliveryId) as [number, number];
    await db.updateTable('senders').set({ lease_until: 0 }).execute();
    expect(await recoverSenders(context)).toEqual({ senders: 1, inDoubt: 2 });
    expect(await renewSender(db, senderId, LEASE)).toBe(false);

    const late = await advance(
      step({
        after: two,
        outcomes: [outcome(1, one), outcome(2, two, { state: 'refused', reason: 'gone' })],
      }),
    );
    expect(late.next).toEqual([]);
    expect(late.batches.get(batchId)?.state).toBe('lost');
    expect(await ledger(db, editionId)).toEqual({ states: { sent: 1, queued: 5 }, reasons: {}, inDoubt: 2 });
    expect(await inFlight(db)).toEqual([]);
  });

  test('a second crash forgets nobody who was in doubt through the first', async () => {
    const { db, context, editionId, step, advance } = await claimed(3);
    await advance(step({}));
    for (const expected of [2, 0]) {
      await db.updateTable('senders').set({ lease_until: 0 }).execute();
      expect((await recoverSenders(context)).inDoubt).toBe(expected);
    }
    expect(await ledger(db, editionId)).toMatchObject({ states: { queued: 3 }, inDoubt: 2 });
    const open = await db.selectFrom('batches').select(['state', 'sender_id', 'epoch']).execute();
    expect(open).toEqual([{ state: 'open', sender_id: null, epoch: 2 }]);
  });

  test('a batch that a sender claimed while it was taken for dead is free again', async () => {
    const { db, context, batchId } = await claimed(3);
    await db.deleteFrom('senders').execute();
    await recoverSenders(context);
    expect(await dueBatches(db, SLOT, [])).toEqual([]);
    await db.updateTable('batches').set({ lease_until: 0 }).execute();
    await recoverSenders(context);
    expect((await dueBatches(db, SLOT, [])).map((batch) => batch.batchId)).toEqual([batchId]);
  });

  test('a living sender is never taken over', async () => {
    const { db, context, step, advance } = await claimed(3);
    await advance(step({}));
    expect(await recoverSenders(context)).toEqual({ senders: 0, inDoubt: 0 });
    expect(await inFlight(db)).toHaveLength(2);
  });

  test('a batch is closed only when nobody in it is queued, and only one sender can claim it', async () => {
    const { db, batchId, epoch, senderId, step, advance } = await claimed(2);
    expect(await claimBatch(db, batchId, senderId, SLOT, LEASE)).toBeNull();
    const { next } = await advance(step({}));
    const closing = [{ batchId, epoch }];
    expect((await advance(step({ connections: [], batches: [], closing }))).closed).toEqual([]);
    const outcomes = next.map(({ connection, deliveryId }) => outcome(connection, deliveryId));
    await advance(step({ outcomes, connections: [], batches: [] }));
    expect((await advance(step({ connections: [], batches: [], closing }))).closed).toEqual([batchId]);
  });

  test('a batch waits while its edition is paused, and is read from the approved revision', async () => {
    const { db, editionId, batchId, step, advance } = await claimed(4);
    await db.updateTable('editions').set({ state: 'paused' }).where('id', '=', editionId).execute();
    const paused = await advance(step({}));
    expect(paused).toMatchObject({ next: [], closed: [] });
    expect(paused.batches.get(batchId)?.state).toBe('waiting');
    await db
      .updateTable('editions')
      .set({ state: 'sending', revision: 2 })
      .where('id', '=', editionId)
      .execute();
    expect((await advance(step({}))).next.map(({ revision }) => revision)).toEqual([1, 1]);
  });
});

async function inFlight(db: Db): Promise<number[]> {
  const rows = await db.selectFrom('in_flight').select('delivery_id').orderBy('connection').execute();
  return rows.map((row) => row.delivery_id);
}
