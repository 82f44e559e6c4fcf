import { expect, onTestFinished, test } from 'vitest';
import { checkRelays } from '../../src/checks/relay.ts';
import { sesRefusal } from '../../src/checks/ses.ts';
import { probeRelay } from '../../src/delivery/relays/probe.ts';
import { queueNotice } from '../../src/notices/notice.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';
import { publishedDns } from '../setup/published-dns.ts';
import { type Script, startSink } from '../setup/smtp-sink.ts';

async function sink(script: Script = {}): Promise<string> {
  const started = await startSink(script);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started.url;
}

test('each relay has a line; one that is not there holds nothing up while another takes mail', async () => {
  const { db } = await sqlite.create();
  const urls = [
    await sink({ ehlo: () => '250-mail.news.example at your service\r\n250 PIPELINING' }),
    'smtp://127.0.0.1:1',
  ];
  const context = testContext(db, { env: { SMTP_URL: urls[0], SMTP_URL_2: urls[1] } });
  const dns = publishedDns({
    'mail.news.example A': ['8.8.8.8'],
    '8.8.8.8 PTR': ['mail.news.example'],
  });
  const { checks } = await checkRelays(context, { urls, dns });
  expect(checks.map(({ thing, mark }) => [thing, mark])).toEqual([
    ['relay', 'done'],
    ['host name', 'done'],
    ['relay 2', 'look'],
  ]);
  const none = await checkRelays(context, { urls: ['smtp://127.0.0.1:1', 'smtp://127.0.0.1:1'], dns });
  expect(none.checks.map(({ mark }) => mark)).toEqual(['failed', 'failed']);
  const offline = await checkRelays(context, { urls, dns: null });
  expect(offline.checks.map(({ thing, found }) => [thing, found.endsWith('(not tried)')])).toEqual([
    ['relay', true],
    ['relay 2', true],
  ]);
});

test('what a relay says of itself and of the time is heard', async () => {
  const url = await sink({
    greeting: () => '220 mail.example ESMTP Exim 4.98 Tue, 24 Nov 2026 07:00:00 +0000',
    ehlo: () => '250-mail.example Hello you [127.0.0.1]\r\n250-SIZE 1000\r\n250 SMTPUTF8',
  });
  expect(await probeRelay(url)).toMatchObject({
    host: 'mail.example',
    date: 'Tue, 24 Nov 2026 07:00:00 +0000',
    capabilities: ['SIZE 1000', 'SMTPUTF8'],
    size: 1000,
  });
  expect((await probeRelay(await sink())).date).toBeNull();
});

test('what SES last said of its sandbox is told, until it takes a message', async () => {
  const { db } = await sqlite.create();
  const ses = 'smtp://user:secret@email-smtp.eu-west-1.amazonaws.com:587';
  const now = Temporal.Instant.from('2026-11-24T07:00:00Z');
  const says = async (response: string) => {
    const token = await queueNotice(db, 'test', 'you@news.example', { newsletterId: 1, at: 0 }, now);
    await db.updateTable('notices').set({ response }).where('token', '=', token).execute();
  };
  expect(await sesRefusal(db, 'relay', 'ses', ses)).toBeNull();
  await says(
    '554 Message rejected: Email address is not verified. The following identities failed the check',
  );
  expect(await sesRefusal(db, 'relay', 'ses', ses)).toMatchObject({
    mark: 'failed',
    found: expect.stringContaining('sandbox'),
  });
  expect(await sesRefusal(db, 'relay', 'other', 'smtp://mail.example:587')).toBeNull();
  await says('454 Throttling failure: Daily message quota exceeded');
  expect((await sesRefusal(db, 'relay', 'ses', ses))?.found).toContain('quota');
  await says('250 Ok 0102018');
  expect(await sesRefusal(db, 'relay', 'ses', ses)).toBeNull();
});
