import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** The demo's own folder, in the folder it is started in. */
export const DEMO_FOLDER = 'demo-data';
/** Its database, and what `--demo` on any command opens. */
export const DEMO_DATABASE = join(DEMO_FOLDER, 'demo.sqlite');

const SETTINGS = join(DEMO_FOLDER, 'demo.env');

/**
 * The environment of `--demo`: what the demo wrote down, and nothing of the operator's own.
 * @param folder where the demo was started.
 */
export function demoEnvironment(folder: string): NodeJS.ProcessEnv {
  const path = join(folder, SETTINGS);
  const written = existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
  return { DATABASE_URL: `sqlite:${DEMO_DATABASE}`, ...written };
}

/** Writes down what other commands need to work with the demo while it runs; for nobody else's eyes. */
export function writeDemoEnvironment(folder: string, settings: Record<string, string>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, SETTINGS), lines.join(''), { mode: 0o600 });
}
