import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/broadsheet.js', import.meta.url));
/** As bin/broadsheet.js sees it, this is an older Node: it starts Node 26 and stands between. */
const OLDER_NODE = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.0.0' } });",
)}`;
const SECRET_KEY = 'x'.repeat(32);

/** The real program as a process of its own, started in `folder`; killed with the test. */
export function broadsheet(folder: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  return follow(spawn(process.execPath, [BIN, ...args], options(folder, env)));
}

/** The same from an older Node: `child` is what hands over to the program. */
export function launched(folder: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  return follow(spawn(process.execPath, ['--import', OLDER_NODE, BIN, ...args], options(folder, env)));
}

/** The same as npm starts it: `child` is a shell that waits for the program. */
export function startedByNpm(folder: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  const line = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
  return follow(
    spawn('sh', ['-c', `${line}; true`], options(folder, { npm_lifecycle_event: 'start', ...env })),
  );
}

function options(folder: string, env: NodeJS.ProcessEnv): SpawnOptions {
  return {
    cwd: folder,
    env: { PATH: process.env.PATH, SECRET_KEY, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  };
}

function follow(child: ChildProcess) {
  const ended = once(child, 'exit');
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    child,
    printed: () => printed,
    says: async (what: RegExp): Promise<string[]> => {
      await expect.poll(() => printed, { timeout: 15_000 }).toMatch(what);
      return what.exec(printed) ?? [];
    },
    ends: async () => {
      const [code, signal] = await ended;
      return { code, signal };
    },
  };
}
