import { expect, onTestFinished, test } from 'vitest';
import { connect, type Db } from '../../src/database/connect.ts';
import { type Outcome, prepareAdvance, type Step } from '../../src/delivery/advance.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { claimBatch, dueBatches } from '../../src/delivery/batches.ts';
import { recoverSenders } from '../../src/delivery/recovery.ts';
import { LEASE, registerSender, renewSender } from '../../src/delivery/senders.ts';
import { queueNotice } from '../../src/notices/notice.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

const ALERT = { problem: 'relay', subject: 'The relay is away', text: 'Since 06:58.', over: false };
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
    const { db, url } = await database.create();
    const context = testContext(db, { now: () => SLOT });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers));
    await freezeAudience(context, editionId);
    const senderId = await registerSender(db, LEASE);
    const [due] = await dueBatches(db, SLOT, { served: [], closedLanes: [] });
    const claim = await claimBatch(db, due?.batchId as number, senderId, SLOT);
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
    return { db, url, context, editionId, senderId, batchId, epoch, step, advance: prepareAdvance(db) };
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

  test.each([
    { state: 'expired', reason: null },
    { state: 'excluded', reason: 'overtaken' },
    { state: 'excluded', reason: 'stopped' },
  ] as const)(
    'who went out at the moment of being $state ($reason) is in doubt without an answer',
    async (closed) => {
      const { db, context, editionId, step, advance } = await claimed(3);
      const { next } = await advance(step({}));
      const [one] = next.map(({ deliveryId }) => deliveryId) as [number];
      // As a statement does that saw the database as it was before the ADVANCE.
      await db.updateTable('deliveries').set(closed).execute();
      const silence = outcome(1, one, { state: 'queued', inDoubt: true, response: 'silence' });
      for (let times = 0; times < 2; times++)
        await advance(step({ outcomes: [silence], connections: [], batches: [] }));
      await db.updateTable('senders').set({ lease_until: 0 }).execute();
      expect(await recoverSenders(context)).toEqual({ senders: 1, inDoubt: 1 });
      const found = await ledger(db, editionId);
      expect(found).toMatchObject({ states: { unknown: 2, [closed.state]: 1 }, inDoubt: 2 });
      expect(Object.values(found.reasons)).toEqual(closed.reason === null ? [] : [1]);
    },
  );

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

  test('nobody claims, sends or closes as a sender that was taken for dead', async () => {
    const { db, context, editionId, senderId, batchId, epoch, step, advance } = await claimed(3);
    const [one] = (
      await advance(step({ connections: [1], batches: [{ batchId, epoch, after: 0, most: 1 }] }))
    ).next;
    await db.updateTable('senders').set({ lease_until: 0 }).execute();
    await recoverSenders(context);
    expect(await claimBatch(db, batchId, senderId, SLOT)).toBeNull();
    // Even a batch that says it is ours.
    const mine = { state: 'claimed', sender_id: senderId, epoch } as const;
    await db.updateTable('batches').set(mine).execute();
    const outcomes = [outcome(1, one?.deliveryId as number, { state: 'refused' })];
    const late = await advance(step({ outcomes, closing: [{ batchId, epoch }] }));
    expect(late).toMatchObject({ alive: false, next: [], closed: [] });
    expect(late.batches.get(batchId)?.state).toBe('lost');
    expect(await inFlight(db)).toEqual([]);
    expect((await ledger(db, editionId)).states).toEqual({ queued: 3 });
  });

  test('what names a sender that is not there is in doubt and free again, like that of a dead one', async () => {
    const { db, context, editionId, senderId, batchId, step, advance } = await claimed(3);
    const first = await advance(step({}));
    await queueNotice(db, 'alert', 'a@ops.example', ALERT, SLOT);
    await db.updateTable('notices').set({ sender_id: senderId }).execute();
    await db.deleteFrom('senders').execute();
    const refused = outcome(1, first.next[0]?.deliveryId as number, { state: 'refused' });
    expect(await advance(step({ outcomes: [refused] }))).toMatchObject({ alive: false, next: [] });
    expect(await recoverSenders(context)).toEqual({ senders: 1, inDoubt: 2 });
    expect(await recoverSenders(context)).toEqual({ senders: 0, inDoubt: 0 });
    expect(await inFlight(db)).toEqual([]);
    expect(await ledger(db, editionId)).toMatchObject({ states: { queued: 3 }, inDoubt: 2 });
    expect(
      (await dueBatches(db, SLOT, { served: [], closedLanes: [] })).map((batch) => batch.batchId),
    ).toEqual([batchId]);
    expect(await db.selectFrom('notices').select('sender_id').execute()).toEqual([{ sender_id: null }]);
  });

  test('who is out with one sender does not go out with another', async () => {
    const { db, batchId, senderId, step, advance } = await claimed(3);
    const { next } = await advance(step({ connections: [1, 2] }));
    await db.updateTable('batches').set({ state: 'open' }).execute();
    const other = await registerSender(db, LEASE);
    const claim = await claimBatch(db, batchId, other, SLOT);
    const { epoch } = claim as { epoch: number };
    const batches = [{ batchId, epoch, after: 0, most: 3 }];
    const found = await advance(step({ senderId: other, connections: [1, 2, 3], batches }));
    expect(found.next).toHaveLength(1);
    expect(next.map(({ deliveryId }) => deliveryId)).not.toContain(found.next[0]?.deliveryId);
    expect(found.next[0]).toMatchObject({ batchId, epoch });
    expect(senderId).not.toBe(other);
  });

  const onPostgres = database.kind === 'postgres' ? test : () => {};

  onPostgres(
    'a sender that wakes in the midst of being taken over sends nothing that is not in doubt',
    async () => {
      const { db, url, context, editionId, batchId, epoch, step, advance } = await claimed(3);
      const [one] = (
        await advance(step({ connections: [1], batches: [{ batchId, epoch, after: 0, most: 1 }] }))
      ).next;
      await db.updateTable('senders').set({ lease_until: 0 }).execute();
      const other = connect(url, { poolSize: 2 });
      onTestFinished(() => other.destroy());
      const moment = () => new Promise((resolve) => setTimeout(resolve, 100));
      // The recovery has to wait for this row when it is half done.
      let recovery: Promise<{ inDoubt: number }> | undefined;
      let waking: ReturnType<typeof advance> | undefined;
      await other.transaction().execute(async (tx) => {
        await tx
          .updateTable('deliveries')
          .set({ lane: 'other' })
          .where('id', '=', one?.deliveryId as number)
          .execute();
        recovery = recoverSenders(context);
        await moment();
        const batches = [{ batchId, epoch, after: one?.deliveryId as number, most: 1 }];
        waking = advance(step({ connections: [2], batches }));
        await moment();
      });
      expect((await recovery)?.inDoubt).toBe(1);
      expect(await waking).toMatchObject({ alive: false, next: [] });
      expect(await inFlight(db)).toEqual([]);
      expect(await ledger(db, editionId)).toMatchObject({ states: { queued: 3 }, inDoubt: 1 });
    },
  );

  test('a living sender is never taken over', async () => {
    const { db, context, step, advance } = await claimed(3);
    await advance(step({}));
    expect(await recoverSenders(context)).toEqual({ senders: 0, inDoubt: 0 });
    expect(await inFlight(db)).toHaveLength(2);
  });

  test('a batch is closed only when nobody in it is queued, and only one sender can claim it', async () => {
    const { db, batchId, epoch, senderId, step, advance } = await claimed(2);
    expect(await claimBatch(db, batchId, senderId, SLOT)).toBeNull();
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
