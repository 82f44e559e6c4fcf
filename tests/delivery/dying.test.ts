import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { type Sink, startSink } from '../setup/smtp-sink.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const READERS = 300;
const CONNECTIONS = 4;

onEachDatabase((database) => {
  async function newsroom(): Promise<{
    db: Db;
    sink: Sink;
    editionId: number;
    start: (lease: number) => ChildProcess;
  }> {
    const { db, url } = await database.create();
    const sink = await startSink({ dot: () => ({ after: 2 }) });
    onTestFinished(() => sink[Symbol.asyncDispose]());
    const context = testContext(db, { now: () => SLOT });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(READERS));
    await freezeAudience(context, editionId);
    return {
      db,
      sink,
      editionId,
      start: (lease) => {
        const script = join(import.meta.dirname, 'sending-process.ts');
        const child = spawn(process.execPath, [script, url, sink.url, String(lease)], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        onTestFinished(async () => {
          if (child.exitCode === null && child.signalCode === null) {
            child.kill('SIGKILL');
            await once(child, 'exit');
          }
        });
        return child;
      },
    };
  }

  async function reach(sink: Sink, messages: number): Promise<void> {
    const total = () => [...sink.taken.values()].reduce((sum, count) => sum + count, 0);
    await expect.poll(total, { interval: 2, timeout: 15_000 }).toBeGreaterThanOrEqual(messages);
  }

  test('killed three times and stopped once, it finishes with nobody lost, and doubles only of what was in doubt', async () => {
    const { db, sink, editionId, start } = await newsroom();
    const kills = [20, 90, 160];
    for (const after of kills) {
      const child = start(500);
      await reach(sink, after);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const stopped = start(500);
    await reach(sink, 220);
    stopped.kill('SIGTERM');
    expect(await once(stopped, 'exit')).toEqual([0, null]);
    expect(await db.selectFrom('senders').selectAll().execute()).toEqual([]);
    expect(await db.selectFrom('in_flight').selectAll().execute()).toEqual([]);

    const last = start(500);
    await expect.poll(() => stateOf({ db }, editionId), { timeout: 15_000 }).toBe('sent');
    last.kill('SIGTERM');
    expect(await once(last, 'exit')).toEqual([0, null]);

    const rows = await db
      .selectFrom('deliveries')
      .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
      .select(['email', 'deliveries.state', 'in_doubt', 'tries'])
      .execute();
    expect(rows).toHaveLength(READERS);
    let doubles = 0;
    for (const { email, state, in_doubt } of rows) {
      const copies = sink.taken.get(email) ?? 0;
      doubles += Math.max(0, copies - 1);
      // Whoever got two was in doubt; nobody is said to have it who has not. Twice in doubt is left to a person.
      expect(copies).toBeLessThanOrEqual(1 + in_doubt);
      expect(state).toBe(in_doubt > 1 ? 'unknown' : 'sent');
      if (state === 'sent') expect(copies).toBeGreaterThan(0);
    }
    const { inDoubt } = await ledger(db, editionId);
    expect(doubles).toBeLessThanOrEqual(inDoubt);
    expect(inDoubt).toBeGreaterThan(0);
    expect(inDoubt).toBeLessThanOrEqual(kills.length * CONNECTIONS);
  }, 40_000);

  test('stopped in its tracks for longer than its lease, it does not send what others took over', async () => {
    const { db, sink, editionId, start } = await newsroom();
    // Long enough for a busy machine: nobody but the sleeper is to be taken for dead.
    const lease = 1_500;
    const sleeper = start(lease);
    await reach(sink, 40);
    sleeper.kill('SIGSTOP');
    const other = start(lease);
    await reach(sink, 150);
    sleeper.kill('SIGCONT');
    await expect.poll(() => stateOf({ db }, editionId), { timeout: 15_000 }).toBe('sent');
    for (const child of [sleeper, other]) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    expect(sink.taken.size).toBe(READERS);
    const doubles = [...sink.taken.values()].reduce((sum, copies) => sum + copies - 1, 0);
    const { states, inDoubt } = await ledger(db, editionId);
    expect(doubles).toBeLessThanOrEqual(CONNECTIONS);
    expect(inDoubt).toBeLessThanOrEqual(CONNECTIONS);
    expect(states).toEqual({ sent: READERS });
  }, 40_000);
});
