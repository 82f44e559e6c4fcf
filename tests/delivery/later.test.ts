import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../jobs/retry-deliveries.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { deliveryReport } from '../../src/delivery/report.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const QUICK = { pollEvery: 20, restFor: 30, renewEvery: 100, goodFor: 2_000 };
const { signal } = new AbortController();

onEachDatabase((database) => {
  async function newsroom(readers: number) {
    const { db } = await database.create();
    const sink = await startSink();
    let now = SLOT;
    const context = testContext(db, { now: () => now, env: { SMTP_RATE: '100000' } });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers, { lanes: ['gmail', 'other'] }));
    await freezeAudience(context, editionId);
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
    const { db, context, sink, sender, editionId, minutesLater } = await newsroom(4);
    const asked: string[] = [];
    sink.script.rcpt = (to) => {
      if (to !== 'r1@example.org') return undefined;
      asked.push(context.now().toString());
      return asked.length < 4 ? '450 4.2.0 Greylisted' : undefined;
    };
    for (const minutes of [0, 4, 5, 19, 20, 64, 65]) {
      minutesLater(minutes);
      await run(context, signal);
      await sender.idle();
    }
    const minutes = asked.map((at) => SLOT.until(Temporal.Instant.from(at)).total('minutes'));
    expect(minutes).toEqual([0, 5, 20, 65]);
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
    const { db, context, sink, sender, editionId, minutesLater } = await newsroom(30);
    sink.script.rcpt = () => '451 4.3.0 Busy';
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

  test('what is still open twelve hours later expires, and the edition ends', async () => {
    const { db, context, sink, sender, editionId, minutesLater } = await newsroom(10);
    sink.script.rcpt = (to) => (to < 'r3' ? '452 4.2.2 Full' : undefined);
    await sender.idle();
    minutesLater(12 * 60 - 1);
    await run(context, signal);
    await sender.idle();
    expect((await ledger(db, editionId)).states).toMatchObject({ deferred: 3 });
    minutesLater(12 * 60);
    await run(context, signal);
    await expect.poll(() => stateOf(context, editionId)).toBe('sent');
    const report = await deliveryReport(db, editionId);
    expect(report).toMatchObject({ audience: 10, sent: { total: 7 }, expired: 3, open: { total: 0 } });
  });

  test('in a storm of "no such user" nobody is suppressed who was not gone before', async () => {
    const { db, context, sink, sender, editionId } = await newsroom(60);
    const first = await db.selectFrom('deliveries').selectAll().limit(1).executeTakeFirstOrThrow();
    const { id: _id, token: _token, ...values } = first;
    const [other] = await db
      .insertInto('editions')
      .columns([
        'newsletter_id',
        'kind',
        'slot_at',
        'name',
        'state',
        'state_at',
        'window_from',
        'window_to',
        'created_at',
      ])
      .expression(
        (eb) =>
          eb
            .selectFrom('editions')
            .select(
              (e) =>
                [
                  'newsletter_id',
                  e.val('special').as('kind'),
                  'slot_at',
                  e.val('before').as('name'),
                ] as const,
            )
            .select(
              (e) =>
                [e.val('sent').as('state'), 'state_at', 'window_from', 'window_to', 'created_at'] as const,
            )
            .where('id', '=', editionId) as never,
      )
      .returning('id')
      .execute();
    await db
      .insertInto('deliveries')
      .values({
        ...values,
        edition_id: other?.id as number,
        token: 'before',
        state: 'refused',
        reason: 'gone',
        batch_id: null,
      })
      .execute();
    sink.script.rcpt = () => '550 5.1.1 No such user';
    await sender.idle();
    expect(await ledger(db, editionId)).toMatchObject({ states: { refused: 60 }, reasons: { gone: 60 } });
    await expect.poll(() => stateOf(context, editionId)).toBe('sent');
    const suppressed = await db.selectFrom('suppressions').select(['address_key', 'reason']).execute();
    expect(suppressed).toEqual([{ address_key: 'key of r1@example.org', reason: 'gone' }]);
  });
});
