import { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import type { Db } from '../../src/database/connect.ts';
import { isPostgres } from '../../src/database/dialect.ts';
import type { PostgresProxy } from './postgres-proxy.ts';
import { between } from './random.ts';
import type { Senders } from './senders.ts';
import type { ProvingSink } from './sink.ts';

/** What an incident may lay hands on. */
export interface Stage {
  db: Db;
  databaseUrl: string;
  sink: ProvingSink;
  senders: Senders;
  /** PostgreSQL only. */
  proxy: PostgresProxy | null;
  restartServer: (() => Promise<void>) | null;
  /** Connections of all senders together: as many messages may be out at once. */
  connections: number;
  lease: number;
  random: () => number;
}

/**
 * Something that goes wrong while an edition goes out, and is over when this resolves.
 * @returns how many messages it may have put in doubt.
 * @throws when something was not as it must be.
 */
export type Incident = (stage: Stage) => Promise<number>;

/** A sender is killed, and another takes its place soon. */
export const killed: Incident = async ({ db, senders, random, connections }) => {
  const place = between(random, 0, senders.count - 1);
  const pid = senders.pidOf(place);
  await senders.kill(place);
  await pause(between(random, 0, 300));
  await Promise.all([senders.start(place), endLease(db, [pid], between(random, 0, 1_000))]);
  return connections;
};

/** All senders are killed at once. */
export const allKilled: Incident = async ({ db, senders, random, connections }) => {
  const { pids } = senders;
  await senders.killAll();
  await Promise.all([senders.startAll(), endLease(db, pids, between(random, 0, 1_000))]);
  return connections;
};

/** A sender is asked to stop, and another takes its place: nothing may be in doubt. */
export const stopped: Incident = async ({ db, senders, random }) => {
  const place = between(random, 0, senders.count - 1);
  const pid = senders.pidOf(place);
  const code = await senders.stop(place);
  if (code !== 0) throw new Error(`a sender that was asked to stop ended with ${code}`);
  const left = await db.selectFrom('senders').select('id').where('pid', '=', pid).execute();
  if (left.length > 0) throw new Error('a sender that stopped left its row behind');
  await senders.start(place);
  return 0;
};

/** … while the relay answers nothing, for longer than STOP_SECONDS. */
export const stoppedWhileStalled: Incident = async (stage) => {
  await stage.sink.stall(between(stage.random, 2_500, 4_000));
  await pause(between(stage.random, 50, 300));
  await stopped(stage);
  return stage.connections;
};

/** A sender stands still for longer than its lease, as when a machine sleeps. */
export const asleep: Incident = async ({ db, senders, random, connections }) => {
  const place = between(random, 0, senders.count - 1);
  const asleep = senders.freeze(place, between(random, 500, 2_000));
  await endLease(db, [senders.pidOf(place)], 100);
  await asleep;
  return connections;
};

export const relayDies: Incident = async ({ sink, random, connections }) => {
  await sink.die();
  await pause(between(random, 100, 1_500));
  await sink.revive();
  return connections;
};

/** All that was on its way is answered late: nothing may be in doubt. */
export const relayStalls: Incident = async ({ sink, random }) => {
  const ms = between(random, 300, 2_500);
  await sink.stall(ms);
  await pause(ms);
  return 0;
};

/** Another process holds the write lock of SQLite, all tables of PostgreSQL; once in a while beyond every patience. */
export const databaseLocked: Incident = async ({ db, databaseUrl, random, connections }) => {
  const ms = random() < 0.3 ? 6_500 : between(random, 300, 3_000);
  if (isPostgres(db)) {
    await db.transaction().execute(async (tx) => {
      await sql`lock table deliveries, in_flight, batches, senders in access exclusive mode`.execute(tx);
      await pause(ms);
    });
  } else {
    await lockFile(databaseUrl.slice('sqlite:'.length), ms);
  }
  return connections;
};

/** No row can be added or grow. */
export const diskFull: Incident = async ({ db, senders, random, connections }) => {
  const ms = between(random, 300, 2_500);
  if (isPostgres(db)) {
    await sql`create or replace function disk_full() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`.execute(
      db,
    );
    for (const table of ['deliveries', 'in_flight', 'batches', 'senders'])
      await sql`create trigger disk_full before insert or update on ${sql.table(table)}
        for each statement execute function disk_full()`.execute(db);
    await pause(ms);
    for (const table of ['deliveries', 'in_flight', 'batches', 'senders'])
      await sql`drop trigger disk_full on ${sql.table(table)}`.execute(db);
  } else {
    senders.tellAll({ diskFull: true });
    await pause(ms);
    senders.tellAll({ diskFull: false });
  }
  return connections;
};

/** A sender's clock is set, by up to three hours in either direction, and put right again. */
export const clockJumps: Incident = async ({ senders, random }) => {
  const place = between(random, 0, senders.count - 1);
  senders.tell(place, { offset: senders.offset + between(random, -180, 180) * 60_000 });
  await pause(between(random, 200, 1_000));
  senders.tell(place, { offset: senders.offset });
  return 0;
};

/** PostgreSQL is stopped in order and started again. */
export const serverRestarts: Incident = async ({ restartServer, connections }) => {
  await restartServer?.();
  return connections;
};

/** A process of PostgreSQL is killed: the server ends all connections and recovers from its log. */
export const serverCrashes: Incident = async ({ db, connections }) => {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
  process.kill(rows[0]?.pid as number, 'SIGKILL');
  return connections;
};

/** PostgreSQL commits, and its answer never comes. */
export const silentCommits: Incident = async ({ proxy, random, connections }) => {
  await proxy?.swallowCommits(between(random, 1, 5), between(random, 100, 1_500));
  return connections;
};

/** All answers of PostgreSQL are lost, for up to twice the lease. */
export const serverSilent: Incident = async ({ proxy, random, lease, connections }) => {
  await proxy?.silence(between(random, 200, 2 * lease));
  return connections;
};

/** Holds SQLite's write lock from a thread of its own, with a connection of its own, as another process would. */
async function lockFile(path: string, ms: number): Promise<void> {
  const worker = new Worker(
    `const { DatabaseSync } = require('node:sqlite');
     const { workerData: { path, ms } } = require('node:worker_threads');
     const db = new DatabaseSync(path, { timeout: 5000 });
     db.exec('begin immediate');
     setTimeout(() => { db.exec('rollback'); db.close(); }, ms);`,
    { eval: true, workerData: { path, ms } },
  );
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
}

/** As if its 20 s had gone by, `after` so many ms: the one place where time is not waited for. */
async function endLease(db: Db, pids: number[], after: number): Promise<void> {
  await pause(after);
  const end = () => db.updateTable('senders').set({ lease_until: 0 }).where('pid', 'in', pids).execute();
  // Whoever was put to sleep in the middle of a transaction has SQLite locked until it wakes.
  await end().catch(() => pause(200).then(end));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
