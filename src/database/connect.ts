import { closeSync, mkdirSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname } from 'node:path';
import { Kysely } from 'kysely';
import pg from 'pg';
import { PoolDialect, SingleFileDialect } from './drivers.ts';
import type { Schema } from './schema.ts';
import { NodeSqlite } from './sqlite.ts';

export type Db = Kysely<Schema>;

/**
 * Opens the database that `url` names: `postgres://…`, or `sqlite:PATH` (its folder is made when missing).
 * Connects lazily: a wrong PostgreSQL address fails at the first query.
 * @param silentAfter see `noticingSilence`.
 */
export function connect(
  url: string,
  { poolSize = 10, silentAfter }: { poolSize?: number; silentAfter?: number } = {},
): Db {
  if (/^postgres(ql)?:\/\//.test(url)) {
    const pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      types: numbersNotStrings,
      ...noticingSilence(silentAfter),
    });
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    pool.on('error', () => {});
    // So would one that breaks while it is lent out, whose query has failed already: a server that is restarted.
    pool.on('connect', (client) => client.on('error', () => {}));
    return new Kysely<Schema>({ dialect: new PoolDialect(pool) });
  }
  const path = url.replace(/^sqlite:(\/\/)?/, '');
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true });
    // Readers' addresses are for its owner alone; SQLite gives its -wal and -shm the mode of the file itself.
    closeSync(openSync(path, 'a', 0o600));
  }
  return new Kysely<Schema>({ dialect: new SingleFileDialect(new NodeSqlite(path)) });
}

/**
 * How a PostgreSQL server is noticed that is there no more and never said so: a machine that was switched off, a
 * firewall that forgot. Else a question to it would wait for a quarter of an hour.
 * @param silentAfter ms without a byte after which a connection is given up, and what was asked on it fails: longer
 * than any statement of ours takes before its first row.
 * @returns options for a pool of `pg`.
 */
export function noticingSilence(silentAfter = 30_000) {
  return {
    connectionTimeoutMillis: Math.min(10_000, silentAfter),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    stream: () => {
      const socket = new Socket();
      const silent = () =>
        socket.destroy(new Error(`The database said nothing for ${silentAfter / 1000} s.`));
      return socket.setTimeout(silentAfter, silent);
    },
  };
}

/** `pg` gives 64-bit integers and counts as strings; ours are all times, keys and counts, safe as numbers. */
const numbersNotStrings = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.INT8) return parseSafeInteger;
    if (oid === pg.types.builtins.NUMERIC) return Number;
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`The database holds ${text}, more than a number can.`);
  return value;
}
