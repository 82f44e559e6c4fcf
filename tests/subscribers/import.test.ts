import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { eraseSubscriber } from '../../src/subscribers/erase.ts';
import { exportSubscribers } from '../../src/subscribers/export.ts';
import {
  type ImportReport,
  importSubscribers,
  previewImport,
  type Refusal,
} from '../../src/subscribers/import.ts';
import type { Doubt } from '../../src/subscribers/import-row.ts';
import { leaveEverything, leaveNewsletter } from '../../src/subscribers/leave.ts';
import { subscriberByAddress } from '../../src/subscribers/subscribers.ts';
import { onEachDatabase, postgres, sqlite } from '../setup/databases.ts';
import { NOW, storeNewsletter } from './newsletters.ts';

function fileOf(text: string, name = 'people.csv'): string {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const declared = { confirmedElsewhere: true, now: NOW };
const counts = (report: ImportReport) =>
  Object.fromEntries(Object.entries(report).filter(([, count]) => count !== 0 && count !== true));

async function states(db: Db): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('subscribers')
    .leftJoin('subscriptions', 'subscriptions.subscriber_id', 'subscribers.id')
    .select(['email_key', 'state'])
    .execute();
  return Object.fromEntries(rows.map((row) => [row.email_key, row.state ?? 'nothing']));
}

const noticesOf = (db: Db) => db.selectFrom('notices').select(['kind', 'to_address']).execute();

onEachDatabase((database) => {
  test('who was to be asked and is declared confirmed after all gets no mail that asks', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const weekend = await storeNewsletter(db, { slug: 'weekend', name: 'Weekend Edition' });
    const path = fileOf('email\na@example.org\nb@example.org\n');
    await importSubscribers(db, newsletter, path, { now: NOW });
    await importSubscribers(db, weekend, fileOf('email\na@example.org\n'), { now: NOW });
    const asked = (await noticesOf(db)).length;
    await importSubscribers(db, newsletter, path, declared);
    const left = await db.selectFrom('notices').select(['to_address', 'data']).execute();
    expect(left.length).toBe(asked - 2);
    expect(left.map(({ data }) => JSON.parse(data).newsletterId)).not.toContain(newsletter.id);
  });

  test('a plain list is asked to confirm; declared as confirmed elsewhere it gets no mail', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const path = fileOf('email,name\na@example.org,Ada\nb@example.org,\n');
    expect(counts(await importSubscribers(db, newsletter, path, { now: NOW }))).toEqual({
      rows: 2,
      asked: 2,
    });
    expect(await states(db)).toEqual({ 'a@example.org': 'pending', 'b@example.org': 'pending' });
    expect(await noticesOf(db)).toHaveLength(2);
    const again = await importSubscribers(db, newsletter, path, declared);
    expect(counts(again)).toEqual({ rows: 2, added: 2 });
    expect(await states(db)).toEqual({ 'a@example.org': 'active', 'b@example.org': 'active' });
    expect(await noticesOf(db)).toEqual([]);
    const consents = await db.selectFrom('consents').select(['what', 'source', 'wording']).execute();
    expect(consents.at(-1)).toEqual({
      what: 'imported',
      source: 'import people.csv',
      wording: 'Confirmed elsewhere, as the operator declared.',
    });
  });

  test('importing the same file again adds nobody twice', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const path = fileOf('email\na@example.org\nA@EXAMPLE.ORG\nb@example.org\n');
    const first = await importSubscribers(db, newsletter, path, declared);
    expect(counts(first)).toEqual({ rows: 3, added: 2, duplicates: 1 });
    const second = await importSubscribers(db, newsletter, path, declared);
    expect(counts(second)).toEqual({ rows: 3, already: 2, duplicates: 1 });
    expect(Object.keys(await states(db))).toHaveLength(2);
  });

  test('nobody who left, or is suppressed, is brought back', async () => {
    const { db } = await database.create();
    const morning = await storeNewsletter(db);
    const weekend = await storeNewsletter(db, { slug: 'weekend', name: 'Weekend Edition' });
    const path = fileOf('email\nleft@example.org\nall@example.org\nerased@example.org\nstays@example.org\n');
    await importSubscribers(db, morning, path, declared);
    const tokenOf = async (email: string) => (await subscriberByAddress(db, email))?.token ?? '';
    const page = { source: 'page' };
    await leaveNewsletter(db, await tokenOf('left@example.org'), morning.id, page, NOW);
    await leaveEverything(db, await tokenOf('all@example.org'), page, NOW);
    await eraseSubscriber(db, 'erased@example.org', 'Jo', NOW);
    const again = await importSubscribers(db, morning, path, declared);
    expect(counts(again)).toEqual({ rows: 4, left: 2, suppressed: 1, already: 1 });
    // Leaving one newsletter says nothing about another; leaving everything does.
    const other = await importSubscribers(db, weekend, path, declared);
    expect(counts(other)).toEqual({ rows: 4, added: 2, left: 1, suppressed: 1 });
    expect(await subscriberByAddress(db, 'erased@example.org')).toBeUndefined();
  });

  test('a preview says of every row what the import then does, and changes nothing', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await importSubscribers(
      db,
      newsletter,
      fileOf('email\nhere@example.org\ngone@example.org\nout@example.org\n'),
      declared,
    );
    const { token } = (await subscriberByAddress(db, 'out@example.org')) ?? { token: '' };
    await leaveNewsletter(db, token, newsletter.id, { source: 'page' }, NOW);
    await eraseSubscriber(db, 'gone@example.org', 'op', NOW);
    const far = Array.from({ length: 1001 }, (_, index) => `far${index}@example.org,`).join('\n');
    const path = fileOf(
      `email,status\nhere@example.org,\nOUT@example.org,\ngone@example.org,\nleft@example.org,unsubscribed\nwaits@example.org,pending\nno-address,\n${far}\nFar7@Example.org,\n`,
    );
    const before = await states(db);
    const { report: foretold } = await previewImport(db, newsletter, path, { now: NOW });
    expect(await states(db)).toEqual(before);
    expect(counts(foretold)).toEqual({
      ...{ rows: 1008, asked: 1001, already: 1, left: 1, suppressed: 1 },
      ...{ remembered: 1, unconfirmed: 1, duplicates: 1, refused: 1 },
    });
    expect(await importSubscribers(db, newsletter, path, { now: NOW })).toEqual(foretold);
  });

  test('who left, bounced or complained elsewhere is remembered as such', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const path = fileOf(
      [
        'Email Address,MEMBER_RATING,Status,CONFIRM_TIME',
        'reads@example.org,,subscribed,2024-02-03 04:05:06',
        'left@example.org,,unsubscribed,2024-02-03 04:05:06',
        'gone@example.org,,cleaned,',
        'angry@example.org,,complained,',
        'never@example.org,,pending,',
        'odd@example.org,,whatever,',
      ].join('\n'),
    );
    const refused: Refusal[] = [];
    const report = await importSubscribers(db, newsletter, path, {
      ...declared,
      onRefused: (refusal) => refused.push(refusal),
    });
    expect(counts(report)).toEqual({ rows: 6, added: 1, remembered: 3, unconfirmed: 1, refused: 1 });
    expect(refused).toEqual([
      {
        line: 7,
        reason: 'its status “whatever” is not known',
        cells: ['odd@example.org', '', 'whatever', ''],
      },
    ]);
    expect(await states(db)).toEqual({ 'reads@example.org': 'active', 'left@example.org': 'unsubscribed' });
    const reasons = await db.selectFrom('suppressions').select('reason').orderBy('reason').execute();
    expect(reasons.map((row) => row.reason)).toEqual(['complaint', 'gone']);
    const { confirmed_at } = await db
      .selectFrom('subscriptions')
      .select('confirmed_at')
      .where('state', '=', 'active')
      .executeTakeFirstOrThrow();
    expect(confirmed_at).toBe(Date.UTC(2024, 1, 3, 4, 5, 6));
    const wordings = await db.selectFrom('consents').select(['what', 'wording']).orderBy('what').execute();
    expect(wordings).toEqual([
      { what: 'imported', wording: 'Confirmed elsewhere on 2024-02-03, as the file says.' },
      { what: 'left', wording: null },
    ]);
  });

  test('a bad row is refused with its line and reason, and spoils no other', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const path = fileOf(
      'email,name\nno address here,Ada\n,Ben\na@example.org,"Cy\nb@example.org\nc@example,x\n',
    );
    const refused: Refusal[] = [];
    const report = await importSubscribers(db, newsletter, path, {
      ...declared,
      onRefused: (refusal) => refused.push(refusal),
    });
    expect(counts(report)).toEqual({ rows: 5, added: 1, refused: 4 });
    expect(refused.map((refusal) => refusal.line)).toEqual([2, 3, 4, 6]);
    expect(refused[0]?.reason).toBe(
      '“no address here” is not an address: it contains a blank or an invisible character',
    );
    expect(await states(db)).toEqual({ 'b@example.org': 'active' });
  });

  test('a date that is none is not replaced by one that nobody gave', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const path = fileOf(
      [
        'email,status,created,confirmed',
        'future@example.org,subscribed,2023-01-01,2099-01-01',
        'slashed@example.org,subscribed,,31/12/2023',
        'american@example.org,subscribed,,12/31/2023 14:05',
        'dotted@example.org,subscribed,,3.4.2023',
        'either@example.org,subscribed,,03/04/2023',
        'said@example.org,,2023-02-01,yes',
        'denied@example.org,subscribed,2023-02-01,no',
      ].join('\n'),
    );
    const doubts: Doubt[] = [];
    const report = await importSubscribers(db, newsletter, path, {
      now: NOW,
      onDoubt: (doubt) => doubts.push(doubt),
    });
    expect(counts(report)).toEqual({ rows: 7, added: 6, unconfirmed: 1 });
    expect(doubts).toEqual([
      {
        line: 2,
        about: 'confirmed: the date is in the future, so when they confirmed is kept as not known',
        found: '2099-01-01',
      },
      {
        line: 6,
        about:
          'confirmed: day and month of the date cannot be told apart, so when they confirmed is kept as not known',
        found: '03/04/2023',
      },
    ]);
    const rows = await db
      .selectFrom('subscriptions')
      .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
      .innerJoin('consents', 'consents.subscriber_id', 'subscribers.id')
      .select(['email', 'confirmed_at', 'wording'])
      .execute();
    const of = (name: string) => rows.find(({ email }) => email === `${name}@example.org`);
    expect(of('future')).toMatchObject({
      confirmed_at: NOW.epochMilliseconds,
      wording:
        'Subscribed elsewhere, as the file says. When is not known: the file says “2099-01-01” (the date is in the future); dated by the import.',
    });
    expect(of('slashed')).toMatchObject({
      confirmed_at: Date.UTC(2023, 11, 31),
      wording: 'Confirmed elsewhere on 2023-12-31, as the file says.',
    });
    expect(of('american')?.confirmed_at).toBe(Date.UTC(2023, 11, 31, 14, 5));
    expect(of('dotted')?.confirmed_at).toBe(Date.UTC(2023, 3, 3));
    expect(of('either')?.confirmed_at).toBe(NOW.epochMilliseconds);
    expect(of('said')?.confirmed_at).toBe(Date.UTC(2023, 1, 1));
    expect(of('denied')).toBeUndefined();
  });

  test('stopped half-way, it goes on where it was when run again', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const people = Array.from({ length: 2500 }, (_, index) => `p${index}@example.org`);
    const path = fileOf(`email\n${people.join('\n')}\n`);
    const stop = new AbortController();
    const stopped = await importSubscribers(db, newsletter, path, {
      ...declared,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(stopped.complete).toBe(false);
    expect(stopped.added).toBeGreaterThan(0);
    expect(stopped.added).toBeLessThan(2500);
    const finished = await importSubscribers(db, newsletter, path, declared);
    expect(finished.added + stopped.added).toBe(2500);
    expect(finished.already).toBe(stopped.added);
  });

  test('what is exported can be imported elsewhere without losing anything', async () => {
    const [one, other] = [await database.create(), await database.create()];
    const path = fileOf(
      [
        'email;name;sections;language;timezone;paused until;created_at',
        '=cmd@example.org;=HYPERLINK("http://example.org");World;vi;Asia/Ho_Chi_Minh;;2025-01-02T03:04:05Z',
        '+plus@example.org;-Minus;;;;2027-01-01;',
        'plain@example.org;@home;World, Business, Science;xx-bad-language-tag;Nowhere/None;;1735787045',
      ].join('\n'),
    );
    await importSubscribers(one.db, await storeNewsletter(one.db), path, declared);
    const csv = (await exportSubscribers(one.db, undefined, NOW).toArray()).join('');
    for (const cell of csv.split(/[,\n]/)) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    await importSubscribers(other.db, await storeNewsletter(other.db), fileOf(csv), { now: NOW });
    const all = (db: Db) =>
      db
        .selectFrom('subscriptions')
        .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
        .select([
          'email',
          'name',
          'language',
          'time_zone',
          'sections',
          'state',
          'paused_until',
          'confirmed_at',
        ])
        .orderBy('email_key')
        .execute();
    expect(await all(other.db)).toEqual(await all(one.db));
    expect(await all(one.db)).toMatchObject([
      { email: '+plus@example.org', state: 'paused', paused_until: Date.UTC(2027, 0, 1) },
      {
        name: '=HYPERLINK("http://example.org")',
        sections: '["World"]',
        language: 'vi',
        time_zone: 'Asia/Ho_Chi_Minh',
      },
      { name: '@home', sections: null, time_zone: null, confirmed_at: 1_735_787_045_000 },
    ]);
  });
});

test.each([
  [
    'Mailchimp',
    'Email Address,First Name,Last Name,Address,TAGS,OPTIN_TIME,CONFIRM_TIME,TIMEZONE,UNSUB_TIME',
    'Ada Byron',
  ],
  ['Ghost', 'id,email,name,note,subscribed_to_emails,created_at,labels', 'Ada Byron'],
  ['listmonk', 'uuid,email,name,attributes,status,created_at,updated_at', 'Ada Byron'],
  ['Substack', 'Email,Name,Active Subscription,email_disabled,created_at', 'Ada Byron'],
  ['Mailtrain', 'EMAIL,FIRST_NAME,LAST_NAME,STATUS,CREATED', 'Ada Byron'],
  ['a Spanish spreadsheet', 'Correo electrónico,Nombre,Apellidos', 'Ada Byron'],
  ['a German spreadsheet', 'E-Mail-Adresse,Vorname,Nachname', 'Ada Byron'],
  ['a Vietnamese spreadsheet', 'Họ và tên,Địa chỉ email', 'Ada Byron'],
  ['an Arabic spreadsheet', 'الاسم,البريد الإلكتروني', 'Ada Byron'],
  ['a Japanese spreadsheet', 'お名前,メールアドレス,氏名', 'Ada Byron'],
  ['somebody who named it otherwise', 'Wohin,name', 'Ada Byron'],
])('the columns of %s are understood by their headers', async (_, header, name) => {
  const { db } = await sqlite.create();
  const newsletter = await storeNewsletter(db);
  const value: Record<string, string> = {
    status: 'enabled',
    STATUS: '1',
    subscribed_to_emails: 'true',
    email_disabled: 'false',
    Address: '12 Quay Street',
    TAGS: '"""World"",""Business"""',
    CONFIRM_TIME: '2024-02-03 04:05:06',
  };
  const first = /^(first.?name|nombre|vorname)$/i;
  const last = /^(last.?name|apellidos|nachname)$/i;
  const full = /^(name|họ và tên|الاسم|氏名)$/i;
  const mail = /mail|correo|メール|البريد|wohin/i;
  const cells = header.split(',').map((column) => {
    if (first.test(column)) return 'Ada';
    if (last.test(column)) return 'Byron';
    if (full.test(column)) return 'Ada Byron';
    return value[column] ?? (mail.test(column) ? 'ada@example.org' : '');
  });
  const preview = await previewImport(db, newsletter, fileOf(`${header}\n${cells.join(',')}\n`), {
    now: NOW,
  });
  expect(preview.report).toMatchObject({ rows: 1, refused: 0, remembered: 0, unconfirmed: 0 });
  expect(preview.sample[0]).toMatchObject({ email: 'ada@example.org', name, standing: 'reads' });
});

test('a list without headers is read, a file without addresses is refused', async () => {
  const { db } = await sqlite.create();
  const newsletter = await storeNewsletter(db);
  const bare = await previewImport(db, newsletter, fileOf('Ada,ada@example.org\nBen,ben@example.org\n'), {
    now: NOW,
  });
  expect(bare).toMatchObject({
    report: { rows: 2, asked: 2 },
    columns: { headerAt: null, meanings: { email: 1 } },
  });
  await expect(previewImport(db, newsletter, fileOf('title,price\nBook,12\n'), { now: NOW })).rejects.toThrow(
    'people.csv: no column holds mail addresses; the first row is: title, price.',
  );
});

test('names of columns are found below the title of a report', async () => {
  const { db } = await sqlite.create();
  const newsletter = await storeNewsletter(db);
  const path = fileOf(
    'Readers of the Quay,,\nExported on,2026-11-01,\n\nEmail,Name,Status\nada@example.org,Ada,unsubscribed\nben@example.org,Ben,active\n',
  );
  const { report, columns } = await previewImport(db, newsletter, path, { now: NOW });
  expect(columns.headers).toEqual(['Email', 'Name', 'Status']);
  expect(counts(report)).toEqual({ rows: 2, added: 1, remembered: 1 });
});

test.each([
  ['Opt-in', 'no', 'unconfirmed'],
  ['Accepts Email Marketing', 'yes', 'added'],
  ['Einwilligung', 'Nein', 'unconfirmed'],
  ['Consentement', 'oui', 'added'],
  ['GDPR consent', '2024-02-03', 'added'],
  ['Consent', 'ask her', 'asked'],
  ['Unsubscribed', 'nein', 'added'],
  ['Unsubscribed', 'ja', 'remembered'],
])('who has %s: %s becomes %s', async (header, cell, outcome) => {
  const { db } = await sqlite.create();
  const path = fileOf(`email,${header}\nada@example.org,${cell}\n`);
  const { report } = await previewImport(db, await storeNewsletter(db), path, { now: NOW });
  expect(counts(report)).toEqual({ rows: 1, [outcome]: 1 });
});

test('what is optional and not understood is left out, and said with its line', async () => {
  const { db } = await sqlite.create();
  const path = fileOf(
    [
      'email,sections,rhythm,hour,language,timezone,created,paused until',
      'a@example.org,"Wrold, Business",hourly,7am,xx-bad-language-tag,Nowhere/None,soon,2099-13-01',
      'b@example.org,Wrold,weekly,07:30,vi,Asia/Ho_Chi_Minh,2023-01-01,2099-01-01',
    ].join('\n'),
  );
  const doubts: Doubt[] = [];
  const preview = await previewImport(db, await storeNewsletter(db), path, {
    now: NOW,
    onDoubt: (doubt) => doubts.push(doubt),
  });
  expect(preview.sample).toMatchObject([
    { sections: '["Business"]', rhythm: 'weekdays' },
    { sections: null },
  ]);
  const wrold = 'sections: “Wrold” (World?) is not one of them, left out; who names no other gets all';
  expect(doubts.map(({ line, about, found }) => [line, about, found])).toEqual([
    [2, 'created: the date cannot be read, left out', 'soon'],
    [2, 'paused until: the date cannot be read, left out', '2099-13-01'],
    [2, 'language: not the tag of a language, left out', 'xx-bad-language-tag'],
    [2, 'time zone: not a time zone such as Europe/London, left out', 'Nowhere/None'],
    [2, wrold, null],
    [2, 'rhythm: not offered, they get it weekdays', 'hourly'],
    [2, 'hour: not an hour such as 07:30, left out', '7am'],
    [3, wrold, null],
  ]);
});

test('a name cannot carry line breaks or turn the direction of text', async () => {
  const { db } = await sqlite.create();
  const path = fileOf('email,name\na@example.org,"Ada\r\nBcc: x@example.org\u202E"\n');
  const preview = await previewImport(db, await storeNewsletter(db), path, { now: NOW });
  expect(preview.sample[0]?.name).toBe('Ada Bcc: x@example.org');
});

test('two imports of the same people in opposite orders both come through', async () => {
  const { db } = await postgres.create();
  const newsletter = await storeNewsletter(db);
  const other = await storeNewsletter(db, { slug: 'evening', name: 'Evening Briefing' });
  const people = Array.from({ length: 1000 }, (_, n) => `p${String(n).padStart(4, '0')}@example.org`);
  // Every row is slow: without an order, each import surely holds what the other waits for.
  await sql`create function slowly() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.0005); return new; end $$`.execute(db);
  await sql`create trigger slow after insert on subscribers for each row execute function slowly()`.execute(
    db,
  );
  const reports = await Promise.all([
    importSubscribers(db, newsletter, fileOf(`email\n${people.join('\n')}\n`), declared),
    importSubscribers(db, other, fileOf(`email\n${people.toReversed().join('\n')}\n`), declared),
  ]);
  expect(reports.map(({ added }) => added)).toEqual([1000, 1000]);
});

test('a batch that the database gives up for another is done again, and counted once', async () => {
  const { db } = await postgres.create();
  const newsletter = await storeNewsletter(db);
  // A sequence keeps its count when the transaction is undone.
  await sql`create sequence attempts`.execute(db);
  await sql`create function contended() returns trigger language plpgsql as $$ begin
    if nextval('attempts') < 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
    return null; end $$`.execute(db);
  await sql`create trigger contended after insert on consents for each statement execute function contended()`.execute(
    db,
  );
  const path = fileOf('email\na@example.org\nb@example.org\n');
  expect(counts(await importSubscribers(db, newsletter, path, declared))).toEqual({ rows: 2, added: 2 });
  expect(await states(db)).toEqual({ 'a@example.org': 'active', 'b@example.org': 'active' });
});
