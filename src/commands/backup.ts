import { resolve } from 'node:path';
import { isPostgres } from '../database/dialect.ts';
import { copySqlite } from '../database/sqlite-copy.ts';
import { RefusedError } from '../refused-error.ts';
import { formatCount, markLine } from '../terminal/terminal.ts';
import { sqlitePath } from './restore.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet backup FILE`: a copy of the database, made while everything runs. */
export const defineBackup: DefineCommand = (program, shell) => {
  program
    .command('backup')
    .argument('<FILE>', 'where the copy goes; must not be there yet')
    .summary('copy the database while everything runs')
    .description(
      'Copies the SQLite database as it is at one moment; nothing has to stop. On PostgreSQL its own tools do this, and the line to run is printed.',
    )
    .addHelpText(
      'after',
      '\nKeep .env (its SECRET_KEY signs the links in mail that is out) and the DKIM keys beside the copy.\n\nExamples:\n  broadsheet backup backups/2026-11-24.sqlite\n  broadsheet restore backups/2026-11-24.sqlite',
    )
    .action(async (name: string, _options: unknown, command) => {
      const { terminal } = shell;
      await using context = await shell.open(command, { migrate: false });
      const file = resolve(shell.folder, name);
      if (isPostgres(context.db)) {
        throw new RefusedError(
          `On PostgreSQL its own tools make the copy:  pg_dump --format=custom --file=${name} "$DATABASE_URL"`,
        );
      }
      const size = await copySqlite(sqlitePath(context.secrets.databaseUrl), file);
      const { people } = await context.db
        .selectFrom('subscribers')
        .select((eb) => eb.fn.countAll<number>().as('people'))
        .executeTakeFirstOrThrow();
      await context.db
        .insertInto('settings')
        .values({ name: 'copied_at', value: String(context.now().epochMilliseconds) })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
        )
        .execute();
      terminal.out(
        markLine(terminal, 'done', 'copy', `${name}, ${megabytes(size)}, ${formatCount(people)} people`),
      );
    });
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 })} MB`;
}
