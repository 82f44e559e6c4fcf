import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const TICK = fileURLToPath(new URL('./tick.ts', import.meta.url));

/** Runs one tick in so many processes at the same moment. Throws what any of them printed when it failed. */
export async function tickTogether(
  job: 'prepare' | 'release',
  url: string,
  now: string,
  count = 3,
): Promise<void> {
  const processes = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, [TICK, job, url, now], { stdio: ['pipe', 'pipe', 'pipe'] });
    const errors: string[] = [];
    child.stderr.on('data', (chunk) => errors.push(String(chunk)));
    return { child, errors };
  });
  await Promise.all(
    processes.map(({ child }) => Promise.race([once(child.stdout, 'data'), once(child, 'exit')])),
  );
  for (const { child } of processes) child.stdin.write('go\n');
  await Promise.all(
    processes.map(async ({ child, errors }) => {
      const code = child.exitCode ?? ((await once(child, 'exit')) as [number])[0];
      if (code !== 0) throw new Error(`A scheduler ended with ${code}: ${errors.join('')}`);
    }),
  );
}
