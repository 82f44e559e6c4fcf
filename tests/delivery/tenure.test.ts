import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { claimBatch, dueBatches } from '../../src/delivery/batches.ts';
import type { Compose } from '../../src/delivery/composing.ts';
import { claimNotices } from '../../src/delivery/notices.ts';
import { recoverSenders } from '../../src/delivery/recovery.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { LEASE } from '../../src/delivery/senders.ts';
import { Tenure } from '../../src/delivery/tenure.ts';
import { pause, resume } from '../../src/editions/life.ts';
import { queueNotice } from '../../src/notices/notice.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const ALERT = { problem: 'relay', subject: 'The relay is away', text: 'Since 06:58.', over: false };

const soon = <Value>(probe: () => Value) => expect.poll(probe, { interval: 5, timeout: 15_000 });

onEachDatabase((database) => {
  async function newsroom(readers: number) {
    const { db } = await database.create();
    const sink = await startSink();
    const env = { SMTP_RATE: '100000', STOP_SECONDS: '5' };
    const context = testContext(db, { now: () => SLOT, env });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers));
    await freezeAudience(context, editionId);
    onTestFinished(() => sink[Symbol.asyncDispose]());
    const send = async (connections: number) => {
      const timing = { pollEvery: 20, restFor: 30, renewEvery: 60, goodFor: 2_000 };
      const sender = await startSender(context, nodemailerRelay(sink.url, { connections }), {
        timing,
        compose,
      });
      onTestFinished(() => sender.stop());
      return sender;
    };
    return { db, context, sink, newsletterId, editionId, send };
  }

  test('what was claimed and is not known of, since the answer was lost, is free when the lease is renewed', async () => {
    const { db, newsletterId } = await newsroom(3);
    const evening = await openNewsroom(db, { slug: 'evening' });
    await addReaders(db, evening.newsletterId, [{ email: 'e@example.org' }]);
    await freezeAudience({ db, now: () => SLOT }, evening.editionId);
    for (const n of [1, 2]) await queueNotice(db, 'alert', `n${n}@ops.example`, ALERT, SLOT);
    const tenure = await Tenure.begin(db, LEASE);
    const [one, two] = await dueBatches(db, SLOT, { served: [], closedLanes: [] });
    await tenure.claimBatch(one?.batchId as number, SLOT);
    await tenure.claimNotices(1, SLOT);
    // These answers never came.
    expect(await claimBatch(db, two?.batchId as number, tenure.id, SLOT)).not.toBeNull();
    expect(await claimNotices(db, tenure.id, 1, SLOT)).toHaveLength(1);

    expect(await tenure.renew()).toBe(true);
    const batches = await db
      .selectFrom('batches')
      .select(['state', 'sender_id', 'epoch'])
      .orderBy('id')
      .execute();
    expect(batches).toEqual([
      { state: 'claimed', sender_id: tenure.id, epoch: 1 },
      { state: 'open', sender_id: null, epoch: 2 },
    ]);
    const notices = await db.selectFrom('notices').select('sender_id').orderBy('id').execute();
    expect(notices).toEqual([{ sender_id: tenure.id }, { sender_id: null }]);
    expect(tenure.batches.served()).toEqual([{ newsletterId, lane: 'other' }]);
  });

  test('a sender that lost its lease with messages out takes its own batch over, and their late answers harm nothing', async () => {
    const { db, context, sink, editionId, send } = await newsroom(60);
    let asked = 0;
    sink.script.dot = () => (++asked <= 2 ? { after: 400 } : undefined);
    await send(3);
    await soon(() => asked).toBeGreaterThan(5);
    await db.updateTable('senders').set({ lease_until: 0 }).execute();
    await recoverSenders(context);
    await soon(() => stateOf(context, editionId)).toBe('sent');
    const { states, inDoubt } = await ledger(db, editionId);
    expect(states).toEqual({ sent: 60 });
    expect(inDoubt).toBeLessThanOrEqual(3);
    expect(sink.taken.size).toBe(60);
    expect([...sink.taken.values()].filter((copies) => copies > 1).length).toBeLessThanOrEqual(inDoubt);
    expect(await db.selectFrom('in_flight').selectAll().execute()).toEqual([]);
  });

  const onPostgres = database.kind === 'postgres' ? test : () => {};

  onPostgres('the lease is renewed while taking over from somebody else has to wait', async () => {
    const { db, context, editionId, send } = await newsroom(3);
    const [batch] = await dueBatches(db, SLOT, { served: [], closedLanes: [] });
    const dead = await Tenure.begin(db, LEASE);
    await dead.claimBatch(batch?.batchId as number, SLOT);
    await send(1);
    const leaseEnd = async () => {
      const rows = await db.selectFrom('senders').select(['id', 'lease_until']).execute();
      return rows.find(({ id }) => id !== dead.id)?.lease_until as number;
    };
    await db.transaction().execute(async (tx) => {
      await tx.updateTable('batches').set({ lane: 'other' }).execute();
      await db.updateTable('senders').set({ lease_until: 0 }).where('id', '=', dead.id).execute();
      // Recovery is begun, and waits for the batch.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const then = await leaseEnd();
      await soon(leaseEnd).toBeGreaterThan(then + 100);
    });
    await soon(() => db.selectFrom('senders').select('id').where('id', '=', dead.id).execute()).toEqual([]);
    await soon(() => stateOf(context, editionId)).toBe('sent');
  });

  const onSqlite = database.kind === 'sqlite' ? test : () => {};

  onSqlite('readers whose batch could not be given back get their copy all the same', async () => {
    const { db, context, sink, editionId, send } = await newsroom(20);
    sink.script.dot = () => ({ after: 5 });
    await send(2);
    await soon(() => sink.taken.size).toBeGreaterThan(3);
    // The disk is full for a while.
    await sql`create trigger full before update of state on batches when new.state = 'open'
      begin select raise(abort, 'disk full'); end`.execute(db);
    await pause(db, editionId, 'person', null, 'Mai', SLOT);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await db.selectFrom('batches').select('state').execute()).toEqual([{ state: 'claimed' }]);
    await sql`drop trigger full`.execute(db);
    await resume(db, editionId, 'Mai', SLOT);
    await soon(() => stateOf(context, editionId)).toBe('sent');
    expect([...sink.taken.values()].every((copies) => copies === 1)).toBe(true);
  });

  onSqlite(
    'a relay that answers no message has few of them, then the edition waits for a person',
    async () => {
      const { db, context, sink, editionId, send } = await newsroom(300);
      sink.script.dot = () => ({ drop: true, keep: true });
      const sender = await send(5);
      await soon(() => stateOf(context, editionId)).toBe('paused');
      await sender.idle();
      expect(sink.messages.length).toBeLessThanOrEqual(5 + 4);
      const { paused_reason, state_note } = await db
        .selectFrom('editions')
        .select(['paused_reason', 'state_note'])
        .executeTakeFirstOrThrow();
      expect(paused_reason).toBe('relay');
      expect(state_note).toMatch(/^127\.0\.0\.1:\d+ took 5 messages in a row without an answer: ./);
      delete sink.script.dot;
      await resume(db, editionId, 'Mai', SLOT);
      await soon(() => stateOf(context, editionId)).toBe('sent');
      expect((await ledger(db, editionId)).states).toEqual({ sent: 300 });
    },
  );
});

/** The text of the message does not matter here. */
const compose: Compose = async () => ({
  forRecipient: ({ email }) => ({
    envelope: { from: 'digest@news.example', to: email },
    raw: Buffer.from('Subject: x\r\n\r\nx\r\n'),
  }),
});
