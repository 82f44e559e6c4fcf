import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { addReaders, openNewsroom, ordinaryReaders } from '../delivery/newsroom.ts';
import { commandLine } from '../setup/command-line.ts';
import { testContext } from '../setup/context.ts';
import { postgres } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';

const NOW = Temporal.Instant.from('2026-11-24T09:00:00Z');

describe('backup and restore on SQLite', () => {
  async function newsroom() {
    const sink = await startSink({});
    const broadsheet = commandLine({
      env: { DATABASE_URL: 'sqlite:data/b.sqlite', SMTP_URL: sink.url, SMTP_RATE: '10000' },
      now: () => NOW,
    });
    await broadsheet('migrate');
    const path = join(broadsheet.folder, 'data', 'b.sqlite');
    const database = () => connect(`sqlite:${path}`);
    const db = database();
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(5));
    await freezeAudience(testContext(db), editionId);
    return { broadsheet, sink, db, path, database };
  }

  test('yesterday’s copy, put back at nine, mails nobody until a person has looked and adopted it', async () => {
    const { broadsheet, sink, db, path, database } = await newsroom();
    await using _ = sink;
    const made = await broadsheet('backup', 'copy.sqlite');
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/copy {8}copy\.sqlite, \d+\.\d MB, 5 people/);
    expect(statSync(join(broadsheet.folder, 'copy.sqlite')).mode & 0o777).toBe(0o600);
    await db.deleteFrom('subscribers').execute();

    const asked = await broadsheet('restore', 'copy.sqlite');
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.out).toBe(` ! replaces    ${path}: 0 people, last edition morning/2026-11-24
               by copy.sqlite: 5 people, last edition morning/2026-11-24`);
    expect(asked.err).toContain('?” Nobody can be asked here: say --yes.');
    const inUse = await broadsheet('restore', 'copy.sqlite', '--yes');
    expect(inUse).toMatchObject({ code: 1 });
    expect(inUse.err).toContain('is in use: stop Broadsheet first');
    await db.destroy();

    const restored = await broadsheet('restore', 'copy.sqlite', '--yes');
    expect(restored).toMatchObject({ code: 0, err: '' });
    expect(restored.out).toContain('paused: as far as this copy knows, 5 people have not had it');
    expect(restored.out).toContain('broadsheet edition resume morning/2026-11-24');
    expect(readdirSync(join(broadsheet.folder, 'data')).sort()).toEqual([
      'b.sqlite',
      'b.sqlite.before-20261124T090000Z',
    ]);

    const refused = await broadsheet('send', 'morning', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('put back from a copy');
    const early = await broadsheet('edition', 'resume', 'morning', '--yes');
    expect(early.code).toBe(1);
    expect(early.err).toContain(
      'morning/2026-11-24 stays paused, for sending is off. This database is a copy',
    );
    expect(early.err).toContain('then  broadsheet adopt');
    expect((await broadsheet('report', 'morning')).out).toContain(
      '! Sending is off: This database is a copy',
    );
    expect((await broadsheet('status')).out).toContain('Sending is off');
    expect(sink.messages).toEqual([]);
    const adopted = await broadsheet('adopt', '--yes');
    expect(adopted).toMatchObject({ code: 0, err: '' });
    const resumed = await broadsheet('edition', 'resume', 'morning');
    expect(resumed.out).toContain('5 are still to get it');
    expect((await broadsheet('report', 'morning')).out).not.toContain('Sending is off');
    const after = database();
    expect(await after.selectFrom('subscribers').select('id').execute()).toHaveLength(5);
    await after.destroy();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a copy is never written over a file, and what is no copy of ours is not put back', async () => {
    const { broadsheet, sink, db } = await newsroom();
    await using _ = sink;
    await db.destroy();
    const folder = broadsheet.folder;
    writeFileSync(join(folder, 'note.txt'), 'hello');
    const over = await broadsheet('backup', 'note.txt');
    expect(over.err).toContain('no copy is written over another');
    expect((await broadsheet('restore', 'note.txt')).err).toMatch(
      /note\.txt is no copy of a Broadsheet database/,
    );
    expect((await broadsheet('restore', 'none.sqlite')).err).toContain('there is no such file');
    expect(await broadsheet('restore')).toMatchObject({ code: 2 });
    expect(readdirSync(join(folder, 'data'))).toEqual(['b.sqlite']);
  });
});

test('on PostgreSQL the lines of its own tools are printed, and what they put back is marked', async () => {
  const { db, url } = await postgres.create();
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, ordinaryReaders(3));
  await freezeAudience(testContext(db), editionId);
  const broadsheet = commandLine({ env: { DATABASE_URL: url }, now: () => NOW });
  const backup = await broadsheet('backup', 'copy.dump');
  expect(backup).toMatchObject({ code: 1 });
  expect(backup.err).toContain('pg_dump --format=custom --file=copy.dump');
  expect((await broadsheet('restore', 'copy.dump')).err).toContain('broadsheet restore --mark');
  const marked = await broadsheet('restore', '--mark');
  expect(marked).toMatchObject({ code: 0, err: '' });
  expect(marked.out).toContain('3 people have not had it');
  expect(marked.out).toContain('broadsheet adopt');
});
