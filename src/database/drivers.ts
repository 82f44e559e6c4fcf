import type { Kysely } from 'kysely';
import { PostgresAdapter, PostgresDialect, SqliteAdapter, SqliteDialect } from 'kysely';
import type pg from 'pg';
import type { NodeSqlite } from './sqlite.ts';

/**
 * Kysely's dialects, with the driver under them in reach for the one place whose statements are compiled once
 * (`delivery/advance/`). The adapter carries it, because a transaction's `tx` has the same adapter as its `db`.
 */
export class SingleFileDialect extends SqliteDialect {
  readonly #database: NodeSqlite;

  constructor(database: NodeSqlite) {
    super({ database });
    this.#database = database;
  }

  override createAdapter(): SqliteAdapter {
    return new DrivenSqliteAdapter(this.#database);
  }
}

export class PoolDialect extends PostgresDialect {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    super({ pool });
    this.#pool = pool;
  }

  override createAdapter(): PostgresAdapter {
    return new DrivenPostgresAdapter(this.#pool);
  }
}

class DrivenSqliteAdapter extends SqliteAdapter {
  readonly database: NodeSqlite;

  constructor(database: NodeSqlite) {
    super();
    this.database = database;
  }
}

class DrivenPostgresAdapter extends PostgresAdapter {
  readonly pool: pg.Pool;

  constructor(pool: pg.Pool) {
    super();
    this.pool = pool;
  }
}

/** The SQLite connection under `db`. Use it only while holding Kysely's own (`db.connection()`). */
export function sqliteOf<T>(db: Kysely<T>): NodeSqlite {
  const { adapter } = db.getExecutor();
  if (adapter instanceof DrivenSqliteAdapter) return adapter.database;
  throw new TypeError('This database is not SQLite.');
}

/** The pool of PostgreSQL connections under `db`. */
export function poolOf<T>(db: Kysely<T>): pg.Pool {
  const { adapter } = db.getExecutor();
  if (adapter instanceof DrivenPostgresAdapter) return adapter.pool;
  throw new TypeError('This database is not PostgreSQL.');
}
