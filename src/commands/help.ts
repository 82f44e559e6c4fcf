import { nearest } from '../nearest.ts';
import { MisuseError } from './misuse.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet help [COMMAND…]`: what `--help` says, for who asks in this order. */
export const defineHelp: DefineCommand = (program) => {
  program
    .command('help')
    .argument('[command...]', 'source, or source add')
    .summary('explain a command, with examples')
    .addHelpText('after', '\nExamples:\n  broadsheet help edition\n  broadsheet help source add')
    .action((names: string[]) => {
      let command = program;
      for (const name of names) {
        const inside = command.commands.find((each) => each.name() === name);
        if (inside === undefined) throw new MisuseError(unknown(name, command.commands));
        command = inside;
      }
      command.help();
    });
};

function unknown(name: string, commands: readonly { name: () => string }[]): string {
  const near = nearest(
    name,
    commands.map((each) => each.name()),
  );
  return `Unknown command '${name}'.${near === undefined ? '' : ` Did you mean ${near}?`}`;
}
