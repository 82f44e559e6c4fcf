import { closeSync, mkdirSync, openSync } from 'node:fs';
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
 */
export function connect(url: string, { poolSize = 10 }: { poolSize?: number } = {}): Db {
  if (/^postgres(ql)?:\/\//.test(url)) {
    const pool = new pg.Pool({ connectionString: url, max: poolSize, types: numbersNotStrings });
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
