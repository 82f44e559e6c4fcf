import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { postgresAdvance } from '../../src/delivery/advance/postgres.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { claimBatch, dueBatches } from '../../src/delivery/batches.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { LEASE, registerSender } from '../../src/delivery/senders.ts';
import { testContext } from '../setup/context.ts';
import { postgres } from '../setup/databases.ts';
import { silentServer } from '../setup/silent-server.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

/** A PostgreSQL that can fall silent without ending a connection, as a machine that is switched off does. */
async function newsroom(readers: number, silentAfter?: number) {
  const { url } = await postgres.create();
  const server = await silentServer(url);
  const db = connect(server.url, { poolSize: 4, ...(silentAfter === undefined ? {} : { silentAfter }) });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await db.destroy();
  });
  const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100000', STOP_SECONDS: '1' } });
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, ordinaryReaders(readers));
  await freezeAudience(context, editionId);
  return { db, context, server, editionId };
}

test('a question to a database that fell silent fails, and the next one is asked on another connection', async () => {
  const { db, server } = await newsroom(1, 300);
  const ask = () => sql`select 1`.execute(db);
  await ask();
  server.silence();
  await expect(ask()).rejects.toThrow('said nothing for 0.3 s');
  await ask();
  // Nor does a transaction that was under way come back to it.
  const lost = db.transaction().execute(async (tx) => {
    server.silence();
    await sql`select 1`.execute(tx);
  });
  await expect(lost).rejects.toThrow();
  for (let times = 0; times < 5; times++) await ask();
});

test('what takes long is not taken for silence while it says something', async () => {
  const { db } = await newsroom(1, 300);
  const slow = sql`select pg_sleep(0.1), repeat('x', 20000) from generate_series(1, 6)`;
  expect((await slow.execute(db)).rows).toHaveLength(6);
});

test('an ADVANCE without an answer is given up soon, and the same one passes on another connection', async () => {
  const { db, server } = await newsroom(3);
  const senderId = await registerSender(db, LEASE);
  const [due] = await dueBatches(db, SLOT, { served: [], closedLanes: [] });
  const claim = await claimBatch(db, due?.batchId as number, senderId, SLOT);
  const advance = postgresAdvance(db, 300);
  const batches = [{ batchId: claim?.batchId as number, epoch: claim?.epoch as number, after: 0, most: 2 }];
  const step = {
    senderId,
    ...{ now: SLOT.epochMilliseconds, outcomes: [], connections: [1, 2], batches, closing: [] },
  };
  const first = await advance(step);
  expect(first.next).toHaveLength(2);
  server.silence();
  await expect(advance(step)).rejects.toThrow('timeout');
  let again = await advance(step).catch(() => null);
  // The pool may have had more connections that are silent.
  for (let times = 0; again === null && times < 4; times++) again = await advance(step).catch(() => null);
  expect(again).toEqual(first);
});

test('a sender stops although the database is silent', async () => {
  const { context, server } = await newsroom(50);
  let out = 0;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const relay = {
    ...{ name: 'relay', connections: 2 },
    send: async () => {
      out++;
      await answered;
      return { kind: 'sent', response: '250 Ok' } as const;
    },
    [Symbol.asyncDispose]: async () => answer(),
  };
  const timing = { pollEvery: 20, renewEvery: 50, goodFor: 500, answerWithin: 150 };
  const sender = await startSender(context, relay, { timing });
  await expect.poll(() => out, { interval: 5, timeout: 5_000 }).toBe(2);
  server.vanish();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = performance.now();
  await sender.stop();
  expect(performance.now() - before).toBeLessThan(8_000);
});
