import type { Command } from 'commander';
import type { Terminal } from '../terminal/terminal.ts';
import { MisuseError } from './misuse.ts';

/** Commands that have no use for `--demo`: one makes the demo, the other what is not the demo. */
export const WITHOUT_DEMO: readonly string[] = ['demo', 'init'];

/**
 * The terminal of `program`'s commands. Where `--demo` was typed, every command that is printed to be pasted opens the
 * demo too: `broadsheet --demo why morning`. Output for scripts stays as it is.
 */
export function carryDemo(program: Command, terminal: Terminal): Terminal {
  let patterns: { output: RegExp; sentence: RegExp } | null = null;
  program.hook('preAction', (_, command) => {
    const { demo, json, yaml } = command.optsWithGlobals<{ demo?: true; json?: true; yaml?: true }>();
    if (!demo) return;
    if (WITHOUT_DEMO.includes(command.name()))
      throw new MisuseError(`${command.name()} takes no --demo: it has a folder of its own.`);
    if (!json && !yaml) patterns = suggestions(program);
  });
  const carried = (text: string, which: 'output' | 'sentence') =>
    patterns === null ? text : text.replace(patterns[which], 'broadsheet --demo ');
  return {
    ...terminal,
    get columns() {
      return terminal.columns;
    },
    out: (text) => terminal.out(carried(text, 'output')),
    err: (text) => terminal.err(carried(text, 'sentence')),
  };
}

/** Headlines may hold the word too: in output a command is known by where it stands, in a sentence by its name. */
function suggestions(program: Command): { output: RegExp; sentence: RegExp } {
  const names = program.commands.map((each) => each.name()).filter((name) => !WITHOUT_DEMO.includes(name));
  const command = `broadsheet (?=(?:${names.join('|')})\\b)(?!.*--demo)`;
  return {
    output: new RegExp(`(?<=^ *|\\s{2}|npx |: |→ |[(\`])${command}`, 'gm'),
    sentence: new RegExp(command, 'gm'),
  };
}
