import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';
import { isPostgres } from '../database/dialect.ts';
import { pendingMigrations } from '../database/migrate.ts';
import { maskUrl } from '../log.ts';
import { plural } from '../terminal/terminal.ts';
import { type Check, done, failed, look } from './check.ts';

/** The program, the disk and the database. `ready` says whether the database can be asked anything else. */
export async function checkMachine({ db, secrets }: Context): Promise<{ checks: Check[]; ready: boolean }> {
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(secrets.databaseUrl)?.[1];
  const disk = await checkDisk(path === undefined ? '.' : dirname(path));
  const pending = await pendingMigrations(db);
  const kind = isPostgres(db)
    ? `postgresql ${maskUrl(secrets.databaseUrl).replace(/^.*@/, '')}`
    : `sqlite ${path}`;
  if (pending.length > 0) {
    return {
      checks: [
        disk,
        look(
          'database',
          `${kind}, ${plural(pending.length, 'step')} behind this version`,
          'broadsheet migrate  (start does it by itself)',
        ),
      ],
      ready: false,
    };
  }
  const { people } = await db
    .selectFrom('subscribers')
    .select((eb) => eb.fn.countAll<number>().as('people'))
    .executeTakeFirstOrThrow();
  return {
    checks: [disk, done('database', `${kind}, ${plural(people, 'person', 'people')}, up to date`)],
    ready: true,
  };
}

async function checkDisk(folder: string): Promise<Check> {
  const program = `Node ${process.versions.node}, version ${packageFile.version}`;
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const found = `${program}, ${(free / 1e9).toFixed(1)} GB of disk free`;
  if (free > 1e9) return done('program', found);
  const todo = 'make room: a full disk stops sending in the middle';
  return free > 1e8 ? look('program', found, todo) : failed('program', found, todo);
}
