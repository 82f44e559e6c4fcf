import { InvalidArgumentError } from 'commander';
import { RefusedError } from '../refused-error.ts';
import { type FileReport, importFiles } from '../stories/import-files.ts';
import { startProgress } from '../terminal/progress.ts';
import { columns, markLine, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { expectedTimeZone, isTimeZone } from '../time-zone.ts';
import type { DefineCommand } from './shell.ts';
import { countsOf, storyCounts } from './story-counts.ts';

interface ImportCommandOptions {
  section?: string;
  source?: string;
  language?: string;
  timeZone?: string;
  json?: boolean;
}

/** `broadsheet import PATH…`: stories from files. */
export const defineImport: DefineCommand = (program, shell) => {
  program
    .command('import')
    .argument('<path...>', 'files, or folders of them')
    .summary('take stories from files: feeds, JSON, pages, the text of mailings')
    .option('--section <name>', 'section of stories that have no label of their own')
    .option(
      '--source <name>',
      "what readers see as the origin; default: the document's title, else the file's name",
    )
    .option('--language <tag>', 'language of documents that do not say: en, vi, …')
    .option('--time-zone <zone>', 'of times that name none: Europe/London; default UTC', readZone)
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nThe format is found by content: RSS, Atom, JSON Feed, JSON and JSON Lines (docs/import-format.md), an HTML page,\nthe plain text of a news page. Importing a file again changes only what is different in it.\n\nExamples:\n  broadsheet import mailings/2026-11-24.txt\n  broadsheet import mailings/ --source "Harbour Wire" --section World\n  broadsheet import export.jsonl --json | jq \'.[].refused\'',
    )
    .action(async (paths: string[], options: ImportCommandOptions, command) => {
      await using context = await shell.open(command);
      const { folder, signal, terminal } = shell;
      const progress = startProgress(terminal, 100);
      const onFile = (_report: FileReport, done: number, all: number) =>
        progress.update(Math.round((done / all) * 100), `${done} of ${plural(all, 'file')}`);
      const reports = await importFiles(context, paths, { folder, signal, onFile, ...options }).finally(() =>
        progress.stop(),
      );
      const unread = reports.filter(({ format }) => format === null);
      if (options.json) terminal.out(JSON.stringify(reports.map(fileJson), null, 2));
      else if (unread.length < reports.length) printImport(terminal, reports);
      if (unread.length === reports.length) {
        throw new RefusedError(`Nothing could be read: ${unread.map(unreadWords).join('; ')}.`);
      }
    });
};

const REFUSED_SHOWN = 20;

/** What an import did, in the lines of a check list: the sum, a line a file, and each refused item with its place. */
function printImport(terminal: Terminal, reports: FileReport[]): void {
  const read = reports.filter(({ format }) => format !== null);
  const unread = reports.filter(({ format }) => format === null);
  const { all, parts } = countsOf(read.map(({ stories }) => stories));
  const files = plural(read.length, 'file');
  const sum = `${all} in ${files}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
  const refused = read.flatMap(({ path, stories }) =>
    stories.refused.map(
      ({ place, reason }) => `refused: ${place === 'whole document' ? path : `${path}, ${place}`}: ${reason}`,
    ),
  );
  const more = refused.length - REFUSED_SHOWN;
  const shown =
    more > 0 ? [...refused.slice(0, REFUSED_SHOWN), `… and ${more} more; --json lists them all`] : refused;
  terminal.out(markLine(terminal, all > refused.length ? 'done' : 'failed', 'stories', [sum, ...shown]));
  if (unread.length > 0) terminal.out(markLine(terminal, 'failed', 'not read', unread.map(unreadWords)));
  if (reports.length < 2) return;
  const rows = reports.map(({ path, format, stories }) => [path, format ?? 'not read', storyCounts(stories)]);
  for (const line of columns(rows)) terminal.out(styled(terminal, 'dim', `   ${line}`));
}

function unreadWords({ path, stories }: FileReport): string {
  return `${path}: ${stories.refused[0]?.reason ?? 'unknown'}`;
}

function fileJson({ path, format, source, stories }: FileReport) {
  return { path, format, source, ...stories };
}

function readZone(text: string): string {
  if (isTimeZone(text)) return text;
  throw new InvalidArgumentError(`${capitalised(expectedTimeZone(text))}.`);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
