import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSenders } from '../../src/checks/senders.ts';
import { makeKeyFile } from '../../src/delivery/dkim/key-files.ts';
import { dkimKey } from '../../src/delivery/dkim/keys.ts';
import { newsletterOf } from '../messages/fixtures.ts';
import { temporaryFolder } from '../setup/command-line.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';
import { publishedDns } from '../setup/published-dns.ts';

/** One key for all: making it takes its time. */
let keys = { folder: '', record: '' };
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-dkim-'));
  const { key } = makeKeyFile(folder, { domain: 'news.example', selector: 'bs1', ed25519: false });
  keys = { folder, record: key.record };
});
afterAll(() => rmSync(keys.folder, { recursive: true }));

const RELAY = 'smtp://user:secret@email-smtp.eu-west-1.amazonaws.com:587';

/** A domain in which everything is as receivers like it, but for `changes`. */
async function check(changes: Record<string, string[]> = {}, env: NodeJS.ProcessEnv = {}) {
  const { db } = await sqlite.create();
  const dns = publishedDns({
    'news.example MX': ['10 mx.news.example'],
    'bounce.news.example TXT': ['v=spf1 include:amazonses.com -all'],
    'amazonses.com TXT': ['v=spf1 ip4:199.255.192.0/22 -all'],
    'bs1._domainkey.news.example TXT': [keys.record],
    '_dmarc.news.example TXT': ['v=DMARC1; p=quarantine; rua=mailto:dmarc@news.example'],
    ...changes,
  });
  const context = testContext(db, {
    env: { SMTP_URL: RELAY, BOUNCE_DOMAIN: 'bounce.news.example', DKIM_DIR: keys.folder, ...env },
  });
  return checkSenders(context, [newsletterOf()], dns);
}

test('a domain that receivers trust is one line', async () => {
  expect(await check()).toEqual([
    {
      mark: 'done',
      thing: 'sender',
      found: 'digest@news.example  MX ✓  SPF ✓  DKIM ✓ (2048 bits, probe verified)  DMARC ✓ (p=quarantine)',
    },
  ]);
});

test('newsletters of one domain share its lines, and their senders stand in one', async () => {
  const { db } = await sqlite.create();
  const both = [newsletterOf(), newsletterOf({ slug: 'evening', from: 'Evening <evening@news.example>' })];
  const dns = publishedDns({});
  const checks = await checkSenders(testContext(db), both, dns);
  expect(checks).toEqual([
    { mark: 'done', thing: 'sender', found: 'digest@news.example, evening@news.example' },
  ]);
  expect(dns.asked, 'no mail leaves this installation').toEqual([]);
});

test('what two domains have in common is said once', async () => {
  const { db } = await sqlite.create();
  const both = [newsletterOf(), newsletterOf({ slug: 'evening', from: 'Evening <evening@other.example>' })];
  const env = { SMTP_URL: RELAY, BOUNCE_DOMAIN: 'bounce.news.example', DKIM: 'relay' };
  const checks = await checkSenders(testContext(db, { env }), both, publishedDns({}));
  expect(checks.filter(({ thing }) => thing === 'SPF').length).toBe(1);
  expect(checks.filter(({ thing }) => thing === 'DMARC').length).toBe(2);
});

describe('DKIM', () => {
  const DKIM = 'bs1._domainkey.news.example TXT';

  test.each([
    ['no record', [], 'is not in DNS'],
    ['a revoked one', ['v=DKIM1; k=rsa; p='], 'revoked'],
    ['one that was cut', () => [keys.record.slice(0, 255)], 'is no key'],
    ['that of another key', [otherKey()], 'another key than ours'],
    [
      'one of another kind',
      ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
      'k=ed25519',
    ],
    ['two records', () => [keys.record, keys.record], '2 records'],
    ['something else', ['hello'], 'no DKIM key'],
    ['one for other things than mail', () => [`${keys.record}; s=tlsrpt`], 's=tlsrpt'],
    ['one for SHA-1', () => [`${keys.record}; h=sha1`], 'h=sha1'],
  ])('%s is to be mended, with the record to paste', async (_name, records, said) => {
    const found = await check({ [DKIM]: typeof records === 'function' ? records() : records });
    const dkim = found.find(({ thing }) => thing === 'DKIM');
    expect(dkim?.mark).toBe('failed');
    expect(dkim?.found).toContain(said);
    expect(dkim?.todo).toBe(`publish  bs1._domainkey.news.example. TXT "${keys.record}"`);
    expect(found[0]?.found).not.toContain('DKIM ✓');
  });

  test('a record in strings with white space between is good, one in test is worth a look', async () => {
    expect((await check({ [DKIM]: [keys.record.replace(/(.{200})/, '$1 ')] }))[0]?.found).toContain('DKIM ✓');
    const found = await check({ [DKIM]: [`${keys.record}; t=y`] });
    expect(found.find(({ thing }) => thing === 'DKIM')).toMatchObject({ mark: 'look' });
  });

  test('without a key nothing would leave; where the relay signs, how to see it is said', async () => {
    const empty = await check({}, { DKIM_DIR: temporaryFolder() });
    expect(empty.find(({ thing }) => thing === 'DKIM')).toMatchObject({
      mark: 'failed',
      found: 'no DKIM key for news.example, from where morning is sent, and nothing is sent unsigned',
    });
    const relay = await check({ [DKIM]: [] }, { DKIM: 'relay' });
    expect(relay.find(({ thing }) => thing === 'DKIM')).toMatchObject({ mark: 'done' });
    expect(relay.find(({ thing }) => thing === 'DKIM')?.todo).toContain('dkim=pass');
  });

  test('a name server that is silent is no fault', async () => {
    const { db } = await sqlite.create();
    const newsletter = newsletterOf({ from: 'News <news@silent.example>' });
    const context = testContext(db, { env: { SMTP_URL: RELAY, DKIM: 'relay' } });
    const found = await checkSenders(context, [newsletter], publishedDns({}));
    expect(found.map(({ mark }) => mark)).not.toContain('failed');
    expect(found.find(({ thing }) => thing === 'SPF')?.found).toBe(
      'silent.example could not be looked up (ETIMEOUT)',
    );
  });
});

describe('SPF', () => {
  const spf = async (record: string[], env: NodeJS.ProcessEnv = {}) =>
    (await check({ 'bounce.news.example TXT': record }, env)).find(({ thing }) => thing === 'SPF');

  test('none: what to publish names the relay that is used', async () => {
    expect(await spf([])).toMatchObject({
      mark: 'look',
      todo: 'publish  bounce.news.example. TXT "v=spf1 include:amazonses.com -all"',
    });
    const own = 'smtp://user:secret@mail.elsewhere.example:587';
    expect((await spf([], { SMTP_URL_2: own }))?.todo).toContain(
      '"v=spf1 include:amazonses.com a:mail.elsewhere.example -all"',
    );
  });

  test('a relay that it does not name is put in before its end', async () => {
    expect(await spf(['v=spf1 mx ~all'])).toMatchObject({
      mark: 'look',
      todo: 'publish  bounce.news.example. TXT "v=spf1 mx include:amazonses.com ~all"',
    });
  });

  test('a relay on this machine sends from where the pages are', async () => {
    const local = { SMTP_URL: 'smtp://127.0.0.1:25', PUBLIC_URL: 'https://www.news.example' };
    const dns = {
      'bounce.news.example TXT': ['v=spf1 ip4:192.0.2.7 -all'],
      'www.news.example A': ['192.0.2.7'],
    };
    expect((await check(dns, local))[0]?.found).toContain('SPF ✓');
  });

  test('a record that would name this machine as itself is never proposed', async () => {
    for (const url of ['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000']) {
      const local = { SMTP_URL: 'smtp://127.0.0.1:25', PUBLIC_URL: url };
      for (const record of [[], ['v=spf1 ip4:192.0.2.7 -all']]) {
        const check = await spf(record, local);
        expect(check?.todo, url).toContain('PUBLIC_URL names no machine that receivers could look up');
        expect(check?.todo).not.toContain('v=spf1');
      }
    }
  });

  test('what receivers cannot read is to be mended, what lets everybody send is worth a look', async () => {
    expect(await spf(['v=spf1 include:amazonses.com -all', 'v=spf1 -all'])).toMatchObject({ mark: 'failed' });
    expect(await spf(['v=spf1 include:amazonses.com +all'])).toMatchObject({ mark: 'look' });
  });
});

describe('DMARC', () => {
  const dmarc = async (record: string[], env: NodeJS.ProcessEnv = {}) =>
    (await check({ '_dmarc.news.example TXT': record }, env)).find(({ thing }) => thing === 'DMARC');

  test('none, and p=none: the next step can be pasted', async () => {
    expect(await dmarc([])).toMatchObject({
      mark: 'look',
      todo: 'publish  _dmarc.news.example. TXT "v=DMARC1; p=none; rua=mailto:digest@news.example"',
    });
    expect(await dmarc(['v=DMARC1; p=none; adkim=s; rua=mailto:d@x.example'])).toMatchObject({
      mark: 'look',
      todo: 'publish  _dmarc.news.example. TXT "v=DMARC1; p=quarantine; adkim=s; rua=mailto:d@x.example"',
    });
    expect((await dmarc(['v=DMARC1; p=none;']))?.todo).toContain(
      '"v=DMARC1; p=quarantine; rua=mailto:digest@news.example"',
    );
  });

  test('a return path of another organisation proves nothing', async () => {
    expect(await dmarc(['v=DMARC1; p=reject'], { BOUNCE_DOMAIN: 'bounces.elsewhere.example' })).toMatchObject(
      {
        mark: 'look',
        todo: 'set BOUNCE_DOMAIN to a name below news.example',
      },
    );
    expect(await dmarc(['v=DMARC1; p=reject; aspf=s'])).toMatchObject({ mark: 'look' });
    expect(await dmarc(['v=DMARC1; p=reject'])).toBeUndefined();
  });
});

test('a domain that takes no mail would lose replies', async () => {
  const mx = async (records: Record<string, string[]>) =>
    (await check({ 'news.example MX': [], ...records })).find(({ found }) => found.includes('MX'))?.mark;
  expect(
    (await check({ 'news.example MX': ['0 .'] })).find(({ mark }) => mark === 'failed')?.found,
  ).toContain('takes no mail');
  expect(await mx({ 'news.example A': ['192.0.2.7'] })).toBe('look');
});

function otherKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return dkimKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 'news.example', 'x', '')
    .record;
}
