import { type Argument, type Command, Help, type HelpConfiguration, type Option } from 'commander';
import { styled, type Terminal, wrapped } from '../terminal/terminal.ts';
import { WITHOUT_DEMO } from './suggested-commands.ts';

/** How `--help` speaks: what a person puts in stands in capitals, `FILE`, and what must be given is in the usage. */
export function helpWords(terminal: Terminal): HelpConfiguration {
  return {
    styleTitle: (title) => styled(terminal, 'bold', title),
    subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    commandDescription: (command) => command.description() || sentence(command.summary()),
    commandUsage: usage,
    argumentTerm,
    optionTerm: ({ flags }) => inCapitals(flags),
    optionDescription(option) {
      const description = Help.prototype.optionDescription.call(this, option);
      return option.mandatory ? `${description}; must be given` : description;
    },
    visibleGlobalOptions(command) {
      const options: Option[] = Help.prototype.visibleGlobalOptions.call(this, command);
      return options.filter(({ long }) => long !== '--demo' || !WITHOUT_DEMO.includes(command.name()));
    },
    showGlobalOptions: true,
  };
}

/** Commander lays out what it writes, not what is added after it: sentences there break between words, examples never. */
export function helpInWidth(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith(' ') ? [line] : wrapped(line, columns)))
    .join('\n');
}

/** What commander says of a command line that it does not understand, as a sentence and perhaps a question. */
export function complaintWords(complaint: string): string {
  return inCapitals(complaint.trimEnd())
    .replace(/^error: /, '')
    .replace(/^missing required argument '(.*)'$/, (_, name: string) => `${name.toUpperCase()} is missing.`)
    .replace(/^required option '(.*)' not specified$/, '$1 must be given.')
    .replace(/^option '(.*)' argument missing$/, '$1: what comes after it is missing.')
    .replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
    .replace(/\n\((Did you mean .*)\)$/, '. $1');
}

function usage(command: Command): string {
  const path: string[] = [];
  for (let each: Command | null = command; each !== null; each = each.parent) path.unshift(each.name());
  const needed = command.options.filter(({ mandatory }) => mandatory);
  return [
    ...path,
    ...(command.commands.length > 0 ? ['COMMAND'] : command.registeredArguments.map(argumentTerm)),
    ...needed.map(({ flags }) => inCapitals(flags)),
    '[OPTIONS]',
  ].join(' ');
}

function argumentTerm(argument: Argument): string {
  const name = argument.name().toUpperCase() + (argument.variadic ? '…' : '');
  return argument.required ? name : `[${name}]`;
}

/** `--to <address...>` as `--to ADDRESS…`. */
function inCapitals(text: string): string {
  return text.replace(
    /<([a-z-]+)(\.\.\.)?>/g,
    (_, name: string, more?: string) => name.toUpperCase() + (more === undefined ? '' : '…'),
  );
}

function sentence(summary: string): string {
  return summary === '' ? '' : `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
