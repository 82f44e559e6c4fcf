import { adopt, belongsHere, deadLinks, rememberedUrl } from '../installation.ts';
import { RefusedError } from '../refused-error.ts';
import { markLine } from '../terminal/terminal.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet adopt`: let a database that was last used elsewhere send from here. */
export const defineAdopt: DefineCommand = (program, shell) => {
  program
    .command('adopt')
    .summary('let a database that was used elsewhere, or put back from a copy, send from here')
    .description(
      'The database remembers the PUBLIC_URL and the SECRET_KEY it was used with. Under others nothing is sent, so that a copy of it cannot mail your readers; nor is anything sent from a copy that was put back. This makes it belong here, and send.',
    )
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet adopt          shows what changes, and asks\n  broadsheet adopt --yes    for scripts',
    )
    .action(async (options: { yes?: boolean }, command) => {
      await using context = await shell.open(command);
      const { terminal } = shell;
      const allowed = await belongsHere(context);
      if (allowed.allowed) {
        terminal.out(
          markLine(terminal, 'done', 'database', `belongs to ${context.config.publicUrl} already`),
        );
        return;
      }
      if (context.secrets.secretKey === null) throw new RefusedError(allowed.reason);
      // It would send no more than before.
      const dead = deadLinks(context);
      if (dead !== null) throw new RefusedError(`${dead.found}. First ${dead.todo}.`);
      const before = await rememberedUrl(context.db);
      if (!options.yes) {
        if (!terminal.interactive) {
          throw new RefusedError(`${allowed.reason}. In a script: broadsheet adopt --yes`);
        }
        terminal.out(
          markLine(terminal, 'look', 'database', [
            allowed.reason,
            ...(before === context.config.publicUrl
              ? []
              : ['Links in mail that went out before may stop working.']),
          ]),
        );
        const { confirm } = await import('@inquirer/prompts');
        if (
          !(await confirm({ message: `Send from ${context.config.publicUrl} from now on?`, default: false }))
        ) {
          throw new RefusedError('Nothing was changed: sending stays off.');
        }
      }
      await adopt(context);
      await context.db
        .insertInto('audit')
        .values({
          who: 'operator',
          what: 'installation.adopted',
          subject: context.config.publicUrl,
          at: context.now().epochMilliseconds,
          before: JSON.stringify({ url: before }),
          after: JSON.stringify({ url: context.config.publicUrl }),
        })
        .execute();
      terminal.out(
        markLine(terminal, 'done', 'database', `belongs to ${context.config.publicUrl} now, and sends`),
      );
    });
};
