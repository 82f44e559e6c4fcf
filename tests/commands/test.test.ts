import { expect, test } from 'vitest';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { instant, NIGHT, newsletterOf, storeTestStories } from '../editions/newsroom.ts';
import { parseMail } from '../messages/parse.ts';
import { commandLine } from '../setup/command-line.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';
import { type Script, startSink } from '../setup/smtp-sink.ts';

async function newsroom(script: Script = {}) {
  const { db, url } = await sqlite.create();
  const newsletter = await newsletterOf(db, instant('2026-11-01T00:00Z'));
  await storeTestStories(db, NIGHT);
  const sink = await startSink(script);
  const broadsheet = commandLine({ env: { DATABASE_URL: url, SMTP_URL: sink.url } });
  return { db, newsletter, sink, broadsheet };
}

test('a test of what comes next is really sent, and leaves no trace in the figures', async () => {
  const { db, sink, broadsheet } = await newsroom();
  await using _ = sink;
  const { code, out } = await broadsheet('test', 'morning', '--to', 'an@news.example', 'bo@news.example');
  expect({ code, out }).toEqual({
    code: 0,
    out: 'Test of Morning Briefing, Tue 24 Nov, 07:00 Europe/London, as it would be now\n ✓ an@news.example  sent\n ✓ bo@news.example  sent',
  });
  expect(sink.messages.map(({ to }) => to)).toEqual(['an@news.example', 'bo@news.example']);
  const mail = await parseMail(sink.messages[0]?.raw ?? '');
  expect(mail.subject).toBe('[Test] Eleven ports agree to share one flood fund');
  for (const table of ['editions', 'deliveries', 'senders'] as const) {
    expect(await db.selectFrom(table).selectAll().execute(), table).toEqual([]);
  }
});

test('a prepared edition is tested by its name, in its present revision', async () => {
  const { db, newsletter, sink, broadsheet } = await newsroom();
  await using _ = sink;
  await prepareEdition(
    testContext(db, { now: '2026-11-24T06:00Z' }),
    newsletter,
    'daily',
    instant('2026-11-24T07:00Z'),
  );
  const { code } = await broadsheet('test', 'morning/2026-11-24', '--to', 'an@news.example');
  expect(code).toBe(0);
  const test = sink.messages.find(({ to }) => to === 'an@news.example');
  expect((await parseMail(test?.raw ?? '')).subject).toMatch(/^\[Test r1\] /);
});

test('what the relay says of an address is what the person reads', async () => {
  const { sink, broadsheet } = await newsroom({
    rcpt: (address) => (address.includes('nobody') ? '550 5.1.1 no such user' : undefined),
  });
  await using _ = sink;
  const { code, out, err } = await broadsheet(
    'test',
    'morning',
    '--to',
    'an@news.example',
    'nobody@news.example',
  );
  expect(code).toBe(1);
  expect(out).toContain('✓ an@news.example  sent');
  expect(out).toMatch(/✗ nobody@news\.example {2}.*550 5\.1\.1 no such user/);
  expect(err).toBe('✗ 1 test of 2 did not leave.');
});

test('without a relay that answers nothing is begun, and the person is told', async () => {
  const { db, sink, broadsheet } = await newsroom();
  await sink[Symbol.asyncDispose]();
  const { code, err } = await broadsheet('test', 'morning', '--to', 'an@news.example');
  expect(code).toBe(1);
  expect(err).toContain(
    `${sink.url}, nothing listens there (connection refused). Nothing was changed or sent.`,
  );
  expect(await db.selectFrom('notices').selectAll().execute()).toEqual([]);
});

test('of a relay that goes away on the way the person is told that the test waits', async () => {
  const { db, sink, broadsheet } = await newsroom({ mail: () => '421 4.3.2 going down' });
  await using _ = sink;
  const { code, err } = await broadsheet('test', 'morning', '--to', 'an@news.example');
  expect(code).toBe(1);
  expect(err).toMatch(/^✗ The relay is not there: .*The test waits for an hour/);
  expect(await db.selectFrom('notices').select(['state', 'sender_id']).execute()).toEqual([
    { state: 'queued', sender_id: null },
  ]);
});

test('twenty addresses are the most, and each must be one', async () => {
  const { sink, broadsheet } = await newsroom();
  await using _ = sink;
  const many = Array.from({ length: 21 }, (_, index) => `r${index}@news.example`);
  expect(await broadsheet('test', 'morning', '--to', ...many)).toMatchObject({
    code: 2,
    err: '✗ A test goes to at most 20 addresses, not to 21.',
  });
  const both = await broadsheet('test', 'morning', '--to', 'an@', 'ok@news.example', 'bo.example');
  expect(both.code).toBe(2);
  expect(both.err).toMatch(/“an@”.*“bo\.example”/);
  expect((await broadsheet('test', 'morning')).code).toBe(2);
  expect(sink.messages).toEqual([]);
});
