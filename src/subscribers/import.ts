import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { suppressionKey } from './address.ts';
import { type Columns, findColumns } from './columns.ts';
import { type CsvFile, type CsvRow, openCsv, readCsv } from './csv-file.ts';
import { type ImportBatch, OUTCOMES, storeBatch } from './import-batch.ts';
import { type Doubt, type ImportRow, readRow } from './import-row.ts';

export interface ImportOptions {
  /** The operator declares that everybody in the file agreed to get the newsletter: nobody is asked again. */
  confirmedElsewhere?: boolean;
  now: Temporal.Instant;
  signal?: AbortSignal | undefined;
  onRefused?: (refusal: Refusal) => void;
  /** Hears what was left out of a row that came in otherwise. */
  onDoubt?: (doubt: Doubt) => void;
  /** Hears after every batch how much of the file is done (0 to 1), and how many rows that was. */
  onProgress?: (done: number, rows: number) => void;
}

export interface Refusal {
  line: number;
  reason: string;
  /** The row as it stands in the file; one that cannot be taken apart is one cell, one that is too long none. */
  cells: string[];
}

/** What a file begins with: enough to say what it would be read as. */
export interface ImportHead {
  file: CsvFile;
  columns: Columns;
  /** The first people. */
  sample: ImportRow[];
}

/** What became of every row: `rows` is the sum of all the other counts. */
export interface ImportReport {
  rows: number;
  /** Get the newsletter from now on, without any mail about it. */
  added: number;
  /** Were sent a mail that asks them to confirm. */
  asked: number;
  /** Already had the newsletter; nothing changed. */
  already: number;
  /** Left the newsletter here, or everything: stay out. */
  left: number;
  /** Get no mail of any newsletter: stay out. */
  suppressed: number;
  /** Left, bounced or complained where they come from: remembered, so that no later file brings them in. */
  remembered: number;
  /** Had asked there and never confirmed: not taken over. */
  unconfirmed: number;
  /** The same person again in this file. */
  duplicates: number;
  refused: number;
  /** false when it was stopped before the end; running it again goes on. */
  complete: boolean;
}

/** What an import would read: the meaning of the columns, a few rows, and how the whole file looks. */
export interface ImportPreview extends ImportHead {
  rows: number;
  /** Would get the newsletter without any mail; unless they are here already, or left. */
  confirmed: number;
  /** Would be asked by mail, unless `confirmedElsewhere`. */
  toAsk: number;
  /** Left, bounced, complained or never confirmed where they come from. */
  notReading: number;
  refused: number;
}

/**
 * Reads a CSV file of people into a newsletter, a thousand rows a transaction, in bounded memory. Doing it again, or
 * going on after it was stopped, adds nobody twice. Never brings back who left or is suppressed here.
 * @throws RefusedError when the file cannot be read or no column holds addresses.
 */
export async function importSubscribers(
  db: Db,
  newsletter: Newsletter,
  path: string,
  options: ImportOptions,
): Promise<ImportReport> {
  const file = await openCsv(path);
  const batch: ImportBatch = {
    newsletter,
    source: `import ${file.name}`,
    key: await suppressionKey(db),
    newestBefore: await newestSubscription(db),
    confirmedElsewhere: options.confirmedElsewhere === true,
    now: options.now,
  };
  const report = emptyReport();
  for await (const { rows, bytes } of peopleOf(file, newsletter, options.now)) {
    if (options.signal?.aborted) return { ...report, complete: false };
    const people: ImportRow[] = [];
    for (const row of rows) {
      report.rows++;
      if ('refusal' in row) {
        report.refused++;
        options.onRefused?.(row.refusal);
      } else {
        people.push(row);
        for (const doubt of row.doubts) options.onDoubt?.(doubt);
      }
    }
    const counts = await storeBatch(db, batch, people);
    for (const outcome of OUTCOMES) report[outcome] += counts[outcome];
    options.onProgress?.(bytes / file.bytes, report.rows);
  }
  return report;
}

const SAMPLE = 5;

/** Reads the beginning of a file, to see what its columns are taken for. @throws RefusedError as importSubscribers does. */
export async function readImportHead(
  newsletter: Newsletter,
  path: string,
  now: Temporal.Instant,
): Promise<ImportHead> {
  const file = await openCsv(path);
  for await (const { columns, rows } of peopleOf(file, newsletter, now)) {
    const people = rows.flatMap((row) => ('refusal' in row ? [] : [row]));
    return { file, columns, sample: people.slice(0, SAMPLE) };
  }
  throw new RefusedError(`${file.name} has no rows.`);
}

/** Reads a file as importSubscribers would, and changes nothing. @throws RefusedError as it does. */
export async function previewImport(
  newsletter: Newsletter,
  path: string,
  { now, onRefused, onDoubt }: Pick<ImportOptions, 'now' | 'onRefused' | 'onDoubt'>,
): Promise<ImportPreview> {
  const file = await openCsv(path);
  const preview = { sample: [] as ImportRow[], rows: 0, confirmed: 0, toAsk: 0, notReading: 0, refused: 0 };
  let columns: Columns | undefined;
  for await (const piece of peopleOf(file, newsletter, now)) {
    columns = piece.columns;
    for (const row of piece.rows) {
      preview.rows++;
      if ('refusal' in row) {
        preview.refused++;
        onRefused?.(row.refusal);
        continue;
      }
      for (const doubt of row.doubts) onDoubt?.(doubt);
      if (preview.sample.length < SAMPLE) preview.sample.push(row);
      if (row.standing !== 'reads') preview.notReading++;
      else if (row.confirmed) preview.confirmed++;
      else preview.toAsk++;
    }
  }
  if (columns === undefined) throw new RefusedError(`${file.name} has no rows.`);
  return { file, columns, ...preview };
}

/** The people of a file in the order of its rows, a thousand at a time; what is no person is a refusal. */
async function* peopleOf(file: CsvFile, newsletter: Newsletter, now: Temporal.Instant) {
  let columns: Columns | null = null;
  let bytes = 0;
  const onBytes = (read: number) => {
    bytes = read;
  };
  for await (const piece of readCsv(file, onBytes)) {
    let rows: CsvRow[] = piece;
    if (columns === null) {
      const records = piece.flatMap((row) => ('cells' in row ? [row] : []));
      columns = findColumns(records.slice(0, 21).map((record) => record.cells));
      if (columns === null) {
        const found = records[0]?.cells.join(', ').slice(0, 200) ?? 'nothing';
        throw new RefusedError(
          `${file.name}: no column holds mail addresses; the first row is: ${found}. Give it a column named email.`,
        );
      }
      if (columns.headed) rows = piece.slice(piece.indexOf(records[0] as CsvRow) + 1);
    }
    const known: Columns = columns;
    const people = rows.map((row) => {
      if ('fault' in row) return refused(row, row.text === undefined ? [] : [row.text]);
      const person = readRow(row, known, newsletter, now);
      return 'fault' in person ? refused(person, row.cells) : person;
    });
    yield { columns: known, rows: people, bytes };
  }
}

function refused({ line, fault }: { line: number; fault: string }, cells: string[]): { refusal: Refusal } {
  return { refusal: { line, reason: fault, cells } };
}

async function newestSubscription(db: Db): Promise<number> {
  const row = await db
    .selectFrom('subscriptions')
    .select((eb) => eb.fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}

function emptyReport(): ImportReport {
  return {
    rows: 0,
    added: 0,
    asked: 0,
    already: 0,
    left: 0,
    suppressed: 0,
    remembered: 0,
    unconfirmed: 0,
    duplicates: 0,
    refused: 0,
    complete: true,
  };
}
