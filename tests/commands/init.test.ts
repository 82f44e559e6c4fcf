import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { commandLine } from '../setup/command-line.ts';
import { startSink } from '../setup/smtp-sink.ts';

const ANSWERS = [
  '--you',
  'me@ledger.example',
  '--postal-address',
  '12 Quay Street',
  '--time-zone',
  'Europe/London',
  '--yes',
];

test('init finds what a site says, and writes a newsletter that goes on from there', async () => {
  const site = await startSite();
  const broadsheet = commandLine({
    env: { FETCH_PRIVATE: 'on', SECRET_KEY: '', PUBLIC_URL: 'http://localhost:1' },
  });
  const { code, out, err } = await broadsheet(
    'init',
    '--site',
    site,
    ...ANSWERS,
    '--from',
    'Ledger <digest@ledger.example>',
  );
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toContain(`✓ site        The Harbour Ledger, en-GB, ${site}/feed.xml`);
  expect(out).toContain('✓ newsletter  Morning Briefing, in newsletter.yaml: World\n');
  expect(out).toContain('1 of its 5 stories bears another label or none');
  expect(out).toContain(' ! test        not sent: the inbox runs with  broadsheet start');
  expect(out).toContain('morning: next Tue 24 Nov, 07:00 Europe/London');
  expect(out).toMatch(/\d to look at\. An edition would go out\.\n\n Next\n {3}npx broadsheet start/);

  const file = (name: string) => join(broadsheet.folder, name);
  expect(statSync(file('.env')).mode & 0o777).toBe(0o600);
  const text = readFileSync(file('.env'), 'utf8');
  expect(text).toMatch(/^# Settings of this installation\.\n# Uncomment what you change;/);
  const settings = parseEnv(text);
  expect(settings).toMatchObject({
    SMTP_URL: 'inbox:',
    ALERT_TO: 'me@ledger.example',
    SECRET_KEY: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const again = commandLine({ folder: broadsheet.folder, env: settings });
  expect((await again('newsletter', 'apply', 'newsletter.yaml')).out).toContain('nothing');
  expect((await again('status')).out).toContain('next Tue 24 Nov, 07:00 Europe/London');
});

test('init never overwrites what is there without asking, and keeps a key that it finds', async () => {
  const broadsheet = commandLine({ env: { SECRET_KEY: '' } });
  const path = join(broadsheet.folder, '.env');
  writeFileSync(path, 'SECRET_KEY=mine\n');
  const refused = await broadsheet('init', ...ANSWERS, '--from', 'Ledger <digest@ledger.example>');
  expect(refused).toEqual({
    code: 1,
    out: '',
    err: '✗ .env exists already: nothing was written. Move it away first, or run broadsheet init in a terminal without --yes: it asks, with what is there as the answers.',
  });
  expect(readFileSync(path, 'utf8')).toBe('SECRET_KEY=mine\n');
});

test('all that is wrong or missing on the command line is said at once, before anything is fetched', async () => {
  const broadsheet = commandLine();
  expect(await broadsheet('init', '--from', 'Ledger <digest@ledger.example>')).toEqual({
    code: 2,
    out: '',
    err: '✗ --postal-address is missing (the law asks for one in every newsletter); --hour is missing (when it goes out: 07:00, or --yes for the defaults); --smtp is missing (the relay, or inbox: to keep all mail on this machine); --you is missing (your own address, for drafts, tests and alerts).',
  });
  const wrong = await broadsheet(
    ...['init', '--yes', '--site', 'http://127.0.0.1:1', '--hour', '25:00', '--time-zone', 'Europe/Lundon'],
    ...['--smtp', 'smtp.example'],
  );
  expect(wrong).toMatchObject({ code: 2, out: '' });
  expect(wrong.err).toBe(
    '✗ --hour: expected a time such as 7, 7:30 pm or 19:30, found 25:00; --time-zone: expected a time zone such as Europe/London, found Europe/Lundon (did you mean Europe/London?); --smtp: expected smtp://user:password@host:587, smtps://… or inbox:, found smtp.example; --from is missing (the sender: "Harbour Ledger <news@ledger.example>"); --postal-address is missing (the law asks for one in every newsletter); --you is missing (your own address, for drafts, tests and alerts).',
  );
});

test('what the feed has that was not taken is said, and you get a test where the relay takes mail', async () => {
  const site = await startSite();
  await using sink = await startSink();
  const broadsheet = commandLine({ env: { FETCH_PRIVATE: 'on', SECRET_KEY: '', PUBLIC_URL: '' } });
  const { out } = await broadsheet(
    ...['init', '--site', site, ...ANSWERS, '--from', 'Ledger <digest@ledger.example>', '--smtp', sink.url],
  );
  expect(out).toContain('6 stories: 4 new, 2 refused');
  expect(out).toMatch(/refused: item \d+.*\n.*refused: item \d+/);
  expect(out).toContain('1 story left out: published more than a day before');
  expect(out).toContain(' ✓ test        sent to me@ledger.example');
  expect(sink.messages.map(({ to }) => to)).toEqual(['me@ledger.example']);
});

test('what must be mended before an edition can go out is counted, and comes first in what to do next', async () => {
  const broadsheet = commandLine({ env: { SECRET_KEY: '', PUBLIC_URL: 'http://localhost:1' } });
  const { code, out } = await broadsheet(
    ...['init', ...ANSWERS, '--from', 'digest@ledger.example', '--smtp', 'smtp://127.0.0.1:1'],
  );
  expect(code).toBe(0);
  expect(out).toMatch(
    / ✗ relay [\s\S]* \d to mend, \d to look at\. An edition would not go out now\.\n\n Next, mend \(settings stand in \.env\)\n {3}relay {2,}check host/,
  );
  expect(out).toMatch(
    /npx broadsheet check\n\n Then\n {3}npx broadsheet source add URL .*\n {3}npx broadsheet start/,
  );
});

test('a site that cannot be read is refused in one line that names both addresses, and nothing is written', async () => {
  const broadsheet = commandLine({ env: { FETCH_PRIVATE: 'on' } });
  const site = `127.0.0.1:${await closedPort()}`;
  const refused = await broadsheet('init', '--site', site, ...ANSWERS, '--from', 'digest@ledger.example');
  expect(refused).toEqual({
    code: 1,
    out: '',
    err: `✗ --site: Neither https://${site} nor http://${site} can be read: ${site} refused the connection: nothing answers at that port. To go on without one, give --from in its place; broadsheet source add URL adds a feed later.`,
  });
  expect(readdirSync(broadsheet.folder)).toEqual([]);
});

test('a database that cannot be opened is said before a file is written', async () => {
  const broadsheet = commandLine({ env: { DATABASE_URL: 'postgres://127.0.0.1:1/none' } });
  const { code, err } = await broadsheet('init', ...ANSWERS, '--from', 'digest@ledger.example');
  expect(code).toBe(1);
  expect(err).toContain('Is DATABASE_URL right, and is it running?');
  expect(readdirSync(broadsheet.folder)).toEqual([]);
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startSite(): Promise<string> {
  const items = ['World', 'World', 'World', null].map(
    (
      section,
      index,
    ) => `<item><title>Tides rise for the ${index}th day</title><link>https://ledger.example/${index}</link>
      <guid>${index}</guid>${section ? `<category>${section}</category>` : ''}
      <pubDate>Tue, 24 Nov 2026 0${index}:00:00 GMT</pubDate>
      <description>The harbour master closed the outer gates at six and opened them again at nine.</description></item>`,
  );
  items.push(
    '<item><title>Long ago</title><link>https://ledger.example/old</link><category>World</category><pubDate>Sun, 01 Nov 2026 00:00:00 GMT</pubDate></item>',
    '<item><link>https://ledger.example/no-title</link><description>Nobody gave it a headline</description></item>',
    '<item><title>To come</title><link>https://ledger.example/future</link><category>World</category><pubDate>Sun, 01 Nov 2037 00:00:00 GMT</pubDate></item>',
  );
  const pages: Record<string, string> = {
    '/': `<html lang="en-GB"><title>The Harbour Ledger</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"></html>`,
    '/feed.xml': `<?xml version="1.0"?><rss version="2.0"><channel><title>The Harbour Ledger</title><link>https://ledger.example/</link><description>Tides</description>${items.join('')}</channel></rss>`,
  };
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page ? 200 : 404).end(page ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
