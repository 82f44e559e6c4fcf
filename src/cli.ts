import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { run } from './commands/run.ts';
import { systemDns } from './dns.ts';
import { keepHeapLean } from './lean-heap.ts';
import { onParentGone } from './parent.ts';
import { processTerminal } from './terminal/terminal.ts';

keepHeapLean();
const folder = process.cwd();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** ms in which signals are one and the same: npm and the launcher pass on the Ctrl-C that the terminal sent us, too. */
const ECHO = 250;
let stop: AbortSignal | undefined;

// `broadsheet stories | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// We do not outlive what started us; what stops already goes on in order.
onParentGone(process.env, () => {
  if (!stop?.aborted) process.kill(process.pid, 'SIGTERM');
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
 * Aborted by the first Ctrl-C, SIGTERM or SIGHUP (its terminal was closed); the second ends the process at once. A
 * command that never asks for it is ended by the first, as people expect.
 */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (controller.signal.aborted) return;
    controller.abort();
    // Keeps the process for so long: an echo that comes while it ends would end it as by a second Ctrl-C.
    setTimeout(() => {
      for (const name of SIGNALS) process.off(name, abort);
    }, ECHO);
  };
  for (const name of SIGNALS) process.on(name, abort);
  return controller.signal;
}
