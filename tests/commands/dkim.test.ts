import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listKeyFiles } from '../../src/delivery/dkim/key-files.ts';
import { openNewsroom, SLOT } from '../delivery/newsroom.ts';
import { commandLine } from '../setup/command-line.ts';
import { sqlite } from '../setup/databases.ts';
import { publishedDns } from '../setup/published-dns.ts';
import { startSink } from '../setup/smtp-sink.ts';

const SEND = 'send morning --at 2026-11-24T07:00 --yes';

/** A folder and a DNS; what is published may change on the way. */
function open(env: NodeJS.ProcessEnv = {}) {
  const records: Record<string, string[]> = {};
  const broadsheet = commandLine({ dns: publishedDns(records), env: { DKIM: 'sign', ...env } });
  const folder = join(broadsheet.folder, 'dkim');
  const recordOf = (selector: string) =>
    listKeyFiles(folder).find(({ key }) => key.selector === selector)?.key.record ?? '';
  return {
    broadsheet,
    files: () => readdirSync(join(folder, 'news.example')).sort(),
    file: (name: string) => join(folder, 'news.example', name),
    recordOf,
    publish: (selector: string, record = recordOf(selector)) => {
      records[`${selector}._domainkey.news.example TXT`] = [record];
    },
  };
}

describe('dkim make', () => {
  test('writes a key that only we may read, and prints the record whole and in strings for a zone file', async () => {
    const { broadsheet, file, files, recordOf } = open();
    const { code, out } = await broadsheet('dkim', 'make', 'News.Example.');
    expect(code).toBe(0);
    expect(files()).toEqual(['bs202611.pem']);
    expect(statSync(file('bs202611.pem')).mode & 0o777).toBe(0o600);
    expect(statSync(join(file('.'))).mode & 0o777).toBe(0o700);
    expect(out).toContain('   name    bs202611._domainkey.news.example\n');
    expect(out).toContain(`   value   ${recordOf('bs202611')}\n`);
    const strings = [...out.matchAll(/^ {5}"(.*)"$/gm)].map(([, text = '']) => text);
    expect(strings.join('')).toBe(recordOf('bs202611'));
    expect(strings.every((text) => text.length <= 255)).toBe(true);
  });

  test('says that a key is not used while the relay signs, and how it would be', async () => {
    const { broadsheet } = open({ DKIM: 'relay' });
    const { out } = await broadsheet('dkim', 'make', 'news.example', '--ed25519');
    expect(out).toContain('it is not used while DKIM=relay stands in your settings');
    expect(out).not.toContain('signs from now on');
    expect(out).toMatch(/dkim show[^\n]*\n {3}set DKIM=sign {2,}once DNS has it/);
  });

  test('never writes over a key, whatever it is for', async () => {
    const { broadsheet, file } = open();
    await broadsheet('dkim', 'make', 'news.example', '--ed25519', '--selector', 'a');
    const before = readFileSync(file('a.pem'), 'utf8');
    const again = await broadsheet('dkim', 'make', 'news.example', '--ed25519', '--selector', 'A');
    expect(again.code).toBe(1);
    expect(again.err).toContain('is there already, and a key is never written over');
    writeFileSync(file('b.pem.old'), before);
    expect((await broadsheet('dkim', 'make', 'news.example', '--selector', 'b')).code).toBe(1);
    expect(readFileSync(file('a.pem'), 'utf8')).toBe(before);
    expect(existsSync(file('b.pem'))).toBe(false);
  });

  test('what cannot be a domain or a selector is misuse, and nothing is written', async () => {
    const { broadsheet } = open();
    for (const domain of ['example', '../../etc', 'news.example/x', ''])
      expect((await broadsheet('dkim', 'make', domain)).code, domain).toBe(2);
    expect((await broadsheet('dkim', 'make', 'news.example', '--selector', '../x')).code).toBe(2);
    expect(existsSync(join(broadsheet.folder, 'dkim'))).toBe(false);
  });
});

test('a new key waits for its record, then signs instead of the one before', async () => {
  const { broadsheet, files, publish, recordOf } = open();
  await broadsheet('dkim', 'make', 'news.example', '--ed25519', '--selector', 'one');
  await broadsheet('dkim', 'make', 'news.example', '--ed25519', '--selector', 'two');
  expect(files()).toEqual(['one.pem', 'two.pem.next']);

  const early = await broadsheet('dkim', 'use', 'news.example');
  expect(early.code).toBe(1);
  expect(early.err).toContain('two._domainkey.news.example: no TXT record is there. Nothing was changed');
  publish('two', recordOf('one'));
  expect((await broadsheet('dkim', 'use', 'two')).err).toContain('it is another key than ours');
  expect(files()).toEqual(['one.pem', 'two.pem.next']);

  publish('two');
  const { code, out } = await broadsheet('dkim', 'use', 'two');
  expect(code).toBe(0);
  expect(out).toContain('keep its record 7 days, until 2026-12-01');
  expect(files()).toEqual(['one.pem.old', 'two.pem']);
  expect((await broadsheet('dkim', 'use', 'news.example')).err).toContain(
    'two signs for news.example already',
  );
});

test('a key of the other kind signs beside the one that is there', async () => {
  const { broadsheet, files, publish } = open();
  await broadsheet('dkim', 'make', 'news.example', '--selector', 'rsa');
  await broadsheet('dkim', 'make', 'news.example', '--ed25519', '--selector', 'ed');
  publish('ed');
  await broadsheet('dkim', 'use', 'ed');
  expect(files()).toEqual(['ed.pem', 'rsa.pem']);
});

test('dkim show says of each key what DNS has, and prints what is missing there', async () => {
  const { broadsheet, publish, recordOf } = open();
  expect((await broadsheet('dkim', 'show')).out).toContain('Make one:  broadsheet dkim make DOMAIN');
  await broadsheet('dkim', 'make', 'news.example', '--ed25519', '--selector', 'one');
  await broadsheet('dkim', 'make', 'news.example', '--ed25519', '--selector', 'two');
  publish('one');
  const { out } = await broadsheet('dkim', 'show');
  expect(out).toMatch(/^ ✓ news\.example {2}one {2}Ed25519 {2}signs, made \S+ {2}in DNS$/m);
  expect(out).toMatch(/^ ! news\.example {2}two {2}Ed25519 {2}waits, made \S+ {2}not in DNS/m);
  expect(out).toContain(recordOf('two'));
  expect(out).not.toContain(recordOf('one'));
  const rows = JSON.parse((await broadsheet('dkim', 'show', 'news.example', '--json')).out);
  expect(
    rows.map(({ selector, dns }: { selector: string; dns: { state: string } }) => [selector, dns.state]),
  ).toEqual([
    ['one', 'published'],
    ['two', 'missing'],
  ]);
  expect(JSON.stringify(rows)).not.toContain('PRIVATE');
});

describe('without a key that can sign', () => {
  const YAML = `slug: tides
name: Tide Times
from: Tide Times <tides@news.example>
postal_address: 1 Quay
time_zone: Europe/London
rhythms: { daily: '0 7 * * *' }
`;
  async function newsroom() {
    const room = open({ SMTP_URL: 'smtp://127.0.0.1:1' });
    writeFileSync(join(room.broadsheet.folder, 'tides.yaml'), YAML);
    await room.broadsheet('newsletter', 'apply', 'tides.yaml');
    return room;
  }

  test('start refuses, in one sentence with what to do; so does a file that is no key, naming it', async () => {
    const { broadsheet, file } = await newsroom();
    const { code, err } = await broadsheet('start', '--only', 'sender');
    expect(code).toBe(1);
    expect(err).toBe(
      '✗ No DKIM key for news.example, from where tides is sent, and nothing is sent unsigned:  broadsheet dkim make news.example  or, where your relay signs, set DKIM=relay. Nothing was changed or sent.',
    );
    mkdirSync(file('.'), { recursive: true });
    writeFileSync(file('bs1.pem'), 'hello');
    const broken = await broadsheet('start', '--only', 'sender');
    expect(broken.code).toBe(1);
    expect(broken.err).toContain(`${file('bs1.pem')}: expected a private key`);
  });

  test('send and test refuse before anything is written down', async () => {
    const { db, url } = await sqlite.create();
    const { editionId } = await openNewsroom(db);
    const sink = await startSink();
    onTestFinished(() => sink[Symbol.asyncDispose]());
    const env = { DATABASE_URL: url, SMTP_URL: sink.url, DKIM: 'sign' };
    const broadsheet = commandLine({ env, now: () => SLOT });
    for (const line of [SEND, 'test morning/2026-11-24 --to you@news.example']) {
      const { code, err } = await broadsheet(...line.split(' '));
      expect([code, err], line).toEqual([1, expect.stringContaining('No DKIM key for news.example')]);
    }
    const edition = await db
      .selectFrom('editions')
      .select(['state', 'frozen_to'])
      .where('id', '=', editionId)
      .executeTakeFirst();
    expect(edition).toEqual({ state: 'approved', frozen_to: null });
    expect(sink.messages).toEqual([]);
    expect(await db.selectFrom('notices').select('id').execute()).toEqual([]);
    const inbox = commandLine({ env: { ...env, SMTP_URL: 'inbox:' }, now: () => SLOT });
    expect((await inbox(...SEND.split(' '))).err).not.toContain('DKIM');
  });

  test('status and check say so without asking anybody', async () => {
    const { broadsheet } = await newsroom();
    expect((await broadsheet('status')).out).toMatch(
      /✗ Mail cannot be signed, and waits\n +No DKIM key for news\.example/,
    );
    expect((await broadsheet('check', '--offline')).out).toContain(
      '✗ DKIM        no DKIM key for news.example',
    );
  });
});
