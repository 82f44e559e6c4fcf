import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { run } from './commands/run.ts';
import { processTerminal } from './terminal/terminal.ts';

const folder = process.cwd();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stop.abort());
}

const dotenv = join(folder, '.env');
process.exitCode = await run(process.argv.slice(2), {
  terminal: processTerminal(),
  // The environment wins over the file, as operators of containers expect.
  env: { ...(existsSync(dotenv) ? parseEnv(readFileSync(dotenv, 'utf8')) : {}), ...process.env },
  folder,
  now: () => Temporal.Now.instant(),
  signal: stop.signal,
});
