import { resolve } from 'node:path';
import { RefusedError } from '../refused-error.ts';
import type { ColumnMeaning } from '../subscribers/columns.ts';
import {
  type ImportHead,
  type ImportPreview,
  type ImportReport,
  importSubscribers,
  previewImport,
  type Refusal,
  readImportHead,
} from '../subscribers/import.ts';
import type { ImportRow } from '../subscribers/import-row.ts';
import { startProgress } from '../terminal/progress.ts';
import { columns, markLine, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { chosenNewsletter } from './chosen-newsletter.ts';
import { countDoubts, type Doubts, doubtLines } from './import-doubts.ts';
import { collectRefusals, refusalLines, refuseSameFile } from './import-refusals.ts';
import { jsonOf } from './json.ts';
import type { DefineCommand } from './shell.ts';

interface ImportFlags {
  newsletter?: string;
  dryRun?: boolean;
  confirmedElsewhere?: boolean;
  refused?: string;
  yes?: boolean;
  json?: boolean;
}

/** `broadsheet subscribers import FILE.csv`. */
export const defineImport: DefineCommand = (subscribers, shell) => {
  const { terminal } = shell;
  subscribers
    .command('import')
    .argument('<file>', 'CSV, as Mailchimp, Ghost, listmonk, Substack and spreadsheets export it')
    .summary('bring in readers from a CSV file')
    .option('--newsletter <slug>', 'into which one (default: the only one)')
    .option(
      '--dry-run',
      'show what the columns mean, the first five people and what would become of all; change nothing',
    )
    .option('--confirmed-elsewhere', 'you declare that all of them agreed to get it: nobody is asked by mail')
    .option(
      '--refused <file>',
      'write every refused row as it stands, with its line and reason, to a CSV file: mend and import it',
    )
    .option('--yes', 'do not ask, even where the columns have no names')
    .option('--json', 'for scripts')
    .addHelpText('after', HELP)
    .action(async (file: string, flags: ImportFlags, command) => {
      await using context = await shell.open(command);
      const newsletter = await chosenNewsletter(context.db, flags.newsletter);
      const path = resolve(shell.folder, file);
      const now = shell.now();
      const refusedPath = flags.refused === undefined ? undefined : resolve(shell.folder, flags.refused);
      refuseSameFile(path, refusedPath);
      const head = await readImportHead(newsletter, path, now);
      if (!flags.dryRun) await confirmGuess(terminal, head, flags);
      const refusals = collectRefusals(head.columns, refusedPath);
      const doubts = countDoubts();
      const progress = startProgress(terminal, 100);
      const hears = {
        now,
        confirmedElsewhere: flags.confirmedElsewhere === true,
        signal: shell.signal,
        onRefused: refusals.add,
        onDoubt: doubts.add,
        onProgress: (done: number, rows: number) =>
          progress.update(Math.round(done * 100), plural(rows, 'row')),
      };
      if (flags.dryRun) {
        const preview = await previewImport(context.db, newsletter, path, hears).finally(progress.stop);
        await refusals.end();
        const listed = { refusals: refusals.first, doubts: doubts.list() };
        if (flags.json) terminal.out(jsonOf({ ...forScripts(preview), ...listed }));
        else printPreview(terminal, preview, file, flags, listed);
        return;
      }
      const report = await importSubscribers(context.db, newsletter, path, hears).finally(progress.stop);
      await refusals.end();
      const listed = { refusals: refusals.first, doubts: doubts.list() };
      if (flags.json) terminal.out(jsonOf({ ...report, ...listed }));
      else printReport(terminal, report, newsletter.name, file, flags, listed);
      // A script must not go on with half of a list.
      if (!report.complete) throw new RefusedError('Stopped before the end of the file.');
    });
};

/**
 * Columns without names are guessed by what is in them, and a wrong guess would greet people by somebody else's name.
 * @throws RefusedError unless a person has looked at it, or `--yes` says so.
 */
async function confirmGuess(terminal: Terminal, head: ImportHead, flags: ImportFlags): Promise<void> {
  if (head.columns.headerAt !== null || flags.yes) return;
  const name = head.file.name;
  if (!terminal.interactive) {
    throw new RefusedError(
      `${name} has no row of column names, so only its addresses are read. Look with --dry-run, give it a first row (email,name,…), or say --yes.`,
    );
  }
  terminal.out(
    markLine(terminal, 'look', 'columns', `${name} has no row of names: this is what it is read as`),
  );
  for (const line of mappingLines(terminal, head)) terminal.out(line);
  const { confirm } = await import('@inquirer/prompts');
  if (!(await confirm({ message: 'Import it like this?', default: false })))
    throw new RefusedError('Nothing was changed.');
}

interface Listed {
  refusals: Refusal[];
  doubts: ReturnType<Doubts['list']>;
}

function printPreview(
  terminal: Terminal,
  preview: ImportPreview,
  file: string,
  flags: ImportFlags,
  { refusals, doubts }: Listed,
): void {
  const { encoding, delimiter } = preview.file;
  const form = `${encoding === 'windows-1252' ? 'not UTF-8: read as Windows-1252' : encoding.toUpperCase()}, ${SEPARATORS[delimiter] ?? delimiter} between columns`;
  terminal.out(
    markLine(
      terminal,
      'look',
      'dry run',
      `${preview.file.name}: ${plural(preview.report.rows, 'row')}, ${form}; nothing is changed`,
    ),
  );
  for (const line of mappingLines(terminal, preview)) terminal.out(line);
  const { report } = preview;
  terminal.out('\n What it would do');
  printCounts(terminal, [
    [report.added, 'would get it, without any mail'],
    [report.asked, 'would be asked by mail to confirm   (--confirmed-elsewhere: they have agreed already)'],
    ...stayingOut(report),
  ]);
  for (const line of refusalLines(report.refused, refusals, flags.refused)) terminal.out(line);
  for (const line of doubtLines(doubts)) terminal.out(line);
  terminal.out(
    `\n Next       broadsheet subscribers import ${file}${flags.newsletter ? ` --newsletter ${flags.newsletter}` : ''}${flags.confirmedElsewhere ? ' --confirmed-elsewhere' : ''}`,
  );
}

function printReport(
  terminal: Terminal,
  report: ImportReport,
  newsletter: string,
  file: string,
  flags: ImportFlags,
  { refusals, doubts }: Listed,
): void {
  const said = `${newsletter}: ${plural(report.rows, 'row')} read`;
  terminal.out(
    report.complete
      ? markLine(terminal, 'done', 'import', said)
      : markLine(terminal, 'look', 'stopped', [
          `${said}; to go on where it stopped, run it again:`,
          `broadsheet subscribers import ${file}`,
        ]),
  );
  printCounts(terminal, [
    [report.added, 'gets it from now on, without any mail', 'get it from now on, without any mail'],
    [report.asked, 'is asked by mail to confirm', 'are asked by mail to confirm'],
    ...stayingOut(report),
  ]);
  for (const line of refusalLines(report.refused, refusals, flags.refused)) terminal.out(line);
  for (const line of doubtLines(doubts)) terminal.out(line);
}

/** Whom an import changes nothing for, or only what is known of them. */
function stayingOut(report: ImportReport): Count[] {
  return [
    [report.already, 'is here already', 'are here already'],
    [report.left, 'has left: stays out', 'have left: they stay out'],
    [
      report.suppressed,
      'gets no mail (bounced, complained, removed): stays out',
      'get no mail (bounced, complained, removed): they stay out',
    ],
    [report.remembered, 'left or bounced where they come from: remembered, so that nobody brings them in'],
    [report.unconfirmed, 'never confirmed where they come from: not taken over'],
    [report.duplicates, 'the same person again in this file'],
    [report.refused, 'refused'],
  ];
}

/** A number, what it counts when it is one, and when it is more. */
type Count = [count: number, one: string, many?: string];

function printCounts(terminal: Terminal, counts: Count[]): void {
  const rows = counts
    .filter(([count]) => count > 0)
    .map(([count, one, many = one]) => [count, count === 1 ? one : many]);
  for (const line of columns(rows)) terminal.out(`   ${line}`);
}

/** What each column is taken for, and the first people as they are read. */
function mappingLines(terminal: Terminal, { columns: { headers, meanings }, sample }: ImportHead): string[] {
  const meaningAt = new Map(Object.entries(meanings).map(([meaning, index]) => [index, meaning]));
  const rows = headers.map((header, index) => {
    const meaning = meaningAt.get(index);
    return [header, meaning ? `→ ${meaning}` : styled(terminal, 'dim', 'not used')];
  });
  return [
    '\n Columns',
    ...columns(rows).map((line) => `   ${line}`),
    '\n The first people',
    ...columns(sample.map(personCells)).map((line) => `   ${line}`),
  ];
}

function personCells(row: ImportRow): string[] {
  const standing =
    row.standing === 'reads'
      ? row.confirmed
        ? 'confirmed there'
        : 'not known whether confirmed'
      : STANDINGS[row.standing];
  const sections = row.sections === null ? 'all sections' : (JSON.parse(row.sections) as string[]).join(', ');
  return [row.email, row.name ?? '', row.language ?? '', sections, standing];
}

const STANDINGS = {
  asked: 'never confirmed there',
  left: 'left there',
  gone: 'bounced there',
  complaint: 'complained there',
  blocked: 'blocked there',
};

const SEPARATORS: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

function forScripts({ file, columns: { headers, meanings }, sample, report }: ImportPreview) {
  const mapping = Object.fromEntries(
    (Object.entries(meanings) as [ColumnMeaning, number][]).map(([meaning, index]) => [
      meaning,
      headers[index],
    ]),
  );
  const { name, encoding, delimiter } = file;
  return { file: name, encoding, delimiter, mapping, sample, ...report };
}

const HELP = `
Columns are found by their headers, in many languages: email, name (or first and last), sections or tags, status,
created, confirmed or opt-in, language, time zone. A title above the headers is passed over. People whom the file shows
as confirmed (a status, a confirmation date, an opt-in) get no mail; the others get one that asks them, unless you
declare --confirmed-elsewhere. Who left here, or is suppressed, stays out whatever the file says. Running it again
changes nothing, so a stopped import just goes on.
What is not understood (a section that there is not, a date that is none) is left out, counted and shown with its lines.

Examples:
  broadsheet subscribers import readers.csv --dry-run
  broadsheet subscribers import readers.csv --refused refused.csv
  broadsheet subscribers import readers.csv --newsletter morning --confirmed-elsewhere`;
