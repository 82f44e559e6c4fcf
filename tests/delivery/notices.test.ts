import { expect, onTestFinished, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { sendNotice } from '../../src/delivery/notices.ts';
import { recoverSenders } from '../../src/delivery/recovery.ts';
import type { Relay } from '../../src/delivery/relay.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { LEASE } from '../../src/delivery/senders.ts';
import { Tenure } from '../../src/delivery/tenure.ts';
import { queueNotice } from '../../src/notices/notice.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { type Script, startSink } from '../setup/smtp-sink.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

const QUICK = { pollEvery: 20, restFor: 30, renewEvery: 100, goodFor: 2_000 };
const ALERT = { problem: 'relay', subject: 'The relay is away', text: 'Since 06:58.', over: false };

onEachDatabase((database) => {
  async function office(script: Script = {}) {
    const { db } = await database.create();
    const sink = await startSink(script);
    let now = SLOT;
    const context = testContext(db, { now: () => now, env: { SMTP_RATE: '100000' } });
    const room = await openNewsroom(db);
    onTestFinished(() => sink[Symbol.asyncDispose]());
    return {
      db,
      context,
      sink,
      ...room,
      at: (instant: Temporal.Instant) => {
        now = instant;
      },
      start: async (connections = 2) => {
        const relay = nodemailerRelay(sink.url, { connections });
        const sender = await startSender(context, relay, { timing: QUICK, random: () => 0.5 });
        onTestFinished(() => sender.stop());
        return sender;
      },
    };
  }

  test('notices leave before the edition', async () => {
    const { db, context, sink, newsletterId, editionId, start } = await office();
    await addReaders(db, newsletterId, ordinaryReaders(20));
    await freezeAudience(context, editionId);
    for (const to of ['a@ops.example', 'b@ops.example', 'c@ops.example']) {
      await queueNotice(db, 'alert', to, ALERT, SLOT);
    }
    const sender = await start(1);
    await sender.idle();
    expect(sink.messages).toHaveLength(23);
    const places = sink.messages.flatMap(({ to }, place) => (to.endsWith('ops.example') ? [place] : []));
    expect(places).toEqual([0, 1, 2]);
    expect(await db.selectFrom('notices').select(['state', 'tries']).distinct().execute()).toEqual([
      { state: 'sent', tries: 1 },
    ]);
  });

  test('two senders never send the same one', async () => {
    const { db, sink, start } = await office();
    for (let n = 1; n <= 40; n++) await queueNotice(db, 'alert', `n${n}@ops.example`, ALERT, SLOT);
    const senders = await Promise.all([start(), start()]);
    await Promise.all(senders.map((sender) => sender.idle()));
    expect(sink.taken.size).toBe(40);
    expect([...sink.taken.values()].every((copies) => copies === 1)).toBe(true);
  });

  test('later, refused, expired: each by its answer', async () => {
    const { db, sink, start, at } = await office({
      rcpt: (to) =>
        to.startsWith('gone') ? '550 5.1.1 No' : to.startsWith('busy') ? '450 4.2.1 Busy' : undefined,
    });
    for (const to of ['gone@ops.example', 'busy@ops.example', 'fine@ops.example']) {
      await queueNotice(db, 'alert', to, ALERT, SLOT);
    }
    await queueNotice(db, 'alert', 'old@ops.example', ALERT, SLOT.subtract({ hours: 25 }));
    const sender = await start();
    await sender.idle();
    const states = async () =>
      (
        await db
          .selectFrom('notices')
          .select(['to_address', 'state', 'due_at', 'tries'])
          .orderBy('id')
          .execute()
      ).map(
        (row) =>
          `${row.to_address.split('@')[0]} ${row.state} ${row.tries} ${row.due_at - SLOT.epochMilliseconds}`,
      );
    expect(await states()).toEqual([
      'gone refused 1 0',
      'busy queued 1 300000',
      'fine sent 1 0',
      `old expired 0 ${-25 * 3_600_000}`,
    ]);
    delete sink.script.rcpt;
    at(SLOT.add({ minutes: 5 }));
    await sender.idle();
    expect((await states())[1]).toBe('busy sent 2 300000');
  });

  test('one that a dead sender had claimed is sent by another', async () => {
    const { db, context, sink, start } = await office();
    await queueNotice(db, 'alert', 'a@ops.example', ALERT, SLOT);
    await db.insertInto('senders').values({ host: 'gone', pid: 1, started_at: 0, lease_until: 0 }).execute();
    const { id } = await db.selectFrom('senders').select('id').executeTakeFirstOrThrow();
    await db.updateTable('notices').set({ sender_id: id }).execute();
    await recoverSenders(context);
    const sender = await start();
    await sender.idle();
    expect(sink.taken.get('a@ops.example')).toBe(1);
  });

  test('one that was taken over from a sender that slept goes out once', async () => {
    const { db, context, sink } = await office();
    for (const n of [1, 2, 3]) await queueNotice(db, 'alert', `n${n}@ops.example`, ALERT, SLOT);
    await using relay = nodemailerRelay(sink.url);
    const sleeper = await Tenure.begin(db, LEASE);
    await sleeper.claimNotices(10, SLOT);
    await db.updateTable('senders').set({ lease_until: 0 }).execute();
    await recoverSenders(context);
    const other = await Tenure.begin(db, LEASE);
    await other.claimNotices(10, SLOT);
    for (const tenure of [sleeper, other, sleeper]) {
      const notice = tenure.notices.depart();
      if (notice !== undefined) await sendNotice(context, relay, tenure.id, notice, 0.5);
    }
    expect(sink.messages.map(({ to }) => to)).toEqual(['n1@ops.example']);
    expect(await sleeper.renew()).toBe(false);
    expect(sleeper.notices.waiting).toBe(0);
    await sleeper.claimNotices(10, SLOT);
    expect(sleeper.notices.waiting).toBe(0);
  });

  test('of one that the relay refuses late, the sender that holds it decides; that it was taken is a fact', async () => {
    const { db, context, sink } = await office({ dot: () => '554 5.7.1 No' });
    await queueNotice(db, 'alert', 'a@ops.example', ALERT, SLOT);
    const relay = nodemailerRelay(sink.url);
    onTestFinished(() => relay[Symbol.asyncDispose]());
    const sleepy: Relay = {
      ...relay,
      send: async (envelope, raw) => {
        const outcome = await relay.send(envelope, raw);
        await db.updateTable('senders').set({ lease_until: 0 }).execute();
        await recoverSenders(context);
        return outcome;
      },
    };
    for (const state of ['queued', 'sent']) {
      const tenure = await Tenure.begin(db, LEASE);
      await tenure.claimNotices(1, SLOT);
      const notice = tenure.notices.depart();
      if (notice !== undefined) await sendNotice(context, sleepy, tenure.id, notice, 0.5);
      expect(await db.selectFrom('notices').select('state').execute()).toEqual([{ state }]);
      delete sink.script.dot;
    }
  });

  test('one that cannot be made is refused with the reason, and holds nobody up', async () => {
    const { db, sink, start } = await office();
    await queueNotice(db, 'proof', 'a@ops.example', { editionId: 4711, revision: 1 }, SLOT);
    await queueNotice(db, 'alert', 'b@ops.example', ALERT, SLOT);
    const sender = await start();
    await sender.idle();
    expect(await db.selectFrom('notices').select('state').orderBy('id').execute()).toEqual([
      { state: 'refused' },
      { state: 'sent' },
    ]);
    expect(sink.messages).toHaveLength(1);
  });
});
