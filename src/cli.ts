import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { run } from './commands/run.ts';
import { systemDns } from './dns.ts';
import { keepHeapLean } from './lean-heap.ts';
import { processTerminal } from './terminal/terminal.ts';

keepHeapLean();
const folder = process.cwd();
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
let stop: AbortSignal | undefined;

// `broadsheet stories | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const dotenv = join(folder, '.env');
process.exitCode = await run(process.argv.slice(2), {
  terminal: processTerminal(),
  // The environment wins over the file, as operators of containers expect.
  env: { ...(existsSync(dotenv) ? parseEnv(readFileSync(dotenv, 'utf8')) : {}), ...process.env },
  folder,
  now: () => Temporal.Now.instant(),
  dns: systemDns(),
  get signal() {
    stop ??= stopOnSignals();
    return stop;
  },
});

// Everything is closed by now; what hangs all the same must not keep the process alive.
setTimeout(() => process.exit(), 5000).unref();

/**
 * Aborted by the first Ctrl-C or SIGTERM; the second ends the process at once. A command that never asks for it is
 * ended by the first, as people expect.
 */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    for (const name of SIGNALS) process.off(name, abort);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, abort);
  return controller.signal;
}
