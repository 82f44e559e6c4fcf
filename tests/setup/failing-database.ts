import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Client } from 'pg';
import { connect, type Db } from '../../src/database/connect.ts';
import { isPostgres } from '../../src/database/dialect.ts';
import { poolOf, sqliteOf } from '../../src/database/drivers.ts';

/** `before`: it never reached the database. `after`: it was done, and its answer was lost. */
type FailureMoment = 'before' | 'after';

export interface FailingDatabase {
  db: Db;
  /**
   * Has the `nth` statement from now on fail, counted over everything that is asked: begin and commit too, and what
   * goes past Kysely.
   */
  fail: (nth: number, moment: FailureMoment) => void;
  /** Whether that has happened. */
  struck: () => boolean;
}

/** Opens a database of which a single statement can be made to fail. */
export function failingDatabase(url: string): FailingDatabase {
  const db = connect(url, { poolSize: 4 });
  let left = Number.POSITIVE_INFINITY;
  let how: FailureMoment = 'before';
  const next = () => (--left === 0 ? how : null);
  if (isPostgres(db)) failOnPostgres(db, next);
  else failOnSqlite(db, next);
  return {
    db,
    fail: (nth, moment) => {
      left = nth;
      how = moment;
    },
    struck: () => left <= 0,
  };
}

/** Whether and how the statement fails that is asked now. */
type Next = () => FailureMoment | null;

class DatabaseAway extends Error {
  constructor(moment: FailureMoment) {
    super(moment === 'before' ? 'The database is away.' : 'The answer of the database was lost.');
  }
}

function failOnSqlite(db: Db, next: Next): void {
  const { raw } = sqliteOf(db);
  const around = <Result>(work: () => Result): Result => {
    const moment = next();
    if (moment === null) return work();
    if (moment === 'after') work();
    throw new DatabaseAway(moment);
  };
  const exec = raw.exec.bind(raw);
  raw.exec = (text) => around(() => exec(text));
  const prepare = raw.prepare.bind(raw);
  raw.prepare = (text) => {
    const statement = prepare(text);
    for (const method of ['run', 'get', 'all'] as const) {
      const plain = statement[method].bind(statement) as (...values: unknown[]) => unknown;
      Object.defineProperty(statement, method, {
        value: (...values: unknown[]) => around(() => plain(...values)),
      });
    }
    return statement;
  };
}

type Callback = (error: Error | null, result?: unknown) => void;

function failOnPostgres(db: Db, next: Next): void {
  poolOf(db).on('connect', (client) => {
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    // An answer is lost with its line: what was begun on it and not committed the server takes back.
    const breakLine = async () => {
      const closed = once(stream, 'close');
      stream.destroy();
      await closed;
    };
    const plain = (client as Client).query.bind(client) as (...given: unknown[]) => unknown;
    Object.assign(client, {
      query: (...given: unknown[]) => {
        const moment = next();
        if (moment === null) return plain(...given);
        const failed = new DatabaseAway(moment);
        const callback = given.at(-1);
        if (typeof callback !== 'function') {
          const asked =
            moment === 'after' ? (plain(...given) as Promise<unknown>).then(breakLine) : Promise.resolve();
          return asked.then(() => Promise.reject(failed));
        }
        const fail = () => (callback as Callback)(failed);
        if (moment === 'before') setImmediate(fail);
        else plain(...given.slice(0, -1), () => void breakLine().then(fail));
        return undefined;
      },
    });
  });
}
