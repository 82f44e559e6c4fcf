import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { MisuseError } from './misuse.ts';

/** Commands that have no use for `--demo`: one makes the demo, the other what is not the demo. */
export const WITHOUT_DEMO: readonly string[] = ['demo', 'init'];

/**
 * The terminal of `program`'s commands, on which every command that is printed can be pasted: with `npx` where the
 * shell does not find `broadsheet`, and into the demo where `--demo` was typed: `npx broadsheet --demo why morning`.
 * Output for scripts stays as it is.
 */
export function suggestedCommands(program: Command, terminal: Terminal, env: NodeJS.ProcessEnv): Terminal {
  const npx = onPath(env) ? '' : 'npx ';
  let carry = false;
  let forScripts = false;
  program.hook('preAction', (_, command) => {
    const typed = command.optsWithGlobals<{ demo?: true; json?: true; yaml?: true; csv?: true }>();
    if (typed.demo && WITHOUT_DEMO.includes(command.name()))
      throw new MisuseError(`${command.name()} takes no --demo: it has a folder of its own.`);
    carry = typed.demo === true;
    forScripts = Boolean(typed.json || typed.yaml || typed.csv);
  });
  let patterns: Patterns | undefined;
  const pasteable = (text: string, which: keyof Patterns) => {
    if (forScripts || (npx === '' && !carry)) return text;
    // Not before all commands are there.
    patterns ??= suggestions(program);
    return text.replace(patterns[which], (_, name: string, at: number) => {
      const [line = ''] = text.slice(at).split('\n', 1);
      const demo = carry && !WITHOUT_DEMO.includes(name) && !line.includes('--demo');
      return `${text.slice(0, at).endsWith('npx ') ? '' : npx}broadsheet ${demo ? '--demo ' : ''}`;
    });
  };
  return {
    ...terminal,
    get columns() {
      return terminal.columns;
    },
    out: (text) => terminal.out(pasteable(text, 'output')),
    err: (text) => terminal.err(pasteable(text, 'sentence')),
  };
}

interface Patterns {
  output: RegExp;
  sentence: RegExp;
}

/** Headlines may hold the word too: in output a command is known by where it stands, in a sentence by its name. */
function suggestions(program: Command): Patterns {
  const names = program.commands.map((each) => each.name());
  const command = `\\bbroadsheet (?=(${names.join('|')})\\b)`;
  return {
    output: new RegExp(`(?<=^ *|\\s{2}|npx |: |→ |[(\`])${command}`, 'gm'),
    sentence: new RegExp(command, 'gm'),
  };
}

/** Whether the shell of whoever reads this finds it: npm puts its own folder there for itself alone. */
function onPath({ PATH }: NodeJS.ProcessEnv): boolean {
  if (PATH === undefined) return true;
  return PATH.split(delimiter)
    .filter((folder) => folder !== '' && !/node_modules[\\/]\.bin[\\/]?$/.test(folder))
    .some((folder) => ['broadsheet', 'broadsheet.cmd'].some((name) => existsSync(join(folder, name))));
}
