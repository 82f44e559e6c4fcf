import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject, onTestFinished } from 'vitest';
import { connect, type Db } from '../../src/database/connect.ts';
import { administer, databaseUrl } from './administer.ts';

export interface TestDatabase {
  kind: 'sqlite' | 'postgres';
  /** A fresh, migrated database for this test alone; its address serves child processes too. */
  create: () => Promise<{ db: Db; url: string }>;
}

/** Runs a suite on every database we support, each test on a database of its own. */
export function onEachDatabase(suite: (database: TestDatabase) => void): void {
  for (const database of [sqlite, postgres]) {
    describe(`on ${database.kind}`, () => suite(database));
  }
}

/** For suites whose subject is not the database. */
export const sqlite: TestDatabase = {
  kind: 'sqlite',
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'broadsheet-test-'));
    const path = join(folder, 'test.sqlite');
    copyFileSync(inject('sqliteTemplate'), path);
    const url = `sqlite:${path}`;
    const db = connect(url);
    onTestFinished(async () => {
      await db.destroy();
      rmSync(folder, { recursive: true, force: true });
    });
    return { db, url };
  },
};

export const postgres: TestDatabase = {
  kind: 'postgres',
  create: async () => {
    const server = inject('postgresUrl');
    const name = `test_${randomBytes(8).toString('hex')}`;
    await administer(server, `create database ${name} template ${inject('postgresTemplate')}`);
    const url = databaseUrl(server, name);
    const db = connect(url, { poolSize: 4 });
    onTestFinished(async () => {
      await db.destroy();
      await administer(server, `drop database ${name} with (force)`);
    });
    return { db, url };
  },
};
