import { migrate } from '../database/migrate.ts';
import { markLine, plural } from '../terminal/terminal.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet migrate`: bring the database up to this version. */
export const defineMigrate: DefineCommand = (program, shell) => {
  program
    .command('migrate')
    .summary('bring the database up to this version (start does it by itself)')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet migrate\n  broadsheet migrate && broadsheet start --only web     several machines: once, before they start',
    )
    .action(async (_options, command) => {
      await using context = await shell.open(command, { migrate: false });
      const done = await migrate(context.db);
      const detail =
        done.length === 0 ? 'already up to date' : `${plural(done.length, 'step')}: ${done.join(', ')}`;
      shell.terminal.out(markLine(shell.terminal, 'done', 'database', detail));
    });
};
