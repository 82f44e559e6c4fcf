import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { RefusedError } from '../refused-error.ts';

/** A table on disk, whoever exported it: its text is decoded, its separator found. */
export interface CsvFile {
  path: string;
  /** For people: `file.csv`. */
  name: string;
  bytes: number;
  encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  delimiter: string;
}

/** One record, or why it is none; `line` is where it begins, the first being 1. */
export type CsvRow = { line: number; cells: string[] } | BrokenRow;

/** `text` is the record as it stands; absent: it is longer than any may be. */
interface BrokenRow {
  line: number;
  fault: string;
  text?: string;
}

/** Longest record in characters: far more than a person's data, far less than what would fill the memory. */
const LONGEST_RECORD = 64 * 1024;
/** A quoted cell that runs on for longer has lost its closing quotation mark. */
const MOST_LINES = 100;
const ROWS_AT_ONCE = 1000;

/**
 * Looks at a whole file once, to know its encoding before the first row is believed.
 * @throws RefusedError when it cannot be read, is empty, or is no text.
 */
export async function openCsv(path: string): Promise<CsvFile> {
  const name = basename(path);
  const { bytes, encoding, head } = await lookAt(path, name);
  if (bytes === 0) throw new RefusedError(`${name} is empty.`);
  const text = new TextDecoder(encoding).decode(head, { stream: true });
  const first =
    text.split(/\r\n|\n|\r/).find((line) => line.trim() !== '' && !SEPARATOR_HINT.test(line)) ?? '';
  return { path, name, bytes, encoding, delimiter: SEPARATOR_HINT.exec(text)?.[1] ?? delimiterOf(first) };
}

/**
 * The records of a file in order, at most a thousand at a time, in bounded memory. A record that is broken spoils no
 * other: reading goes on with the line after the one it began on.
 * @param onBytes hears how much of the file has been read.
 */
export async function* readCsv(
  file: CsvFile,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<CsvRow[]> {
  let rows: CsvRow[] = [];
  for await (const records of recordsOf(file, onBytes)) {
    for (const row of cellsOf(records, file.delimiter)) {
      rows.push(row);
      if (rows.length === ROWS_AT_ONCE) {
        yield rows;
        rows = [];
      }
    }
  }
  if (rows.length > 0) yield rows;
}

async function lookAt(path: string, name: string) {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  let bytes = 0;
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      if (bytes === 0) head = chunk;
      bytes += chunk.length;
      isUtf8 &&= decodes(utf8, chunk);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : code;
    throw new RefusedError(`${path} cannot be read: ${why}.`, { cause: error });
  }
  if (head.subarray(0, 4).toString('latin1') === 'PK\x03\x04') {
    throw new RefusedError(
      `${name} is an archive or a workbook: unpack it, or save its sheet as CSV, first.`,
    );
  }
  return { bytes, head, encoding: encodingOf(head, isUtf8, name) };
}

function decodes(decoder: TextDecoder, chunk: Buffer): boolean {
  try {
    decoder.decode(chunk, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function encodingOf(head: Buffer, isUtf8: boolean, name: string): CsvFile['encoding'] {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  // Text of any script has ASCII separators, whose other half is 0 in UTF-16. Elsewhere a 0 here or there is an
  // accident that costs its own row; a file full of them is no text.
  const zeros = [0, 0];
  head.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (even === 0 && odd > head.length / 8) return 'utf-16le';
  if (odd === 0 && even > head.length / 8) return 'utf-16be';
  if (even + odd > head.length / 10) throw new RefusedError(`${name} is not a text file: expected CSV.`);
  // Old spreadsheets write their country's code page; in Western Europe and America that is this one.
  return isUtf8 ? 'utf-8' : 'windows-1252';
}

/** Excel's own first line, `sep=;`. */
const SEPARATOR_HINT = /^sep=(.)\s*$/im;

function delimiterOf(header: string): string {
  const bare = header.replace(/"(?:[^"]|"")*"/g, '');
  const counts = [',', ';', '\t', '|'].map((sign) => ({ sign, count: bare.split(sign).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).sign;
}

/** A line of the file; null: longer than any record may be. */
interface Line {
  line: number;
  text: string | null;
}

type CsvRecord = { line: number; text: string } | BrokenRow;

/** Joins lines to records: a cell within quotation marks may span several. */
async function* recordsOf(file: CsvFile, onBytes: (bytes: number) => void): AsyncGenerator<CsvRecord[]> {
  let waiting: Line[] = [];
  let count = 0;
  for await (const { texts, final } of linesOf(file, onBytes)) {
    waiting.push(...texts.map((text) => ({ line: ++count, text })));
    const records: CsvRecord[] = [];
    let at = 0;
    for (;;) {
      const taken = takeRecord(waiting, at, file.delimiter, final);
      if (taken === null) break;
      at += taken.lines;
      if (!isBlank(taken.record)) records.push(taken.record);
    }
    waiting = waiting.slice(at);
    yield records;
  }
}

/** The record that begins with the line at `at`, and how many lines it takes; null: more lines are needed to tell. */
function takeRecord(
  lines: Line[],
  at: number,
  delimiter: string,
  final: boolean,
): { record: CsvRecord; lines: number } | null {
  const first = lines[at];
  if (first === undefined) return null;
  const { line } = first;
  if (first.text === null) return { record: { line, fault: TOO_LONG }, lines: 1 };
  let text = first.text;
  for (let count = 1; ; count++) {
    if (!isOpen(text, delimiter)) return { record: withoutNul(line, text), lines: count };
    const next = lines[at + count];
    if (next === undefined && !final) return null;
    if (next?.text == null || count === MOST_LINES || text.length > LONGEST_RECORD) {
      return { record: { line, fault: 'its quotation mark is never closed', text: first.text }, lines: 1 };
    }
    text += `\n${next.text}`;
  }
}

/** No database of ours stores a NUL, and no address has one. */
function withoutNul(line: number, text: string): CsvRecord {
  return text.includes('\0')
    ? { line, fault: 'it holds a NUL byte, which no text has', text }
    : { line, text };
}

/** Whether a quoted cell is still open at the end of `text` (RFC 4180 §2). */
function isOpen(text: string, delimiter: string): boolean {
  if (!text.includes('"')) return false;
  for (let cell = 0; ; ) {
    let end = cell;
    if (text[cell] === '"') {
      end = text.indexOf('"', cell + 1);
      while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end < 0) return true;
    }
    const next = text.indexOf(delimiter, end);
    if (next < 0) return false;
    cell = next + 1;
  }
}

function isBlank(record: CsvRecord): boolean {
  if ('fault' in record) return false;
  return record.text.trim() === '' || (record.line === 1 && SEPARATOR_HINT.test(record.text));
}

const TOO_LONG = `it has more than ${LONGEST_RECORD} characters`;

/** The lines of each piece that is read, whichever way they end. */
async function* linesOf(
  file: CsvFile,
  onBytes: (bytes: number) => void,
): AsyncGenerator<{ texts: Array<string | null>; final: boolean }> {
  const decoder = new TextDecoder(file.encoding);
  let rest = '';
  // The beginning of a line that is too long is dropped as it comes, not kept until its end.
  let tooLong = false;
  let bytes = 0;
  const split = (text: string) => {
    const texts: Array<string | null> = text.split(/\r\n|\n|\r/);
    if (tooLong && texts.length > 1) {
      texts[0] = null;
      tooLong = false;
    }
    return texts.map((line) => (line !== null && line.length > LONGEST_RECORD ? null : line));
  };
  for await (const chunk of createReadStream(file.path) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    onBytes(bytes);
    const text = rest + decoder.decode(chunk, { stream: true });
    // A \r at the very end may be half a line end.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lastBreak = Math.max(text.lastIndexOf('\n', end - 1), text.lastIndexOf('\r', end - 1));
    rest = text.slice(lastBreak + 1);
    if (lastBreak >= 0) {
      const texts = split(text.slice(0, lastBreak + 1));
      texts.pop();
      yield { texts, final: false };
    }
    if (rest.length > LONGEST_RECORD) {
      tooLong = true;
      rest = rest.endsWith('\r') ? '\r' : '';
    }
  }
  yield { texts: split(`${rest}${decoder.decode()}\n`).slice(0, -1), final: true };
}

/** Takes records apart, many in one call of the parser: a call each would cost more than the parsing. */
function cellsOf(records: CsvRecord[], delimiter: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let good: Array<{ line: number; text: string }> = [];
  const flush = () => {
    rows.push(...parseTogether(good, delimiter));
    good = [];
  };
  for (const record of records) {
    if (!('fault' in record)) {
      good.push(record);
      continue;
    }
    flush();
    rows.push(record);
  }
  flush();
  return rows;
}

function parseTogether(records: Array<{ line: number; text: string }>, delimiter: string): CsvRow[] {
  try {
    const parsed = parseText(records.map((record) => record.text).join('\n'), delimiter);
    if (parsed.length === records.length) {
      return records.map(({ line }, index) => ({ line, cells: parsed[index] ?? [] }));
    }
  } catch (error) {
    if (records.length === 1) {
      const fault = error instanceof Error ? error.message : String(error);
      return records.map((record) => ({ ...record, fault }));
    }
  }
  // One of them is not what it seemed: each on its own then.
  if (records.length === 1) return records.map((record) => ({ ...record, fault: 'it is not one row' }));
  return records.flatMap((record) => parseTogether([record], delimiter));
}

function parseText(text: string, delimiter: string): string[][] {
  return parse(text, {
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: 0,
  });
}
