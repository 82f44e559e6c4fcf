import { createWriteStream, existsSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { RefusedError } from '../refused-error.ts';
import type { Columns } from '../subscribers/columns.ts';
import type { Refusal } from '../subscribers/import.ts';
import { formatCount } from '../terminal/terminal.ts';
import { MisuseError } from './misuse.ts';

/** Refusals shown; all of them go where `--refused` says. */
const SHOWN = 10;

interface Refusals {
  /** The first of them, for people. */
  first: Refusal[];
  add: (refusal: Refusal) => void;
  end: () => Promise<void>;
}

/**
 * Keeps a few refusals, and writes all of them to `path` when there is one: each row as it stands, with its line and
 * reason before it, so that it can be mended there and imported.
 */
export function collectRefusals({ headers }: Columns, path: string | undefined): Refusals {
  const first: Refusal[] = [];
  const csv = path === undefined ? null : stringify({ escape_formulas: true });
  csv?.write(['line', 'reason', ...headers]);
  const written =
    csv === null || path === undefined ? null : pipeline(csv, createWriteStream(path, { mode: 0o600 }));
  written?.catch(() => {});
  return {
    first,
    add: (refusal) => {
      if (first.length < SHOWN) first.push(refusal);
      csv?.write([refusal.line, refusal.reason, ...refusal.cells]);
    },
    end: async () => {
      csv?.end();
      try {
        await written;
      } catch (error) {
        throw new RefusedError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

/** Whoever has mended the refused rows imports them, and may name the same file again. @throws MisuseError then. */
export function refuseSameFile(path: string, refused: string | undefined): void {
  if (refused === undefined || !existsSync(path) || !existsSync(refused)) return;
  if (realpathSync(path) === realpathSync(refused))
    throw new MisuseError(
      `--refused names ${basename(path)} itself, which would be written over: give it another name.`,
    );
}

/** The first refusals, and where the others are. @param path the file with all of them, as it was named. */
export function refusalLines(total: number, refusals: Refusal[], path: string | undefined): string[] {
  const lines = refusals.map(({ line, reason }) => `     line ${formatCount(line)}: ${reason}`);
  if (total === refusals.length) return lines;
  const where = path === undefined ? 'all of them: --refused FILE.csv' : `all in ${path}`;
  return [...lines, `     and ${formatCount(total - refusals.length)} more   (${where})`];
}
