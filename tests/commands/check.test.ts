import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { applyNewsletter } from '../../src/newsletters/apply.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import { startWeb } from '../../src/web/server.ts';
import { commandLine } from '../setup/command-line.ts';
import { TEST_SECRET, testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';

test('a fresh installation is told everything that is missing, and exits with 1', async () => {
  const broadsheet = commandLine({ env: { SECRET_KEY: '' } });
  await broadsheet('migrate');
  const { code, out, err } = await broadsheet('check', '--offline');
  expect(code).toBe(1);
  expect(out).toMatch(/^ ✓ program {5}Node 26/m);
  expect(out).toMatch(/^ ✓ database {4}sqlite .*, 0 people, up to date$/m);
  expect(out).toContain(' ✗ secret      SECRET_KEY is not set');
  expect(out).toContain('→ set SMTP_URL');
  expect(out).toContain(' ✗ newsletter  there is none yet');
  expect(err).toBe('✗ 3 to mend, 1 to look at. An edition would not go out now.');
});

test('a database behind this version is not touched', async () => {
  const broadsheet = commandLine();
  const { out } = await broadsheet('check', '--offline');
  expect(out).toContain('behind this version');
  expect((await broadsheet('migrate')).out).toContain('001-init');
});

test('all is well: relay with login, pages, newsletter and source', async () => {
  const { db, url } = await sqlite.create();
  await storeNewsletter(db, 'tides@news.example');
  await db
    .insertInto('sources')
    .values({
      name: 'Wire',
      kind: 'feed',
      url: 'https://wire.example',
      created_at: Date.parse('2026-11-23T00:00:00Z'),
    })
    .execute();
  const relay = await startRelay();
  const pages = await startPages();
  const broadsheet = commandLine({
    env: { DATABASE_URL: url, SMTP_URL: 'inbox:', PUBLIC_URL: pages, ALERT_TO: 'ops@news.example' },
  });
  const inboxNotRunning = JSON.parse((await broadsheet('check', '--json')).out);
  expect(marks(inboxNotRunning)).toMatchObject({
    pages: 'done',
    secret: 'done',
    newsletter: 'done',
    sources: 'done',
    alerts: 'done',
  });

  const relayed = commandLine({
    env: { DATABASE_URL: url, PUBLIC_URL: pages, SMTP_URL: `smtp://me:right@127.0.0.1:${relay}` },
  });
  const line = JSON.parse((await relayed('check', '--json')).out).find(
    ({ thing }: { thing: string }) => thing === 'relay',
  );
  expect(line).toMatchObject({ mark: 'done' });
  const offline = JSON.parse((await relayed('check', '--offline', '--json')).out);
  expect(marks(offline)).toMatchObject({ relay: 'done', bounces: 'look' });
  expect(line.found).toMatch(/TLSv1\.3, login accepted, PIPELINING, 8BITMIME.*up to 10 MB/);
});

test('pages are ours only where the server proves that it has our key', async () => {
  const folder = commandLine();
  await folder('migrate');
  const at = async (url: string, env = {}) => {
    const check = commandLine({
      folder: folder.folder,
      env: { PUBLIC_URL: url, SMTP_URL: 'inbox:', ...env },
    });
    return (await check('check')).out;
  };
  const ours = await startPages();
  expect(await at(ours)).toContain(`✓ pages       ${ours} answers, and is this server`);
  const foreign = await startPages('another-secret-of-32-letters-and-more');
  expect(await at(foreign)).toContain(`✗ pages       ${foreign} answers, but it is another server`);
  const mirror = await startServer((request) => `{"alive":true,"proof":${JSON.stringify(request.url)}}`);
  expect(await at(mirror)).toMatch(/✗ pages .* another server/);
  const page = await startServer(() => '<h1>Welcome to nginx!</h1>');
  expect(await at(page)).toMatch(/✗ pages .* another server/);
  expect(await at('http://127.0.0.1:1')).toContain('! pages       http://127.0.0.1:1 does not answer');
  expect(await at(page, { SECRET_KEY: '' })).toMatch(/! pages .* cannot be told/);
});

test('a relay that refuses the login, or is not there, is said with what to do, never with the password', async () => {
  const port = await startRelay();
  const check = async (smtp: string) => (await commandLine({ env: { SMTP_URL: smtp } })('check')).out;
  const refused = await check(`smtp://me:hidden-word@127.0.0.1:${port}`);
  expect(refused).toMatch(/✗ relay .*535/);
  expect(refused).toContain('→ check user and password in SMTP_URL');
  expect(refused).not.toContain('hidden-word');
  expect(await check('smtp://127.0.0.1:1')).toMatch(/✗ relay .*nothing listens there/);
});

test('senders that cannot work are found: freemail, no-reply, approval by nobody', async () => {
  const { db, url } = await sqlite.create();
  await storeNewsletter(db, 'harbour.ledger@gmail.com', 'approval: required');
  await storeNewsletter(db, 'no-reply@news.example', 'slug: other');
  const { out } = await commandLine({ env: { DATABASE_URL: url } })('check', '--offline');
  expect(out).toContain(
    '✗ sender      harbour.ledger@gmail.com: mail for gmail.com may only come from its own servers',
  );
  expect(out).toContain('! replies     they go to no-reply@news.example: readers do reply');
  expect(out).toContain('✗ newsletter  tides waits for approval, and has no editors');
});

async function storeNewsletter(
  db: Parameters<typeof applyNewsletter>[0],
  address: string,
  more = '',
): Promise<void> {
  const yaml = `
${more.startsWith('slug') ? more : `slug: tides\n${more}`}
name: Tide Times
from: Tide Times <${address}>
postal_address: 1 Quay
time_zone: Europe/London
rhythms: { daily: '0 7 * * *' }
`;
  await applyNewsletter(
    db,
    parseNewsletter(yaml, 'tides.yaml'),
    Temporal.Instant.from('2026-11-23T12:00:00Z'),
  );
}

function marks(checks: { thing: string; mark: string }[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ thing, mark }) => [thing, mark]));
}

async function startRelay(): Promise<number> {
  const server = new SMTPServer({
    disableReverseLookup: true,
    logger: false,
    size: 10_000_000,
    closeTimeout: 50,
    onAuth: ({ username, password }, _session, callback) =>
      username === 'me' && password === 'right'
        ? callback(null, { user: 'me' })
        : callback(new Error('5.7.8 no')),
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.server.address() as AddressInfo).port;
}

/** The real pages, of an installation with this key. */
async function startPages(secret = TEST_SECRET): Promise<string> {
  const { db } = await sqlite.create();
  const web = await startWeb(testContext(db, { env: { SECRET_KEY: secret } }), { port: 0 });
  onTestFinished(() => web[Symbol.asyncDispose]());
  return web.url;
}

async function startServer(answer: (request: IncomingMessage) => string): Promise<string> {
  const server = createServer((request, response) => response.end(answer(request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
