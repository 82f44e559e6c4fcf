import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { SourceTable } from '../database/tables/sources.ts';
import { readDocument } from '../sources/read-document.ts';
import { type ImportReport, storeStories } from './import.ts';

/** What became of one file. */
export interface FileReport {
  /** As people name it: relative to the folder they are in. */
  path: string;
  /** `RSS`, `news page (text)`, …; null when the file could not be read. */
  format: string | null;
  /** The source that its stories belong to; null when there are none. */
  source: string | null;
  stories: ImportReport;
}

export interface ImportOptions {
  /** What relative paths are relative to. */
  folder: string;
  /** The source's name, instead of the document's title or the file's name. */
  source?: string | undefined;
  /** Section of stories that have no label. */
  section?: string | undefined;
  /** BCP 47, of documents that do not say. */
  language?: string | undefined;
  /** IANA zone of times that name none. */
  timeZone?: string | undefined;
  /** Told after each file. */
  onFile?: (report: FileReport, done: number, all: number) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Imports files, and the files of folders with their subfolders; each in one transaction, its format found by its content.
 * Its stories belong to a source of the kind `file`, named by the document's title, else by the file.
 * Nothing is thrown for what a file holds or that it is not there: its report says so.
 */
export async function importFiles(
  context: Pick<Context, 'db' | 'now'>,
  paths: string[],
  options: ImportOptions,
): Promise<FileReport[]> {
  const files: string[] = [];
  const reports: FileReport[] = [];
  for (const path of paths) {
    const found = await listFiles(resolve(options.folder, path));
    if (typeof found === 'string') reports.push(unread(path, found));
    else files.push(...found);
  }
  for (const [index, file] of files.entries()) {
    options.signal?.throwIfAborted();
    const report = await importFile(context, file, options);
    reports.push(report);
    options.onFile?.(report, index + 1, files.length);
  }
  return reports;
}

async function listFiles(path: string): Promise<string[] | string> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      // Hidden files and what editors leave behind are nobody's stories.
      .filter((file) => !/(?:^|[\\/])[.~]|~$/.test(relative(path, file)))
      .sort();
    return files.length > 0 ? files : 'the folder holds no files';
  } catch (error) {
    return explain(error);
  }
}

async function importFile(
  { db, now }: Pick<Context, 'db' | 'now'>,
  file: string,
  options: ImportOptions,
): Promise<FileReport> {
  const inside = relative(options.folder, file);
  const path = inside.startsWith('..') ? file : inside;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return unread(path, explain(error));
  }
  const { language, timeZone } = options;
  const read = await readDocument(bytes, {
    name: basename(file),
    url: null,
    contentType: null,
    now: now(),
    language,
    timeZone,
  });
  if (read.stories.length === 0) {
    const stories = { new: 0, changed: 0, unchanged: 0, refused: read.refused };
    return { path, format: read.format === 'unknown' ? null : read.format, source: null, stories };
  }
  const source = await fileSource(db, options.source ?? read.title ?? nameOfFile(file), options, now());
  return {
    path,
    format: read.format,
    source: source.name,
    stories: await storeStories(db, source, read, now()),
  };
}

/** The source of that name, whatever its kind: a feed that was saved to a file is still that feed. */
async function fileSource(
  db: Db,
  name: string,
  { section, language }: ImportOptions,
  now: Temporal.Instant,
): Promise<Selectable<SourceTable>> {
  const named = name.slice(0, 120);
  await db
    .insertInto('sources')
    .values({
      name: named,
      kind: 'file',
      url: `file:${encodeURIComponent(named)}`,
      section: section ?? null,
      language: language ?? null,
      created_at: now.epochMilliseconds,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const source = await db
    .selectFrom('sources')
    .selectAll()
    .where('name', '=', named)
    .executeTakeFirstOrThrow();
  return { ...source, section: section ?? source.section, language: language ?? source.language };
}

/** `harbour-wire_2026-11-30.txt` is a mailing of the Harbour Wire. */
function nameOfFile(file: string): string {
  const stem = basename(file).replace(/\.[A-Za-z0-9]{1,6}$/, '');
  const words = stem
    .replace(/\d{4}-?\d{2}-?\d{2}|\d{2}-\d{2}-\d{4}|T?\d{4,6}Z?$/g, ' ')
    .replace(/[-_.+\s]+/g, ' ')
    .trim();
  const name = words === '' ? stem : words;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function unread(path: string, reason: string): FileReport {
  const refused = [{ place: 'whole file', reason }];
  return { path, format: null, source: null, stories: { new: 0, changed: 0, unchanged: 0, refused } };
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const known: Record<string, string> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'we may not read it',
    ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GB',
  };
  return known[code] ?? `it cannot be read (${code || error})`;
}
