import type { Kysely } from 'kysely';
import { PostgresAdapter } from 'kysely';

/** Whether `db` talks to PostgreSQL (else SQLite), for the few statements that differ. */
export function isPostgres<T>(db: Kysely<T>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
