import { hash } from 'node:crypto';
import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { suppressionKey } from './address.ts';
import { type Columns, findColumns } from './columns.ts';
import { type CsvFile, type CsvRow, openCsv, readCsv } from './csv-file.ts';
import { storeBatch } from './import-batch.ts';
import { decideImport, type ImportSetting, OUTCOMES, PEOPLE_AT_ONCE } from './import-decisions.ts';
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

/** What an import would do: the meaning of the columns, the first people, and what would become of every row. */
export interface ImportPreview extends ImportHead {
  report: ImportReport;
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
  const setting = await settingOf(db, newsletter, file, options);
  const report = emptyReport();
  for await (const { rows, bytes } of peopleOf(file, newsletter, options.now)) {
    if (options.signal?.aborted) return { ...report, complete: false };
    const counts = await storeBatch(db, setting, peopleAmong(rows, report, options));
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

/**
 * Reads a file as importSubscribers would, says what would become of every row, and changes nothing. To know again
 * who has come before in the file, it keeps some 50 bytes a person.
 * @throws RefusedError as importSubscribers does.
 */
export async function previewImport(
  db: Db,
  newsletter: Newsletter,
  path: string,
  options: ImportOptions,
): Promise<ImportPreview> {
  const file = await openCsv(path);
  const setting = await settingOf(db, newsletter, file, options);
  const report = emptyReport();
  const sample: ImportRow[] = [];
  const seen = new Set<number>();
  let columns: Columns | undefined;
  for await (const piece of peopleOf(file, newsletter, options.now)) {
    if (options.signal?.aborted) throw new RefusedError('Stopped before the end of the file.');
    columns = piece.columns;
    const people = peopleAmong(piece.rows, report, options);
    sample.push(...people.slice(0, SAMPLE - sample.length));
    const first = people.filter(({ key }) => {
      const before = seen.size;
      return seen.add(fingerprint(key)).size > before;
    });
    report.duplicates += people.length - first.length;
    for (let at = 0; at < first.length; at += PEOPLE_AT_ONCE) {
      const decisions = await decideImport(db, setting, first.slice(at, at + PEOPLE_AT_ONCE));
      for (const { outcome } of decisions) report[outcome]++;
    }
    options.onProgress?.(piece.bytes / file.bytes, report.rows);
  }
  if (columns === undefined) throw new RefusedError(`${file.name} has no rows.`);
  return { file, columns, sample, report };
}

async function settingOf(
  db: Db,
  newsletter: Newsletter,
  file: CsvFile,
  { confirmedElsewhere = false, now }: ImportOptions,
): Promise<ImportSetting> {
  return {
    newsletter,
    source: `import ${file.name}`,
    key: await suppressionKey(db),
    newestBefore: await newestSubscription(db),
    confirmedElsewhere,
    now,
  };
}

/** Counts the rows, tells what is wrong with them, and keeps who is left. */
function peopleAmong(
  rows: Array<ImportRow | { refusal: Refusal }>,
  report: ImportReport,
  { onRefused, onDoubt }: ImportOptions,
): ImportRow[] {
  report.rows += rows.length;
  return rows.flatMap((row) => {
    if ('refusal' in row) {
      report.refused++;
      onRefused?.(row.refusal);
      return [];
    }
    for (const doubt of row.doubts) onDoubt?.(doubt);
    return [row];
  });
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
      const header = records[columns.headerAt ?? -1];
      if (header !== undefined) rows = piece.slice(piece.indexOf(header) + 1);
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

/** 48 bits of a hash of an address: among a million people, two share one in less than one import of 500. */
function fingerprint(key: string): number {
  return hash('sha1', key, 'buffer').readUIntBE(0, 6);
}
