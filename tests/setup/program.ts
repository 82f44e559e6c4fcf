import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/broadsheet.js', import.meta.url));
const SECRET_KEY = 'x'.repeat(32);

/** The real program as a process of its own, started in `folder`; killed with the test. */
export function broadsheet(folder: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, SECRET_KEY, LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
