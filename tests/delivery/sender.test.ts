import { sql } from 'kysely';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { isPostgres } from '../../src/database/dialect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { type Sender, type SenderOptions, startSender } from '../../src/delivery/sender.ts';
import { readTrouble } from '../../src/delivery/told-trouble.ts';
import { pause, resume } from '../../src/editions/life.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { type Script, type Sink, startSink } from '../setup/smtp-sink.ts';
import { addReaders, addRevision, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const QUICK = { pollEvery: 20, restFor: 30, renewEvery: 200, goodFor: 2_000 };

/** Machines are slow at times: what must come may take its time. */
const soon = <Value>(probe: () => Value) => expect.poll(probe, { interval: 5, timeout: 15_000 });

onEachDatabase((database) => {
  /** For what does not depend on the database. */
  const once = database.kind === 'sqlite' ? test : () => {};

  interface Room {
    db: Db;
    context: Context;
    sink: Sink;
    newsletterId: number;
    editionId: number;
    send: (options?: SenderOptions & { connections?: number }) => Promise<Sender>;
    at: (instant: Temporal.Instant) => void;
  }

  async function newsroom(
    readers: number,
    { script = {}, env = {} }: { script?: Script; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Room> {
    const { db } = await database.create();
    const sink = await startSink(script);
    let now = SLOT;
    const context = testContext(db, {
      now: () => now,
      env: { SMTP_RATE: '100000', STOP_SECONDS: '5', ...env },
    });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers));
    await freezeAudience(context, editionId);
    onTestFinished(() => sink[Symbol.asyncDispose]());
    return {
      db,
      context,
      sink,
      newsletterId,
      editionId,
      at: (instant) => {
        now = instant;
      },
      send: async ({ connections = 5, ...options } = {}) => {
        const relay = nodemailerRelay(sink.url, { connections, replyTimeout: 3_000 });
        const sender = await startSender(context, relay, { timing: QUICK, random: () => 0.5, ...options });
        let stopped: Promise<void> | undefined;
        const stop = () => (stopped ??= sender.stop());
        onTestFinished(() => stop());
        return { ...sender, idle: () => sender.idle(), stop };
      },
    };
  }

  test('that no relay takes mail is told to every process, until one does', async () => {
    let away = true;
    const script = { greeting: () => (away ? '421 4.7.0 Busy, ask ada@example.org' : undefined) };
    const { db, send } = await newsroom(3, { script });
    const sender = await send();
    const told = () => readTrouble(db, SLOT);
    await soon(told).toMatchObject({ response: expect.stringContaining('421 4.7.0 Busy') });
    expect((await told())?.response).not.toContain('ada@');
    away = false;
    await sender.idle();
    await soon(told).toBeNull();
  });

  test('everybody gets the edition once, and it ends as sent', async () => {
    const { db, context, sink, editionId, send } = await newsroom(620);
    const written: number[] = [];
    const sender = await send({ onWritten: (_edition, outcome) => written.push(outcome.deliveryId) });
    await sender.idle();
    await sender.stop();
    expect(sink.taken.size).toBe(620);
    expect([...sink.taken.values()].every((count) => count === 1)).toBe(true);
    expect(await ledger(db, editionId)).toEqual({ states: { sent: 620 }, reasons: {}, inDoubt: 0 });
    expect(await stateOf(context, editionId)).toBe('sent');
    expect(new Set(written).size).toBe(620);
    expect(await leftovers(db)).toEqual({ senders: 0, inFlight: 0, openBatches: 0 });
  });

  once('each message is its reader’s own: address, Message-ID, return path and links', async () => {
    const { db, sink, send } = await newsroom(30, { env: { BOUNCE_DOMAIN: 'bounce.news.example' } });
    const sender = await send();
    await sender.idle();
    const tokens = await db
      .selectFrom('deliveries')
      .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
      .select([
        'email',
        'deliveries.token',
        'revision',
        'tries',
        'relay',
        'response',
        'sent_at',
        'first_tried_at',
      ])
      .execute();
    for (const row of tokens) {
      const message = sink.messages.find(({ to }) => to === row.email);
      expect(message?.from).toBe(`bounce+${row.token}@bounce.news.example`);
      expect(message?.raw.toString()).toContain(`To: <${row.email}>`);
      expect(message?.raw.toString()).toMatch(new RegExp(`Message-ID: <[^>]*${row.token}`));
      expect(message?.raw.toString()).toContain('Subject: Subject of revision 1');
      expect(row).toMatchObject({
        revision: 1,
        tries: 1,
        relay: `127.0.0.1:${sink.port}`,
        response: '250 2.0.0 Ok: queued',
        sent_at: SLOT.epochMilliseconds,
        first_tried_at: SLOT.epochMilliseconds,
      });
    }
  });

  test('who leaves, pauses, is suppressed or deleted while it goes out gets nothing', async () => {
    const room = await newsroom(60);
    const { db, sink, editionId, send } = room;
    let asked = 0;
    const gone = new Set(['r51@example.org', 'r52@example.org', 'r53@example.org', 'r54@example.org']);
    sink.script.dot = () => {
      if (++asked === 10) void leave();
      return asked >= 10 ? { after: 30 } : undefined;
    };
    const left = Promise.withResolvers<void>();
    async function leave(): Promise<void> {
      const id = async (email: string) =>
        (await db.selectFrom('subscribers').select('id').where('email', '=', email).executeTakeFirstOrThrow())
          .id;
      const change = async (email: string, values: object) =>
        db
          .updateTable('subscriptions')
          .set(values)
          .where('subscriber_id', '=', await id(email))
          .execute();
      await change('r51@example.org', { state: 'unsubscribed' });
      await change('r52@example.org', { state: 'paused' });
      await db
        .insertInto('suppressions')
        .values({ address_key: 'key of r53@example.org', reason: 'complaint', at: 0 })
        .execute();
      await db
        .deleteFrom('subscribers')
        .where('id', '=', await id('r54@example.org'))
        .execute();
      left.resolve();
    }
    const sender = await send({ connections: 2 });
    await left.promise;
    await sender.idle();
    for (const email of gone) expect(sink.taken.has(email)).toBe(false);
    expect(await ledger(db, editionId)).toEqual({
      states: { sent: 56, excluded: 4 },
      reasons: { left: 2, paused: 1, suppressed: 1 },
      inDoubt: 0,
    });
  });

  test('a pause stops it within what is on the wire; what is left goes out with the revision of then', async () => {
    const { db, context, sink, editionId, send } = await newsroom(200);
    sink.script.dot = () => ({ after: 5 });
    const sender = await send({ connections: 4 });
    await soon(() => sink.taken.size).toBeGreaterThan(30);
    await pause(db, editionId, 'person', 'wrong vote count', 'Jo', SLOT);
    const then = sink.taken.size;
    await sender.idle();
    expect(sink.taken.size - then).toBeLessThanOrEqual(2 * 4);
    const stopped = sink.taken.size;
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(sink.taken.size).toBe(stopped);

    await addRevision(db, editionId, 2);
    await db.updateTable('editions').set({ revision: 2 }).where('id', '=', editionId).execute();
    await resume(db, editionId, 'Jo', SLOT);
    await sender.idle();
    expect(await stateOf(context, editionId)).toBe('sent');
    expect([...sink.taken.values()].every((count) => count === 1)).toBe(true);
    const revisions = await db
      .selectFrom('deliveries')
      .select((eb) => ['revision', eb.fn.countAll<number>().as('count')])
      .groupBy('revision')
      .orderBy('revision')
      .execute();
    expect(revisions).toEqual([
      { revision: 1, count: stopped },
      { revision: 2, count: 200 - stopped },
    ]);
    expect(sink.messages.filter(({ raw }) => raw.includes('Subject of revision 2'))).toHaveLength(
      200 - stopped,
    );
  });

  test('refused and later: each by its answer, the mailbox that is gone is suppressed', async () => {
    const { db, context, sink, editionId, send } = await newsroom(40, {
      script: {
        rcpt: (to) =>
          to === 'r1@example.org'
            ? '550 5.1.1 No such user'
            : to === 'r2@example.org'
              ? '550 5.7.1 Not by our policy'
              : to === 'r3@example.org'
                ? '450 4.2.0 Greylisted'
                : undefined,
      },
    });
    const sender = await send();
    await sender.idle();
    expect(await ledger(db, editionId)).toEqual({
      states: { sent: 37, refused: 2, deferred: 1 },
      reasons: { gone: 1, policy: 1 },
      inDoubt: 0,
    });
    expect(await stateOf(context, editionId)).toBe('sending');
    const later = await db
      .selectFrom('deliveries')
      .selectAll()
      .where('state', '=', 'deferred')
      .executeTakeFirstOrThrow();
    expect(later).toMatchObject({
      batch_id: null,
      tries: 1,
      due_at: SLOT.epochMilliseconds + 5 * 60_000,
      response: '450 4.2.0 Greylisted',
    });
    expect(sink.taken.size).toBe(37);
  });

  test('no answer after the dot: once more with the same Message-ID, then a person decides', async () => {
    const { db, context, sink, editionId, send } = await newsroom(20);
    sink.script.dot = (to) =>
      to === 'r7@example.org' || (to === 'r8@example.org' && !sink.taken.has(to))
        ? { drop: true, keep: true }
        : undefined;
    const sender = await send({ connections: 3 });
    await sender.idle();
    expect(await ledger(db, editionId)).toMatchObject({ states: { sent: 19, unknown: 1 }, inDoubt: 3 });
    expect(sink.taken.get('r7@example.org')).toBe(2);
    expect(sink.taken.get('r8@example.org')).toBe(2);
    for (const to of ['r7@example.org', 'r8@example.org']) {
      const copies = sink.messages.filter((message) => message.to === to);
      expect(new Set(copies.map(({ raw }) => /Message-ID: \S+/.exec(raw.toString())?.[0])).size).toBe(1);
    }
    expect(await stateOf(context, editionId)).toBe('sent');
  });

  once('IN_DOUBT=hold leaves it to a person at once', async () => {
    const { db, sink, editionId, send } = await newsroom(10, { env: { IN_DOUBT: 'hold' } });
    sink.script.dot = (to) => (to === 'r4@example.org' ? { drop: true, keep: true } : undefined);
    const sender = await send();
    await sender.idle();
    expect(await ledger(db, editionId)).toMatchObject({ states: { sent: 9, unknown: 1 }, inDoubt: 1 });
    expect(sink.taken.get('r4@example.org')).toBe(1);
  });

  once('a relay that is away costs nobody a try, and its return is noticed', async () => {
    const { db, sink, editionId, send } = await newsroom(30);
    let answers = 0;
    sink.script.rcpt = () => (++answers < 9 ? '421 4.3.2 Going down' : undefined);
    const sender = await send({ connections: 3, timing: { ...QUICK, restFor: 1 } });
    await sender.idle();
    expect(await ledger(db, editionId)).toEqual({ states: { sent: 30 }, reasons: {}, inDoubt: 0 });
    const tries = await db.selectFrom('deliveries').select('tries').distinct().execute();
    expect(tries).toEqual([{ tries: 1 }]);
  });

  once('a relay that refuses us pauses the edition with its answer, and loses nobody', async () => {
    const { db, context, sink, editionId, send } = await newsroom(30);
    sink.script.mail = (from) => `553 5.1.8 <${from}>: Sender address rejected for "ada b"@example.org`;
    const sender = await send();
    await soon(() => stateOf(context, editionId)).toBe('paused');
    await sender.idle();
    const edition = await db
      .selectFrom('editions')
      .selectAll()
      .where('id', '=', editionId)
      .executeTakeFirstOrThrow();
    expect(edition.paused_reason).toBe('relay');
    expect(edition.state_note).toMatch(
      /: 553 5\.1\.8 <.•••@[a-z.]+>: Sender address rejected for •••@example\.org$/,
    );
    const { after } = await db
      .selectFrom('audit')
      .select('after')
      .where('what', '=', 'edition.paused')
      .executeTakeFirstOrThrow();
    expect(after, 'nor does the audit name a reader').not.toMatch(/[a-z"]@/);
    expect((await ledger(db, editionId)).states).toEqual({ queued: 30 });
    delete sink.script.mail;
    await resume(db, editionId, 'Mai', SLOT);
    await sender.idle();
    expect((await ledger(db, editionId)).states).toEqual({ sent: 30 });
  });

  once('an edition that cannot be composed is paused, and nothing of it leaves', async () => {
    const { db, context, sink, editionId, send } = await newsroom(12);
    const sender = await send({
      compose: async () => {
        throw new Error('the template has no end');
      },
    });
    await soon(() => stateOf(context, editionId)).toBe('paused');
    await sender.idle();
    expect(await db.selectFrom('editions').select('state_note').executeTakeFirst()).toEqual({
      state_note: 'It cannot be composed: the template has no end',
    });
    expect((await ledger(db, editionId)).states).toEqual({ queued: 12 });
    expect(sink.messages).toEqual([]);
  });

  once('one reader for whom no message can be made does not hold the others', async () => {
    const { db, editionId, send } = await newsroom(12);
    await db
      .updateTable('subscribers')
      .set({ email: 'r5@example.org\r\nBcc: x@y.example' })
      .where('email', '=', 'r5@example.org')
      .execute();
    const sender = await send();
    await sender.idle();
    expect(await ledger(db, editionId)).toMatchObject({
      states: { sent: 11, excluded: 1 },
      reasons: { unsendable: 1 },
    });
  });

  test('while the database is slow to write, no line sends a second message', async () => {
    const { db, sink, editionId, send } = await newsroom(300);
    const sender = await send({ connections: 4 });
    await soon(() => sink.taken.size).toBeGreaterThan(10);
    await whileNothingIsWritten(db, async () => {
      const before = sink.taken.size;
      await new Promise((resolve) => setTimeout(resolve, 250));
      // What was out on each line, and no second one.
      expect(sink.taken.size - before).toBeLessThanOrEqual(4);
    });
    await sender.idle();
    expect(await ledger(db, editionId)).toEqual({ states: { sent: 300 }, reasons: {}, inDoubt: 0 });
    expect([...sink.taken.values()].every((count) => count === 1)).toBe(true);
  });

  describe('together', () => {
    test('two senders share the work and nobody gets it twice', async () => {
      const { db, context, sink, editionId, send } = await newsroom(1100);
      const senders = await Promise.all([send(), send()]);
      await Promise.all(senders.map((sender) => sender.idle()));
      expect(sink.taken.size).toBe(1100);
      expect([...sink.taken.values()].every((count) => count === 1)).toBe(true);
      expect(await ledger(db, editionId)).toEqual({ states: { sent: 1100 }, reasons: {}, inDoubt: 0 });
      expect(await stateOf(context, editionId)).toBe('sent');
    });

    test('two senders keep one rate together', async () => {
      const { sink, send } = await newsroom(60, { env: { SMTP_RATE: '100' } });
      const times: number[] = [];
      sink.script.dot = () => {
        times.push(performance.now());
        return undefined;
      };
      const senders = await Promise.all([send(), send()]);
      await Promise.all(senders.map((sender) => sender.idle()));
      const seconds = ((times.at(-1) as number) - (times[0] as number)) / 1000;
      expect(times.length / seconds).toBeLessThan(130);
      // In no fifth of a second more than a fifth of the rate and a slice, used at its own end by a busy machine.
      for (const start of times) {
        expect(times.filter((time) => time >= start && time < start + 200).length).toBeLessThanOrEqual(
          20 + 25,
        );
      }
    });

    test('a newsletter of a few is not held up by one of many', async () => {
      const { db, context, sink, send } = await newsroom(600, { env: { SMTP_RATE: '400' } });
      const evening = await openNewsroom(db, { slug: 'evening' });
      await addReaders(
        db,
        evening.newsletterId,
        [1, 2, 3].map((n) => ({ email: `few${n}@example.org` })),
      );
      const sender = await send();
      await soon(() => sink.taken.size).toBeGreaterThan(20);
      await freezeAudience(context, evening.editionId);
      await soon(() => sink.taken.has('few3@example.org')).toBe(true);
      expect(sink.taken.size).toBeLessThan(450);
      await sender.stop();
    });
  });

  describe('stopping', () => {
    test('waits for the answers to what is out, leaves the rest, and the next one finishes it', async () => {
      const { db, context, sink, editionId, send } = await newsroom(100);
      sink.script.dot = () => ({ after: 40 });
      const sender = await send({ connections: 4 });
      await soon(() => sink.taken.size).toBeGreaterThan(10);
      await sender.stop();
      const { states, inDoubt } = await ledger(db, editionId);
      expect(states.sent).toBe(sink.taken.size);
      expect(states.queued).toBe(100 - sink.taken.size);
      expect(inDoubt).toBe(0);
      expect(await leftovers(db)).toMatchObject({ senders: 0, inFlight: 0, openBatches: 1 });

      sink.script.dot = () => undefined;
      await (await send()).idle();
      expect([...sink.taken.values()].every((count) => count === 1)).toBe(true);
      expect(await stateOf(context, editionId)).toBe('sent');
    });

    test('an answer may take longer than the lease, which is renewed until it has come', async () => {
      const { db, context, sink, editionId, send } = await newsroom(6);
      const timing = { ...QUICK, renewEvery: 80, goodFor: 400 };
      sink.script.dot = () => ({ after: 900 });
      const sender = await send({ connections: 3, timing });
      await soon(() => sink.commands.filter((line) => line === 'DATA').length).toBe(3);
      const stopped = sender.stop();
      const other = await send({ connections: 3, timing });
      await stopped;
      await other.idle();
      expect([...sink.taken.values()]).toEqual([1, 1, 1, 1, 1, 1]);
      expect(await ledger(db, editionId)).toEqual({ states: { sent: 6 }, reasons: {}, inDoubt: 0 });
      expect(await stateOf(context, editionId)).toBe('sent');
    });

    test('what has no answer by then is in doubt', async () => {
      const { db, sink, editionId, send } = await newsroom(20, { env: { STOP_SECONDS: '0' } });
      sink.script.dot = (_to) => ({ stall: true });
      const sender = await send({ connections: 3 });
      await soon(() => sink.commands.filter((line) => line === 'DATA').length).toBe(3);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await sender.stop();
      expect(await ledger(db, editionId)).toMatchObject({ states: { queued: 20 }, inDoubt: 3 });
      expect(await leftovers(db)).toMatchObject({ senders: 0, inFlight: 0 });
    });
  });

  test('a database that is another’s sends nothing', async () => {
    const { db, context, sink, editionId, send } = await newsroom(5);
    const said = vi.spyOn(context.log, 'error');
    await db
      .insertInto('settings')
      .values([{ name: 'public_url', value: 'https://production.example' }])
      .execute();
    const sender = await send();
    await soon(() => said.mock.calls.flat().join()).toContain('https://production.example');
    // Another look finds nothing else.
    await new Promise((resolve) => setTimeout(resolve, 2 * QUICK.pollEvery));
    await sender.stop();
    expect(said).toHaveBeenCalledOnce();
    expect(sink.messages).toEqual([]);
    expect((await ledger(db, editionId)).states).toEqual({ queued: 5 });
  });
});

/** Keeps whoever wants to write waiting, as a slow disk does. */
async function whileNothingIsWritten(db: Db, work: () => Promise<void>): Promise<void> {
  if (!isPostgres(db)) return db.connection().execute(work);
  await db.transaction().execute(async (tx) => {
    await sql`lock table in_flight in exclusive mode`.execute(tx);
    await work();
  });
}

async function leftovers(db: Db): Promise<{ senders: number; inFlight: number; openBatches: number }> {
  const senders = await db.selectFrom('senders').selectAll().execute();
  const inFlight = await db.selectFrom('in_flight').selectAll().execute();
  const open = await db.selectFrom('batches').selectAll().where('state', '<>', 'done').execute();
  return { senders: senders.length, inFlight: inFlight.length, openBatches: open.length };
}
