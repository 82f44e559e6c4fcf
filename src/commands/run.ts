import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { readConfig } from '../config.ts';
import { openContext } from '../context.ts';
import { migrate } from '../database/migrate.ts';
import { RefusedError } from '../refused-error.ts';
import { styled } from '../terminal/terminal.ts';
import { defineMigrate } from './migrate.ts';
import type { DefineCommand, Shell } from './shell.ts';

/** In the order in which `--help` lists them. */
const commands: DefineCommand[] = [defineMigrate];

/** Where `broadsheet demo` keeps its database, and what `--demo` on any command opens. */
export const DEMO_DATABASE = join('demo-data', 'demo.sqlite');

/**
 * Runs one command line.
 * @returns the exit code: 0 done, 1 an expected failure (said in one line), 2 misuse.
 */
export async function run(args: string[], given: Omit<Shell, 'open'>): Promise<number> {
  const { terminal } = given;
  const program = new Command('broadsheet')
    .description('A news digest newsletter on your own server.')
    .option('--demo', "use the demo's database instead of your own")
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .showSuggestionAfterError()
    .helpCommand(false)
    .exitOverride();
  const shell: Shell = { ...given, open: openForCommand(given) };
  for (const define of commands) define(program, shell);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof RefusedError) {
      terminal.err(`${styled(terminal, 'red', '✗')} ${error.message}`);
      return 1;
    }
    throw error;
  }
}

function openForCommand(given: Omit<Shell, 'open'>): Shell['open'] {
  return async (command, { migrate: bringUpToDate = true } = {}) => {
    const demo = command.optsWithGlobals<{ demo?: boolean }>().demo === true;
    const env = demo ? { DATABASE_URL: `sqlite:${DEMO_DATABASE}`, LOG_LEVEL: 'warn' } : given.env;
    const context = openContext(readConfig(env, given.folder), { now: given.now });
    try {
      if (bringUpToDate) await migrate(context.db);
      return context;
    } catch (error) {
      await context[Symbol.asyncDispose]();
      throw error;
    }
  };
}
