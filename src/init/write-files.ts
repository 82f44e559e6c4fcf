import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { RefusedError } from '../refused-error.ts';
import { firstEnv, renderEnv } from './env-file.ts';

const ENV_EXAMPLE = new URL('../../.env.example', import.meta.url);

export interface WrittenEnv {
  /** The variables that it sets now. */
  values: Record<string, string>;
  /** Whether links that went out earlier keep working. */
  keptKey: boolean;
  /** Those that the environment sets to something else, and so wins. */
  overridden: string[];
}

/**
 * Sets `values` in `.env`, readable for its owner alone, and a SECRET_KEY where there is none yet; all else that stands
 * there stays.
 * @param env the environment, an earlier `.env` included.
 * @throws RefusedError when it cannot be written.
 */
export async function writeEnv(
  folder: string,
  env: NodeJS.ProcessEnv,
  given: Record<string, string>,
): Promise<WrittenEnv> {
  const path = join(folder, '.env');
  const before = existsSync(path) ? readFileSync(path, 'utf8') : firstEnv(readFileSync(ENV_EXAMPLE, 'utf8'));
  const said = parseEnv(before);
  const kept = said.SECRET_KEY || env.SECRET_KEY;
  const values = { SECRET_KEY: kept || randomBytes(32).toString('hex'), ...given };
  await replaceFile(path, renderEnv(before, values), 0o600);
  const overridden = Object.entries(values).filter(
    ([name, value]) => env[name] && env[name] !== said[name] && env[name] !== value,
  );
  return { values, keptKey: Boolean(kept), overridden: overridden.map(([name]) => name) };
}

/**
 * Writes the newsletter's file; one that is there is kept beside it.
 * @returns the name under which the earlier one is kept; null: there was none, or it said the same.
 * @throws RefusedError when it cannot be written.
 */
export async function writeNewsletterFile(path: string, yaml: string): Promise<string | null> {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : yaml;
  const kept = path.replace(/(\.\w+)$/, '.before$1');
  if (before !== yaml) await replaceFile(kept, before, 0o644);
  await replaceFile(path, yaml, 0o644);
  return before === yaml ? null : basename(kept);
}

/** All of it or nothing: it is written beside, and then takes the place. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const beside = `${path}.new`;
  try {
    await rm(beside, { force: true });
    await writeFile(beside, text, { mode });
    await rename(beside, path);
  } catch (error) {
    throw new RefusedError(
      `${basename(path)} cannot be written: ${(error as Error).message}. May you write in ${dirname(path)}?`,
      { cause: error },
    );
  }
}
