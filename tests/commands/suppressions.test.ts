import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { suppress } from '../../src/subscribers/suppression.ts';
import { commandLine } from '../setup/command-line.ts';

const NEWSLETTER = `
slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@news.example>
postal_address: 12 Quay Street, Aberdeen
time_zone: Europe/Berlin
rhythms: { weekdays: "0 7 * * 1-5" }
sections: [World]
`;

/** Five readers at Gmail and one elsewhere, suppressed as a bad day would, and as people did. */
async function badDay() {
  const broadsheet = commandLine({ now: () => Temporal.Instant.from('2026-11-24T12:00:00Z') });
  writeFileSync(join(broadsheet.folder, 'morning.yaml'), NEWSLETTER);
  await broadsheet('newsletter', 'apply', 'morning.yaml');
  for (const name of ['ada', 'bo', 'cy', 'di', 'ed'])
    await broadsheet('subscribers', 'add', `${name}@gmail.com`);
  await broadsheet('subscribers', 'add', 'fay@example.org');
  const db = connect(`sqlite:${join(broadsheet.folder, 'data/broadsheet.sqlite')}`);
  onTestFinished(() => db.destroy());
  const at = (time: string) => Temporal.Instant.from(`2026-11-24T${time}:00Z`);
  await suppress(db, 'ada@gmail.com', 'gone', at('05:59'));
  await suppress(db, 'bo@gmail.com', 'gone', at('06:00'));
  await suppress(db, 'cy@gmail.com', 'gone', at('06:10'));
  await suppress(db, 'di@gmail.com', 'soft', at('06:10'));
  await suppress(db, 'ed@gmail.com', 'complaint', at('06:20'), { who: 'Jo', note: 'by phone' });
  await suppress(db, 'fay@example.org', 'gone', at('06:10'));
  await suppress(db, 'former@gmail.com', 'erased', at('06:30'));
  const left = async () => {
    const rows = await db.selectFrom('suppressions').select('reason').orderBy('at').execute();
    return rows.map((row) => row.reason).join(' ');
  };
  return { broadsheet, db, left };
}

test('a bad day of one provider is undone: shown, counted, asked, and kept in the audit', async () => {
  const { broadsheet, db, left } = await badDay();
  const chosen = ['--since', '2026-11-24T07:00', '--reason', 'gone', '--domain', 'Gmail.com'];
  const shown = await broadsheet('suppressions', 'remove', ...chosen, '--dry-run');
  expect(shown.out).toContain('2 gone (the mailbox is gone) would have mail again');
  expect(shown.out).toContain('since Tue 24 Nov, 07:00 Europe/Berlin, at gmail.com');
  expect(await broadsheet('suppressions', 'remove', ...chosen)).toMatchObject({
    code: 1,
    err: expect.stringContaining('“Let 2 addresses have mail again?” Nobody can be asked here: say --yes.'),
  });
  expect(await left()).toBe('gone gone gone soft gone complaint erased');
  const done = await broadsheet('suppressions', 'remove', ...chosen, '--yes', '--by', 'Mai');
  expect(done.out).toContain('2 addresses may have mail again');
  expect(await left()).toBe('gone soft gone complaint erased');
  const audit = await db
    .selectFrom('audit')
    .select(['who', 'subject', 'before'])
    .where('what', '=', 'suppressions.removed')
    .execute();
  expect(audit).toEqual([
    {
      who: 'Mai',
      subject: '2 addresses',
      before: '{"counts":{"gone":2},"reasons":["gone"],"since":"2026-11-24T06:00:00Z","domain":"gmail.com"}',
    },
  ]);
});

test('without a reason only what replies brought is undone; nothing at all is too much', async () => {
  const { broadsheet, left } = await badDay();
  const { out } = await broadsheet('suppressions', 'remove', '--domain', 'gmail.com', '--yes', '--json');
  expect(JSON.parse(out)).toEqual({
    counts: [
      { reason: 'gone', count: 3 },
      { reason: 'soft', count: 1 },
    ],
    removed: 4,
  });
  expect(await left()).toBe('gone complaint erased');
  expect(await broadsheet('suppressions', 'remove', '--yes')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Which ones?'),
  });
  expect(await broadsheet('suppressions', 'remove', 'a@gmail.com', '--reason', 'gone')).toMatchObject({
    code: 2,
  });
  expect(await broadsheet('suppressions', 'remove', '--since', 'yesterday')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--since expects a time'),
  });
});

test('a complaint is lifted only with a written reason, by whichever way', async () => {
  const { broadsheet, db, left } = await badDay();
  for (const which of [['ed@gmail.com'], ['--reason', 'complaint']]) {
    expect(await broadsheet('suppressions', 'remove', ...which, '--yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('They complained: mail again needs a reason in writing'),
    });
  }
  expect(await broadsheet('subscribers', 'add', 'ed@gmail.com', '--again')).toMatchObject({
    code: 1,
    err: expect.stringContaining('broadsheet suppressions remove ed@gmail.com --note'),
  });
  expect(await left()).toContain('complaint');
  await broadsheet('suppressions', 'remove', 'ED@gmail.com', '--note', 'wrote to us on 24 Nov', '--yes');
  expect(await left()).not.toContain('complaint');
  const { after } = await db
    .selectFrom('audit')
    .select('after')
    .where('what', '=', 'suppressions.removed')
    .executeTakeFirstOrThrow();
  expect(after).toBe('{"note":"wrote to us on 24 Nov"}');
});

test('lifting one begins the count of what its mailbox refused anew', async () => {
  const { broadsheet, db } = await badDay();
  const people = await db.selectFrom('subscribers').select('id').where('email', 'like', 'd%').execute();
  await db
    .insertInto('refusals')
    .values(
      [1, 2].map((edition_id) => ({
        ...{ subscriber_id: people[0]?.id as number, edition_id, delivery_id: edition_id },
        ...{ kind: 'soft' as const, came: 'reply' as const, at: 0 },
      })),
    )
    .execute();
  await broadsheet('suppressions', 'remove', 'di@gmail.com', '--yes');
  expect(await db.selectFrom('refusals').selectAll().execute()).toEqual([]);
});

test('list counts by reason and shows who, when and why; of who was removed nothing is known', async () => {
  const { broadsheet } = await badDay();
  const { out } = await broadsheet('suppressions', 'list', '--limit', '3');
  expect(out).toContain('4 gone (the mailbox is gone), 1 complaint (they complained), 1 erased');
  expect(out).toMatch(/2026-11-24 07:30 +erased +\(not kept\)\n/);
  expect(out).toMatch(/2026-11-24 07:20 +complaint +ed@gmail\.com +Jo +by phone/);
  expect(out).toContain('The newest 3 of 7.');
  const gone = JSON.parse((await broadsheet('suppressions', 'list', '--reason', 'gone', '--json')).out);
  expect(gone.counts).toEqual({ gone: 4 });
  expect(gone.suppressions).toHaveLength(4);
  expect(gone.suppressions.at(-1)).toMatchObject({ email: 'ada@gmail.com', at: '2026-11-24T05:59:00Z' });
  expect((await broadsheet('suppressions', 'list', '--domain', 'nobody.example')).out).toBe(' None.');
});

test('add keeps who said so and why; of somebody who is erased later only the hash stays', async () => {
  const { broadsheet, db } = await badDay();
  const { out } = await broadsheet(
    'suppressions',
    'add',
    'gus@example.org',
    'fay@example.org',
    '--note',
    'a trap',
  );
  expect(out).toContain('gus@example.org gets no more mail');
  expect(out).toContain('fay@example.org gets none already');
  const row = () =>
    db
      .selectFrom('suppressions')
      .select(['reason', 'domain', 'note'])
      .orderBy('id', 'desc')
      .executeTakeFirst();
  expect(await row()).toEqual({ reason: 'operator', domain: 'example.org', note: 'a trap' });
  await broadsheet('subscribers', 'add', 'hal@example.org');
  await broadsheet('suppressions', 'add', 'hal@example.org', '--note', 'Hal asked');
  await broadsheet('subscribers', 'remove', 'hal@example.org', '--yes');
  expect(await row()).toEqual({ reason: 'operator', domain: null, note: null });
});
