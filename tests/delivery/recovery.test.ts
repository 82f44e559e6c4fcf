import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { recoverSenders } from '../../src/delivery/recovery.ts';
import { countSenders, LEASE, registerSender, renewSender } from '../../src/delivery/senders.ts';
import { createLog } from '../../src/log.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

onEachDatabase((database) => {
  test('who is taken over from is named in the log, each with how many messages are in doubt', async () => {
    const { db } = await database.create();
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(5));
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
    const context = { ...testContext(db, { now: () => SLOT }), log: createLog('info', { destination }) };
    await freezeAudience(context, editionId);
    const people = await db.selectFrom('deliveries').select(['id', 'batch_id']).execute();
    const dead = await db
      .insertInto('senders')
      .values([
        { host: 'mail1', pid: 4711, started_at: 0, lease_until: 0 },
        { host: 'mail2', pid: 12, started_at: 0, lease_until: 0 },
      ])
      .returning('id')
      .execute();
    const out = (sender: number, connection: number, person: number) => ({
      sender_id: sender,
      connection,
      delivery_id: people[person]?.id as number,
      batch_id: people[person]?.batch_id as number,
      revision: 1,
      since: 0,
    });
    const [first, second] = dead.map(({ id }) => id) as [number, number];
    const restored = 900;
    const flying = [out(first, 0, 0), out(first, 1, 1), out(second, 0, 2), out(restored, 0, 3)];
    await db.insertInto('in_flight').values(flying).execute();

    expect(await recoverSenders(context)).toEqual({ senders: 3, inDoubt: 4 });

    const ended = 'ended without a word: what it held is taken over';
    expect(lines).toMatchObject([
      { host: 'mail1', pid: 4711, inDoubt: 2, msg: `The sender 4711 on mail1 ${ended}` },
      { host: 'mail2', pid: 12, inDoubt: 1, msg: `The sender 12 on mail2 ${ended}` },
      { host: null, pid: null, inDoubt: 1, msg: `A sender of which nothing is known ${ended}` },
    ]);
    expect(await recoverSenders(context)).toEqual({ senders: 0, inDoubt: 0 });
  });

  test('a sender whose process this machine knows to be gone is taken over at once, and only that one', async () => {
    const { db } = await database.create();
    const context = testContext(db, { now: () => SLOT });
    const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(ended, 'exit');
    const own = await registerSender(db, LEASE);
    const { id: _, ...here } = await db.selectFrom('senders').selectAll().executeTakeFirstOrThrow();
    const gone = { ...here, pid: ended.pid as number };
    const rows = [gone, { ...gone, host: 'mail2' }, { ...gone, pid_space: 'another container' }];
    const others = await db
      .insertInto('senders')
      .values([...rows, { ...gone, pid_space: null }])
      .returning('id')
      .execute();
    expect(await countSenders(db, here.started_at)).toBe(4);

    expect(await recoverSenders(context)).toEqual({ senders: 1, inDoubt: 0 });

    const left = await db.selectFrom('senders').select('id').orderBy('id').execute();
    expect(left.map(({ id }) => id)).toEqual([own, ...others.slice(1).map(({ id }) => id)]);
  });

  test('a clock that is set back does not keep the dead alive, nor does it kill who lives', async () => {
    const { db } = await database.create();
    const context = testContext(db, { now: () => SLOT });
    const ids = [await registerSender(db, LEASE), await registerSender(db, LEASE)];
    const [living] = ids as [number, number];
    const leases = async () =>
      (await db.selectFrom('senders').select('lease_until').execute()).map(({ lease_until }) => lease_until);
    const [before = 0] = await leases();
    // As if the database's clock had been an hour ahead when both renewed last.
    await db
      .updateTable('senders')
      .set((eb) => ({ lease_until: eb('lease_until', '+', 3_600_000) }))
      .execute();
    // Another looks before the living one has renewed.
    expect(await recoverSenders(context)).toEqual({ senders: 0, inDoubt: 0 });
    for (const lease of await leases()) {
      expect(lease).toBeGreaterThanOrEqual(before);
      expect(lease).toBeLessThan(before + 2 * LEASE.goodFor);
    }
    expect(await renewSender(db, living, LEASE)).toBe(true);
  });
});
