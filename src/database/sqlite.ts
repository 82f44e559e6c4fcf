import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** Statements kept compiled; more than we have, so that only generated `in (…)` lists ever push one out. */
const CACHED_STATEMENTS = 500;

/** `node:sqlite` in the shape that Kysely's SqliteDialect wants. */
export class NodeSqlite implements SqliteDatabase {
  readonly raw: DatabaseSync;
  readonly #cache = new Map<string, Statement>();

  /** Opens `path` (created when missing), or a private database for `:memory:`. */
  constructor(path: string, { readOnly = false }: { readOnly?: boolean } = {}) {
    this.raw = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5000, readOnly });
    if (!readOnly) this.raw.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL');
  }

  prepare(sql: string): SqliteStatement {
    // A plain `begin` takes the write lock at the first write, too late: two processes that read first both
    // fail then. `immediate` waits for the lock at once.
    const text = sql === 'begin' ? 'begin immediate' : sql;
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    const statement = new Statement(this.raw.prepare(text));
    if (this.#cache.size >= CACHED_STATEMENTS) this.#cache.clear();
    this.#cache.set(text, statement);
    return statement;
  }

  close(): void {
    this.#cache.clear();
    this.raw.close();
  }
}

class Statement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: ReadonlyArray<unknown>): unknown[] {
    return this.#statement.all(...(parameters as SQLInputValue[]));
  }

  run(parameters: ReadonlyArray<unknown>): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement.run(...(parameters as SQLInputValue[]));
  }

  iterate(parameters: ReadonlyArray<unknown>): IterableIterator<unknown> {
    return this.#statement.iterate(...(parameters as SQLInputValue[]));
  }
}
