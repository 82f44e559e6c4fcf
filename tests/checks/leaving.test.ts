import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { failed } from '../../src/checks/check.ts';
import { checkLeaving } from '../../src/checks/leaving.ts';
import { startWeb } from '../../src/web/server.ts';
import { addReaders, openNewsroom } from '../delivery/newsroom.ts';
import { testContext } from '../setup/context.ts';
import { sqlite } from '../setup/databases.ts';

test('the pages take the POST of a mail program in both its forms, and nobody leaves by it', async () => {
  const { db } = await sqlite.create();
  const { newsletterId } = await openNewsroom(db);
  await addReaders(db, newsletterId, [{ email: 'r@example.org' }]);
  const web = await startWeb(testContext(db), { port: 0 });
  onTestFinished(() => web[Symbol.asyncDispose]());
  expect(await checkLeaving(testContext(db, { env: { PUBLIC_URL: web.url } }), [])).toEqual([
    {
      mark: 'done',
      thing: 'leaving',
      found: 'one-click POST over http answers 200 (with a made-up reader)',
    },
  ]);
  expect(await db.selectFrom('subscriptions').select('state').execute()).toEqual([{ state: 'active' }]);
});

test.each<[string, RequestListener, RegExp]>([
  [
    'a redirect',
    (_request, response) => response.writeHead(301, { location: 'https://www.news.example/' }).end(),
    /answers 301 to https:\/\/www\.news\.example instead of 200/,
  ],
  ['a login', (_request, response) => response.writeHead(401).end(), /answers 401 instead of 200/],
  [
    'one form only',
    (request, response) =>
      response.writeHead(request.headers['content-type']?.startsWith('multipart') ? 415 : 200).end(),
    /one-click POST \(multipart\) answers 415/,
  ],
])('%s in front of them is to be mended', async (_name, answer, said) => {
  const { db } = await sqlite.create();
  await openNewsroom(db);
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const PUBLIC_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [check] = await checkLeaving(testContext(db, { env: { PUBLIC_URL } }), []);
  expect(check).toMatchObject({ mark: 'failed', found: expect.stringMatching(said) });
});

test('pages that are not there are not said to refuse', async () => {
  const { db } = await sqlite.create();
  await openNewsroom(db);
  expect(await checkLeaving(testContext(db, { env: { PUBLIC_URL: 'http://127.0.0.1:1' } }), [])).toEqual([]);
});

test('it is not tried while another server has the place of the pages', async () => {
  const { db } = await sqlite.create();
  await openNewsroom(db);
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const PUBLIC_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pages = [failed('pages', 'answers, but it is another server', 'set PORT and PUBLIC_URL')];
  expect(await checkLeaving(testContext(db, { env: { PUBLIC_URL } }), pages)).toMatchObject([
    { mark: 'look', thing: 'leaving', found: expect.stringMatching(/^not tried: the pages do not answer/) },
  ]);
  expect(asked).toEqual([]);
});
