import { Command, CommanderError } from 'commander';
import { sql } from 'kysely';
import packageFile from '../../package.json' with { type: 'json' };
import { readConfig } from '../config.ts';
import { type OpenContext, openContext } from '../context.ts';
import { migrate } from '../database/migrate.ts';
import { demoEnvironment } from '../demo/environment.ts';
import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { readableLog } from '../terminal/readable-log.ts';
import { styled } from '../terminal/terminal.ts';
import { defineAdopt } from './adopt.ts';
import { defineBackup } from './backup.ts';
import { defineCheck } from './check.ts';
import { defineDemo } from './demo.ts';
import { defineDkim } from './dkim.ts';
import { defineEdition } from './edition.ts';
import { defineHelp, helpInside } from './help.ts';
import { complaintWords, helpInWidth, helpWords } from './help-words.ts';
import { defineImport } from './import.ts';
import { defineInit } from './init.ts';
import { defineMigrate } from './migrate.ts';
import { MisuseError } from './misuse.ts';
import { defineNewsletter } from './newsletter.ts';
import { definePreview } from './preview.ts';
import { defineReply } from './reply.ts';
import { defineReport } from './report.ts';
import { defineRestore } from './restore.ts';
import { defineRetry } from './retry.ts';
import { defineSend } from './send.ts';
import type { DefineCommand, Shell } from './shell.ts';
import { defineSource } from './source.ts';
import { defineStart } from './start.ts';
import { defineStatus } from './status.ts';
import { defineStories } from './stories.ts';
import { defineSubscribers } from './subscribers.ts';
import { suggestedCommands } from './suggested-commands.ts';
import { defineSuppressions } from './suppressions.ts';
import { defineTest } from './test.ts';
import { defineWhy } from './why.ts';

/** In the order in which `--help` lists them. */
const groups: { heading: string; commands: DefineCommand[] }[] = [
  { heading: 'Begin', commands: [defineDemo, defineInit, defineCheck] },
  { heading: 'Newsletters', commands: [defineNewsletter] },
  { heading: 'Stories', commands: [defineSource, defineImport, defineStories] },
  {
    heading: 'Editions',
    commands: [definePreview, defineTest, defineSend, defineEdition, defineReport, defineRetry, defineWhy],
  },
  { heading: 'Readers', commands: [defineSubscribers, defineSuppressions] },
  {
    heading: 'Operation',
    commands: [
      defineStart,
      defineStatus,
      defineDkim,
      defineReply,
      defineMigrate,
      defineBackup,
      defineRestore,
      defineAdopt,
      defineHelp,
    ],
  },
];

/**
 * Runs one command line.
 * @returns the exit code: 0 done, 1 an expected failure (said in one line), 2 misuse.
 */
export async function run(args: string[], given: Omit<Shell, 'open'>): Promise<number> {
  const program = new Command('broadsheet');
  const terminal = suggestedCommands(program, given.terminal, given.env);
  const complain = (text: string) => terminal.err(`${styled(terminal, 'red', '✗')} ${text}`);
  program
    .description('A news digest newsletter on your own server.')
    .version(packageFile.version, '--version', 'print the version')
    .option('--demo', "use the demo's database instead of your own")
    .helpOption('-h, --help', 'explain a command, with examples')
    .configureOutput({
      writeOut: (text) => terminal.out(helpInWidth(text.trimEnd(), terminal.columns)),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text) => complain(complaintWords(text)),
      getOutHelpWidth: () => Math.min(terminal.columns, 100),
      getErrHelpWidth: () => Math.min(terminal.columns, 100),
      getOutHasColors: () => terminal.color,
      getErrHasColors: () => terminal.color,
    })
    .configureHelp(helpWords(terminal))
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  const shell: Shell = {
    terminal,
    env: given.env,
    folder: given.folder,
    now: given.now,
    dns: given.dns,
    // Passed on, not read: asking for it attaches the handlers of Ctrl-C.
    get signal() {
      return given.signal;
    },
    open: openForCommand(given),
  };
  for (const { heading, commands } of groups) {
    program.commandsGroup(`${heading}:`);
    for (const define of commands) define(program, shell);
  }
  for (const command of program.commands) if (command.commands.length > 0) helpInside(command);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof RefusedError) {
      complain(error.message);
      return error instanceof MisuseError ? 2 : 1;
    }
    // Ctrl-C at a question.
    if (error instanceof Error && error.name === 'ExitPromptError') return 130;
    throw error;
  }
}

function openForCommand(given: Omit<Shell, 'open'>): Shell['open'] {
  return async (command, { migrate: bringUpToDate = true, logLevel = 'warn' } = {}) => {
    const demo = command.optsWithGlobals<{ demo?: boolean }>().demo === true;
    const env = demo ? demoEnvironment(given.folder) : given.env;
    const settings = readConfig({ ...env, LOG_LEVEL: env.LOG_LEVEL || logLevel }, given.folder);
    let context: OpenContext | undefined;
    try {
      const log = given.terminal.showsLog
        ? await readableLog(given.terminal, settings.config.logLevel)
        : undefined;
      context = openContext(settings, { now: given.now, ...(log && { log }) });
      await sql`select 1`.execute(context.db);
      if (bringUpToDate) await migrate(context.db);
      return context;
    } catch (error) {
      await context?.[Symbol.asyncDispose]();
      if (error instanceof RefusedError) throw error;
      const cause =
        error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : error;
      throw new RefusedError(
        `The database ${maskUrl(settings.secrets.databaseUrl)} cannot be opened: ${cause}. Is DATABASE_URL right, and is it running?`,
        { cause: error },
      );
    }
  };
}

const EXAMPLES = `
Examples:
  broadsheet init                             your own newsletter, in six questions
  broadsheet preview morning                  what the next edition would be; changes nothing
  broadsheet test morning --to you@news.example
  broadsheet start                            pages, clock and sender, until Ctrl-C
  broadsheet why morning                      why each story is in it, or is not

An edition is named by newsletter and day (morning/2026-11-24); the newsletter alone means its newest.
Exit codes: 0 done, 1 it did not work (and why), 2 the command line was not understood.`;
