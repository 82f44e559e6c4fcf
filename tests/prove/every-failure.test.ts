import { expect, onTestFinished, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import type { Compose } from '../../src/delivery/composing.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from '../delivery/newsroom.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { failingDatabase } from '../setup/failing-database.ts';
import { type Script, type Sink, startSink } from '../setup/smtp-sink.ts';

const READERS = 3;
/** So many databases are worked on at once: failures cost waiting, not work. */
const LANES = 8;
const TIMING = { pollEvery: 10, renewEvery: 60, goodFor: 3_000, restFor: 5 };

/** The text of the message does not matter here. */
const compose: Compose = async (_edition, revision) => ({
  forRecipient: ({ email, deliveryToken }) => ({
    envelope: { from: 'digest@news.example', to: email },
    raw: Buffer.from(`Message-ID: <${deliveryToken}@news.example>\r\n\r\nRevision ${revision}\r\n`),
  }),
});

onEachDatabase((database) => {
  // Where there is no wire, no answer is lost on it.
  const moments = database.kind === 'sqlite' ? (['before'] as const) : (['before', 'after'] as const);
  for (const moment of moments) {
    const how = moment === 'before' ? 'does not reach the database' : 'is done and not answered';

    test(`whichever statement ${how}, each reader gets one copy and the ledger adds up`, async () => {
      let last = 0;
      await inLanes(async (lane) => {
        const { db, url } = await database.create();
        const sink = await openSink();
        const { editionId } = await newsroom(db);
        const failing = failingDatabase(url);
        onTestFinished(() => failing.db.destroy());
        for (let nth = lane + 1; ; nth += LANES) {
          await startOver(db, sink);
          failing.fail(nth, moment);
          await sendAll(failing.db, sink, editionId, db);
          const at = `statement ${nth}`;
          expect(await ledger(db, editionId), at).toMatchObject({ states: { sent: READERS }, inDoubt: 0 });
          expect([...sink.taken.values()], at).toEqual(Array(READERS).fill(1));
          expect(await db.selectFrom('in_flight').selectAll().execute(), at).toEqual([]);
          if (!failing.struck()) break;
          last = Math.max(last, nth);
        }
      });
      // It was no short run that was over before anything failed.
      expect(last).toBeGreaterThan(40);
    }, 60_000);
  }

  if (database.kind === 'postgres') return;

  for (const [name, answer] of [
    ['a broken line', { drop: true }],
    ['421', '421 4.3.2 Service shutting down'],
    ['nonsense', 'Hello?'],
  ] as const) {
    test(`whichever reply is ${name}, nobody is lost, and a second copy had been in doubt`, async () => {
      let last = 0;
      let doubts = 0;
      await inLanes(async (lane) => {
        const { db } = await database.create();
        const { editionId } = await newsroom(db);
        for (let nth = lane + 1; ; nth += LANES) {
          let asked = 0;
          const sink = await openSink(everyReply(() => (++asked === nth ? answer : undefined)));
          await startOver(db, sink);
          await sendAll(db, sink, editionId, db);
          const at = `reply ${nth}`;
          const { states, inDoubt } = await ledger(db, editionId);
          expect(states, at).toEqual({ sent: READERS });
          expect(sink.taken.size, at).toBe(READERS);
          expect(inDoubt, at).toBeLessThanOrEqual(1);
          const copies = [...sink.taken.values()].reduce((sum, each) => sum + each, 0);
          expect(copies, at).toBeLessThanOrEqual(READERS + inDoubt);
          doubts += inDoubt;
          if (asked < nth) break;
          last = Math.max(last, nth);
        }
      });
      expect(last).toBeGreaterThan(4 * READERS);
      // At the dot, and only there, nobody can know.
      expect(doubts).toBe(name === '421' ? 0 : READERS);
    }, 60_000);
  }
});

async function inLanes(work: (lane: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: LANES }, (_, lane) => work(lane)));
}

async function openSink(script: Script = {}): Promise<Sink> {
  const sink = await startSink(script, { keep: false });
  onTestFinished(() => sink[Symbol.asyncDispose]());
  return sink;
}

/** A script that asks `answer` for each reply. */
function everyReply(answer: () => string | { drop: true } | undefined): Script {
  return { greeting: answer, ehlo: answer, mail: answer, rcpt: answer, data: answer, dot: answer };
}

async function newsroom(db: Db): Promise<{ editionId: number }> {
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, ordinaryReaders(READERS));
  return { editionId };
}

/** As it was before the edition was frozen. */
async function startOver(db: Db, sink: Sink): Promise<void> {
  sink.taken.clear();
  for (const table of ['deliveries', 'batches', 'in_flight', 'senders', 'places', 'paces', 'lanes'] as const)
    await db.deleteFrom(table).execute();
  await db
    .updateTable('editions')
    .set({ state: 'approved', frozen_to: null, frozen_at_id: 0, frozen_revision: null, sending_at: null })
    .execute();
}

/** Freezes and sends, beginning anew what the failure ended, as the clock and a service manager do. */
async function sendAll(db: Db, sink: Sink, editionId: number, seen: Db): Promise<void> {
  const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100000', STOP_SECONDS: '5' } });
  await onceMore(() => freezeAudience(context, editionId));
  const relay = () => nodemailerRelay(sink.url, { connections: 2 });
  const sender = await onceMore(() => startSender(context, relay(), { compose, timing: TIMING }));
  try {
    await expect.poll(() => stateOf({ db: seen }, editionId), { interval: 5, timeout: 20_000 }).toBe('sent');
  } finally {
    await sender.stop();
  }
}

function onceMore<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch(work);
}
