import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { run } from '../../src/commands/run.ts';
import type { Dns } from '../../src/dns.ts';
import { TEST_SECRET } from './context.ts';
import { publishedDns } from './published-dns.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/**
 * The command line in a temporary folder of its own, in this process: `await broadsheet('status', '--json')`.
 * @param env over a complete set of settings that mails nobody.
 * @param interactive as if somebody looked at it; nobody answers a question.
 * @param dns default: one in which nothing is published.
 */
export function commandLine({
  env = {},
  folder = temporaryFolder(),
  now = () => Temporal.Instant.from('2026-11-24T06:00:00Z'),
  columns = 100,
  interactive = false,
  dns = publishedDns({}),
}: {
  env?: NodeJS.ProcessEnv;
  folder?: string;
  now?: () => Temporal.Instant;
  columns?: number;
  interactive?: boolean;
  dns?: Dns;
} = {}): ((...args: string[]) => Promise<Ran>) & { folder: string } {
  const broadsheet = async (...args: string[]): Promise<Ran> => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await run(args, {
      terminal: {
        out: (text) => out.push(text),
        err: (text) => err.push(text),
        status: () => {},
        showsLog: false,
        interactive,
        color: false,
        columns,
      },
      env: {
        SECRET_KEY: TEST_SECRET,
        PUBLIC_URL: 'https://news.example',
        DKIM: 'relay',
        LOG_LEVEL: 'silent',
        ...env,
      },
      folder,
      now,
      dns,
      signal: new AbortController().signal,
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  };
  return Object.assign(broadsheet, { folder });
}

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
