import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { RefusedError } from '../refused-error.ts';

/**
 * Copies a SQLite database that may be in use: the copy is of one moment, and complete or not there at all.
 * @param path the database's file. @param file where the copy goes: must not be there yet.
 * @returns its size in bytes.
 * @throws RefusedError when `file` is there, or cannot be written.
 */
export async function copySqlite(path: string, file: string): Promise<number> {
  if (existsSync(file)) {
    throw new RefusedError(`${file} is there already, and no copy is written over another: name a new file.`);
  }
  const partial = `${file}.partial`;
  try {
    // Readers' addresses are for its owner alone.
    closeSync(openSync(partial, 'w', 0o600));
    const source = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    try {
      await backup(source, partial, { rate: 1000 });
    } finally {
      source.close();
    }
    renameSync(partial, file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new RefusedError(`The copy could not be written to ${file}: ${(error as Error).message}`);
  }
  return statSync(file).size;
}

/**
 * Makes sure that `file` is a whole database of ours.
 * @throws RefusedError saying what it is instead.
 */
export function checkCopy(file: string): void {
  if (!existsSync(file)) throw new RefusedError(`${file}: there is no such file.`);
  let tables: unknown;
  let fault: string | undefined;
  try {
    using copy = new DatabaseSync(file, { readOnly: true });
    const check = copy.prepare('pragma quick_check(1)').get() as { quick_check: string };
    if (check.quick_check !== 'ok') fault = `it is damaged (${check.quick_check})`;
    tables = copy
      .prepare(
        `select count(*) as found from sqlite_master where name in ('kysely_migration', 'editions', 'deliveries')`,
      )
      .get();
  } catch (error) {
    fault = `it is no SQLite database (${(error as Error).message})`;
  }
  if (fault === undefined && (tables as { found: number }).found < 3)
    fault = 'it is a database of something else';
  if (fault !== undefined) throw new RefusedError(`${file} is no copy of a Broadsheet database: ${fault}.`);
}

/** What tells one database of ours from another. */
export interface Holdings {
  people: number;
  /** `morning/2026-11-24`: the last that went out, or began to; null: none has. */
  lastEdition: string | null;
}

/** What the database in a file holds; null: the file is missing, or no database of ours. Changes nothing. */
export function holdingsOf(file: string): Holdings | null {
  if (!existsSync(file)) return null;
  try {
    using database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    return database
      .prepare(
        `select (select count(*) from subscribers) as people,
          (select newsletters.slug || '/' || editions.name from editions
            join newsletters on newsletters.id = editions.newsletter_id
            where sending_at is not null order by sending_at desc limit 1) as lastEdition`,
      )
      .get() as unknown as Holdings;
  } catch {
    return null;
  }
}

/**
 * Moves the database at `path` aside, if there is one, and puts `file` in its place.
 * @returns where the former one lies; null: there was none.
 * @throws RefusedError while another process has it open.
 */
export function replaceSqlite(path: string, file: string, aside: string): string | null {
  const had = existsSync(path) && statSync(path).size > 0;
  if (had) {
    takeAlone(path);
    renameSync(path, aside);
  }
  for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true });
  renameSync(file, path);
  return had ? aside : null;
}

/** Leaving WAL needs every other connection to be closed, and leaves one file that is complete. */
function takeAlone(path: string): void {
  let mode: string | undefined;
  try {
    using database = new DatabaseSync(path, { timeout: 500 });
    mode = (database.prepare('pragma journal_mode = delete').get() as { journal_mode: string }).journal_mode;
  } catch {
    mode = undefined;
  }
  if (mode === 'delete') return;
  throw new RefusedError(`${path} is in use: stop Broadsheet first (start, demo and every other command).`);
}
