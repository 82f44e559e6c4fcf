import { Migrator } from 'kysely/migration';
import { RefusedError } from '../refused-error.ts';
import type { Db } from './connect.ts';
import { migrations } from './migrations/index.ts';

/**
 * Brings the database up to this version's schema; safe when two processes start at once.
 * @returns the names of the migrations that were run now, oldest first.
 * @throws RefusedError when one fails, or when the database is of a newer version than this program.
 */
export async function migrate(db: Db): Promise<string[]> {
  const { error, results = [] } = await migrator(db).migrateToLatest();
  if (error !== undefined) {
    const failed = results.find((result) => result.status === 'Error')?.migrationName;
    const cause = error instanceof Error ? error.message : String(error);
    throw new RefusedError(
      failed === undefined
        ? `The database cannot be brought up to date: ${cause}`
        : `Migration ${failed} failed and nothing of it was kept: ${cause}`,
      { cause: error },
    );
  }
  return results.filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

/** The migrations that this version has and the database has not. */
export async function pendingMigrations(db: Db): Promise<string[]> {
  const all = await migrator(db).getMigrations();
  return all.filter((migration) => migration.executedAt === undefined).map((migration) => migration.name);
}

function migrator(db: Db): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => migrations } });
}
