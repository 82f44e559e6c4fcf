import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { TestProject } from 'vitest/node';
import { connect } from '../../src/database/connect.ts';
import { migrate } from '../../src/database/migrate.ts';
import { administer, databaseUrl } from './administer.ts';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated SQLite file that each test copies. */
    sqliteTemplate: string;
    /** A server on which each test makes a database of its own from `postgresTemplate`. */
    postgresUrl: string;
    postgresTemplate: string;
  }
}

/** Starts PostgreSQL (or takes TEST_DATABASE_URL) and makes one migrated template per database. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-tests-'));
  const sqliteTemplate = join(folder, 'template.sqlite');
  await migrateTemplate(`sqlite:${sqliteTemplate}`);

  const given = process.env.TEST_DATABASE_URL;
  const postgres = given ? { url: given, stop: async () => {} } : await startPostgres();
  if (given) await refuseIfInUse(given);
  const postgresTemplate = `broadsheet_template_${process.pid}`;
  await administer(postgres.url, `create database ${postgresTemplate}`);
  await migrateTemplate(databaseUrl(postgres.url, postgresTemplate));

  project.provide('sqliteTemplate', sqliteTemplate);
  project.provide('postgresUrl', postgres.url);
  project.provide('postgresTemplate', postgresTemplate);
  return async () => {
    if (given) await administer(given, `drop database if exists ${postgresTemplate} with (force)`);
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function migrateTemplate(url: string): Promise<void> {
  const db = connect(url);
  await migrate(db);
  await db.destroy();
}

/** A mistyped TEST_DATABASE_URL must never point the tests at a newsroom's own database. */
async function refuseIfInUse(url: string): Promise<void> {
  const db = connect(url);
  try {
    const { rows } = await sql<{
      used: boolean;
    }>`select to_regclass('subscribers') is not null as used`.execute(db);
    if (!rows[0]?.used) return;
    const { people } = await db
      .selectFrom('subscribers')
      .select((eb) => eb.fn.countAll<number>().as('people'))
      .executeTakeFirstOrThrow();
    if (people > 0)
      throw new Error(
        `TEST_DATABASE_URL holds ${people} subscribers: give the tests a database of their own.`,
      );
  } finally {
    await db.destroy();
  }
}
