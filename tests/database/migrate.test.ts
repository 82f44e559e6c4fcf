import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { migrate, pendingMigrations } from '../../src/database/migrate.ts';
import { temporaryFolder } from '../setup/command-line.ts';
import { onEachDatabase } from '../setup/databases.ts';

onEachDatabase((database) => {
  test('a migrated database has nothing left to do', async () => {
    const { db } = await database.create();
    expect(await migrate(db)).toEqual([]);
    expect(await pendingMigrations(db)).toEqual([]);
  });

  test('two processes may migrate at once', async () => {
    const { db, url } = await database.create();
    const other = connect(url);
    await Promise.all([migrate(db), migrate(other)]);
    await other.destroy();
  });

  test('the id of a deleted last row is never given to another', async () => {
    const { db } = await database.create();
    const row = { what: 'x', who: 'x', subject: 'x', at: 0 };
    const first = await db.insertInto('audit').values(row).returning('id').executeTakeFirstOrThrow();
    await db.deleteFrom('audit').execute();
    const second = await db.insertInto('audit').values(row).returning('id').executeTakeFirstOrThrow();
    expect(second.id).toBeGreaterThan(first.id);
  });

  test('counts and instants come back as numbers', async () => {
    const { db } = await database.create();
    await db
      .insertInto('audit')
      .values({ what: 'x', who: 'x', subject: 'x', at: 1_795_557_307_830 })
      .execute();
    const row = await db
      .selectFrom('audit')
      .select((eb) => ['at', eb.fn.countAll<number>().as('count')])
      .groupBy('at')
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ at: 1_795_557_307_830, count: 1 });
  });

  test('a slot belongs to one edition', async () => {
    const { db } = await database.create();
    const newsletter = await db
      .insertInto('newsletters')
      .values({ slug: 'm', name: 'M', settings: '{}', enabled_at: 0, created_at: 0, updated_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    const edition = (name: string) => ({
      newsletter_id: newsletter.id,
      kind: 'scheduled' as const,
      rhythm: 'daily',
      slot_at: 1,
      name,
      state: 'draft' as const,
      state_at: 0,
      window_from: 0,
      window_to: 1,
      created_at: 0,
    });
    await db.insertInto('editions').values(edition('a')).execute();
    await expect(db.insertInto('editions').values(edition('b')).execute()).rejects.toThrow(/unique/i);
  });
});

test('the file with the readers is for its owner alone, and so is what SQLite lays beside it', async () => {
  const file = join(temporaryFolder(), 'data', 'broadsheet.sqlite');
  const db = connect(`sqlite:${file}`);
  onTestFinished(() => db.destroy());
  await migrate(db);
  for (const path of [file, `${file}-wal`]) expect(statSync(path).mode & 0o777, path).toBe(0o600);
});
