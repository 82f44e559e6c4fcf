import type { Command } from 'commander';
import { nearest, nearestFew } from '../nearest.ts';
import { MisuseError } from './misuse.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet help [COMMAND…]`: what `--help` says, for who asks in this order. */
export const defineHelp: DefineCommand = (program) => {
  program
    .command('help')
    .argument('[command...]', 'source, or source add')
    .summary('explain a command, with examples')
    .addHelpText('after', '\nExamples:\n  broadsheet help edition\n  broadsheet help source add')
    .action((names: string[]) => explain(program, names));
};

/** `broadsheet edition help approve`: the same, asked of a group; its list does not repeat it. */
export function helpInside(group: Command): void {
  group
    .helpCommand(false)
    .command('help', { hidden: true })
    .argument('[command...]')
    .action((names: string[]) => explain(group, names));
}

function explain(from: Command, names: string[]): void {
  let command = from;
  for (const name of names) {
    const inside = command.commands.find((each) => each.name() === name);
    if (inside === undefined) throw new MisuseError(unknown(name, command));
    command = inside;
  }
  command.help();
}

function unknown(name: string, { commands }: Command): string {
  const names = commands.map((each) => each.name()).filter((each) => each !== 'help');
  if (names.length === 0) return `Unknown command '${name}': there is nothing more to explain.`;
  const near = nearest(name, names);
  const instead =
    near === undefined ? `Nearest: ${nearestFew(name, names, 3).join(', ')}.` : `Did you mean ${near}?`;
  return `Unknown command '${name}'. ${instead}`;
}
