import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { connect, type Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { migrate } from '../database/migrate.ts';
import { checkCopy, copySqlite, type Holdings, holdingsOf, replaceSqlite } from '../database/sqlite-copy.ts';
import { markRestored, type Stopped } from '../delivery/restored.ts';
import { RefusedError } from '../refused-error.ts';
import { markLine, plural } from '../terminal/terminal.ts';
import { isSure } from './is-sure.ts';
import { MisuseError } from './misuse.ts';
import type { DefineCommand, Shell } from './shell.ts';
import { showStopped } from './stopped.ts';

/** `broadsheet restore FILE`: put a copy in the database's place; it sends nothing until a person has looked. */
export const defineRestore: DefineCommand = (program, shell) => {
  program
    .command('restore')
    .argument('[FILE]', 'a copy that broadsheet backup made')
    .summary('put a copy in the place of the database')
    .description(
      'Puts a copy in the place of the SQLite database; the present one is moved aside, never deleted. A copy does not know what left after it was made: what it believes to be going out is paused, what it believes to be due is held, and sending is off until `broadsheet adopt`.',
    )
    .option('--mark', 'a copy was put back with the tools of PostgreSQL: mark it as one')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet restore backups/2026-11-24.sqlite          shows what is replaced, and asks\n  broadsheet restore backups/2026-11-24.sqlite --yes    for scripts\n  pg_restore --clean --dbname="$DATABASE_URL" copy.dump && broadsheet restore --mark',
    )
    .action(async (name: string | undefined, options: { mark?: boolean; yes?: boolean }, command) => {
      const { terminal } = shell;
      if ((name === undefined) === (options.mark !== true)) {
        throw new MisuseError('Name the copy: broadsheet restore FILE. (--mark stands without a file.)');
      }
      await using context = await shell.open(command, { migrate: false });
      const { db, secrets } = context;
      if (name === undefined) {
        await migrate(db);
        showStopped(terminal, await markRestored(db, context.now()));
        return;
      }
      if (isPostgres(db)) {
        throw new RefusedError(
          `On PostgreSQL its own tools put the copy back, then mark it:  pg_restore --clean --dbname="$DATABASE_URL" ${name} && broadsheet restore --mark`,
        );
      }
      const path = sqlitePath(secrets.databaseUrl);
      await db.destroy();
      const file = resolve(shell.folder, name);
      checkCopy(file);
      if (!options.yes) await confirmReplacing(shell, path, name, holdingsOf(file));
      const { stopped, aside } = await putBack(path, file, context.now());
      if (aside !== null)
        terminal.out(markLine(terminal, 'done', 'aside', `the database that was here: ${aside}`));
      terminal.out(markLine(terminal, 'done', 'restored', `${name} is now ${path}`));
      showStopped(terminal, stopped);
    });
};

/** The file of a `sqlite:` URL. */
export function sqlitePath(url: string): string {
  return url.replace(/^sqlite:(\/\/)?/, '');
}

/** Shows both databases, and asks; where there is none yet nothing is replaced. @throws RefusedError unless yes. */
async function confirmReplacing(
  shell: Shell,
  path: string,
  name: string,
  copy: Holdings | null,
): Promise<void> {
  const present = holdingsOf(path);
  if (present === null) return;
  shell.terminal.out(
    markLine(shell.terminal, 'look', 'replaces', [
      `${path}: ${holdingsWords(present)}`,
      `by ${name}: ${copy === null ? 'of an earlier version' : holdingsWords(copy)}`,
    ]),
  );
  if (!(await isSure(shell, `Put ${name} in the place of ${path}?`)))
    throw new RefusedError('Nothing was changed.');
}

function holdingsWords({ people, lastEdition }: Holdings): string {
  return `${plural(people, 'person', 'people')}, ${lastEdition === null ? 'no edition has gone out' : `last edition ${lastEdition}`}`;
}

/** Everything is done on a copy of the copy; only the last step touches what is there. */
async function putBack(
  path: string,
  file: string,
  now: Temporal.Instant,
): Promise<{ stopped: Stopped[]; aside: string | null }> {
  const fresh = `${path}.restoring`;
  rmSync(fresh, { force: true });
  try {
    await copySqlite(file, fresh);
    const stopped = await mark(connect(`sqlite:${fresh}`), now);
    const moment = now.toString({ smallestUnit: 'second' }).replaceAll(/[:-]/g, '');
    return { stopped, aside: replaceSqlite(path, fresh, `${path}.before-${moment}`) };
  } finally {
    for (const ending of ['', '-wal', '-shm']) rmSync(fresh + ending, { force: true });
  }
}

async function mark(db: Db, now: Temporal.Instant): Promise<Stopped[]> {
  try {
    await migrate(db);
    return await markRestored(db, now);
  } finally {
    await db.destroy();
  }
}
