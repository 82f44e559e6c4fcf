import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../src/database/connect.ts';
import { migrate } from '../../src/database/migrate.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { addReaders, openNewsroom, type Reader, SLOT } from '../delivery/newsroom.ts';
import { administer, databaseUrl } from '../setup/administer.ts';
import { testContext } from '../setup/context.ts';
import { startPostgres } from '../setup/postgres.ts';
import type { DatabaseKind } from './cases.ts';

/** Databases for trials: each a copy of one in which an edition is about to go out. */
export interface ProvingDatabases extends AsyncDisposable {
  create: (
    kind: DatabaseKind,
  ) => Promise<{ url: string; restart?: () => Promise<void>; drop: () => Promise<void> }>;
}

/** Prepares what is asked for: a file in `folder`, a PostgreSQL of our own. */
export async function provingDatabases(
  kinds: DatabaseKind[],
  people: number,
  folder: string,
): Promise<ProvingDatabases> {
  await using opening = new AsyncDisposableStack();
  let made = 0;
  const template = join(folder, 'template.sqlite');
  if (kinds.includes('sqlite')) await prepare(`sqlite:${template}`, people);
  const server = kinds.includes('postgres') ? await startPostgres({ keepsCommits: true }) : null;
  if (server !== null) {
    opening.defer(() => server.stop());
    await administer(server.url, 'create database proving');
    await prepare(databaseUrl(server.url, 'proving'), people);
  }
  const open = opening.move();
  return {
    create: async (kind) => {
      const name = `trial_${++made}`;
      if (kind === 'sqlite') {
        const path = join(folder, `${name}.sqlite`);
        copyFileSync(template, path);
        return {
          url: `sqlite:${path}`,
          drop: async () => {
            for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
          },
        };
      }
      if (server === null) throw new Error('PostgreSQL was not asked for.');
      await administer(server.url, `create database ${name} template proving`);
      return {
        url: databaseUrl(server.url, name),
        restart: server.restart,
        drop: () => administer(server.url, `drop database ${name} with (force)`),
      };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** An edition going out to `people` at several mailbox providers. */
export async function prepare(url: string, people: number): Promise<void> {
  const db = connect(url);
  await migrate(db);
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, provingReaders(people));
  await freezeAudience(testContext(db, { now: () => SLOT }), editionId);
  await db.destroy();
}

/** Most of them at small providers, which take many at once between them. */
function provingReaders(people: number): Reader[] {
  return Array.from({ length: people }, (_, at) => ({
    email: `reader${at + 1}@${at % 5 === 0 ? 'gmail.com' : 'ledger.example'}`,
    lane: at % 5 === 0 ? 'gmail' : 'other',
  }));
}
