import { expect, onTestFinished, test } from 'vitest';
import { run as age } from '../../jobs/age-deliveries.ts';
import { run } from '../../jobs/retry-deliveries.ts';
import type { Db } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { rebatch } from '../../src/delivery/rebatch.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { deliveryReport } from '../../src/delivery/report.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { type Script, startSink } from '../setup/smtp-sink.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const QUICK = { pollEvery: 20, restFor: 30, renewEvery: 100, goodFor: 2_000 };
const { signal } = new AbortController();

/** Machines are slow at times: what must come may take its time. */
const soon = <Value>(probe: () => Value) => expect.poll(probe, { interval: 5, timeout: 15_000 });

onEachDatabase((database) => {
  async function newsroom(
    readers: number,
    script: Script = {},
    before: (db: Db) => Promise<void> = async () => {},
  ) {
    const { db } = await database.create();
    const sink = await startSink(script);
    let now = SLOT;
    const context = testContext(db, { now: () => now, env: { SMTP_RATE: '100000' } });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers, { lanes: ['gmail', 'other'] }));
    await freezeAudience(context, editionId);
    await before(db);
    const relay = nodemailerRelay(sink.url, { connections: 3 });
    const sender = await startSender(context, relay, { timing: QUICK, random: () => 0.5 });
    onTestFinished(async () => {
      await sender.stop();
      await sink[Symbol.asyncDispose]();
    });
    const minutesLater = (minutes: number) => {
      now = SLOT.add({ minutes });
    };
    return { db, context, sink, sender, editionId, minutesLater };
  }

  test('a greylisted reader is tried after 5, 15 and 45 minutes, with the same Message-ID and Date', async () => {
    const asked: number[] = [];
    let minutes = 0;
    const { db, context, sink, sender, editionId, minutesLater } = await newsroom(4, {
      rcpt: (to) => {
        if (to !== 'r1@example.org') return undefined;
        asked.push(minutes);
        return asked.length < 4 ? '450 4.2.0 Greylisted' : undefined;
      },
    });
    for (minutes of [0, 4, 5, 19, 20, 64, 65]) {
      minutesLater(minutes);
      await run(context, signal);
      await sender.idle();
    }
    expect(asked).toEqual([0, 5, 20, 65]);
    expect((await ledger(db, editionId)).states).toEqual({ sent: 4 });
    const row = await db
      .selectFrom('deliveries')
      .selectAll()
      .where('tries', '=', 4)
      .executeTakeFirstOrThrow();
    const message = sink.messages.find(({ to }) => to === 'r1@example.org')?.raw.toString() ?? '';
    expect(message).toContain(row.token);
    expect(message).toContain('Date: Tue, 24 Nov 2026 07:00:00 +0000');
    expect(await stateOf(context, editionId)).toBe('sent');
  });

  test('what was put off comes back in batches of its edition and lane, and not while it is paused', async () => {
    const { db, context, sink, sender, editionId, minutesLater } = await newsroom(30, {
      rcpt: () => '451 4.3.0 Busy',
    });
    await sender.idle();
    expect((await ledger(db, editionId)).states).toEqual({ deferred: 30 });
    minutesLater(6);
    await db.updateTable('editions').set({ state: 'paused' }).execute();
    await run(context, signal);
    expect((await ledger(db, editionId)).states).toEqual({ deferred: 30 });
    await db.updateTable('editions').set({ state: 'sending' }).execute();
    delete sink.script.rcpt;
    await Promise.all([run(context, signal), run(context, signal)]);
    await sender.idle();
    expect((await ledger(db, editionId)).states).toEqual({ sent: 30 });
    const lanes = await db
      .selectFrom('deliveries')
      .innerJoin('batches', 'batches.id', 'deliveries.batch_id')
      .select(['deliveries.lane', 'batches.lane as batchLane', 'batches.id'])
      .distinct()
      .execute();
    expect(lanes).toHaveLength(2);
    expect(lanes.every(({ lane, batchLane }) => lane === batchLane)).toBe(true);
    expect([...sink.taken.values()].every((copies) => copies === 1)).toBe(true);
  });

  test('a clock that is ahead for a moment keeps nobody waiting for it to come true', async () => {
    const { db, context, sink, sender, editionId, minutesLater } = await newsroom(4, {
      rcpt: () => '451 4.7.1 Greylisted',
    });
    await sender.idle();
    minutesLater(26 * 60);
    await db.transaction().execute(async (tx) => {
      // Nobody claims while the clock is wrong.
      const due = await tx.selectFrom('deliveries').select(['id', 'edition_id', 'lane', 'due_at']).execute();
      await rebatch(tx, due, context.now(), 'deferred');
      minutesLater(20);
    });
    delete sink.script.rcpt;
    await sender.idle();
    expect((await ledger(db, editionId)).states).toEqual({ sent: 4 });
  });

  test('what is still open twelve hours later expires, and the edition ends', async () => {
    const { db, context, sender, editionId, minutesLater } = await newsroom(10, {
      rcpt: (to) => (to < 'r3' ? '452 4.2.2 Full' : undefined),
    });
    await sender.idle();
    minutesLater(12 * 60 - 1);
    await age(context, signal);
    await run(context, signal);
    await sender.idle();
    expect((await ledger(db, editionId)).states).toMatchObject({ deferred: 3 });
    minutesLater(12 * 60);
    await age(context, signal);
    await run(context, signal);
    await soon(() => stateOf(context, editionId)).toBe('sent');
    const report = await deliveryReport(db, editionId);
    expect(report).toMatchObject({ audience: 10, sent: { total: 7 }, expired: 3, open: { total: 0 } });
  });

  test('in a storm of "no such user" nobody is suppressed who was not gone before', async () => {
    // Under the number that pauses an edition on the way.
    const storm = {
      rcpt: (to: string) => (/^r(\d|1\d|2[0-4])@/.test(to) ? '550 5.1.1 No such user' : undefined),
    };
    const { db, context, sender, editionId } = await newsroom(60, storm, async (tx) => {
      const earlier = await openNewsroom(tx, { slug: 'evening' });
      const { subscriber_id } = await tx
        .selectFrom('deliveries')
        .select('subscriber_id')
        .orderBy('id')
        .executeTakeFirstOrThrow();
      const refused = { edition_id: earlier.editionId, subscriber_id, kind: 'gone', came: 'reply' } as const;
      await tx
        .insertInto('refusals')
        .values({ ...refused, delivery_id: 1, at: SLOT.subtract({ hours: 24 }).epochMilliseconds })
        .execute();
    });
    await sender.idle();
    expect(await ledger(db, editionId)).toMatchObject({
      states: { sent: 36, refused: 24 },
      reasons: { gone: 24 },
    });
    await soon(() => stateOf(context, editionId)).toBe('sent');
    const suppressed = await db.selectFrom('suppressions').select(['address_key', 'reason']).execute();
    expect(suppressed).toEqual([{ address_key: 'key of r1@example.org', reason: 'gone' }]);
  });

  test('a few that are gone are suppressed at once', async () => {
    const { db, context, sender, editionId } = await newsroom(20, {
      rcpt: (to) => (to === 'r2@example.org' ? '550 5.1.1 No such user' : undefined),
    });
    await sender.idle();
    await soon(() => stateOf(context, editionId)).toBe('sent');
    const suppressed = await db.selectFrom('suppressions').select(['address_key', 'reason', 'at']).execute();
    expect(suppressed).toEqual([
      { address_key: 'key of r2@example.org', reason: 'gone', at: SLOT.epochMilliseconds },
    ]);
  });
});
