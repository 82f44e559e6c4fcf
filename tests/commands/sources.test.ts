import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { sqlite } from '../setup/databases.ts';
import { publishedDns } from '../setup/published-dns.ts';
import { webServer } from '../sources/web-server.ts';

const PAGE =
  'World\nEleven ports agree to share one flood fund\n30 November 2026\nThe ports agreed.\nSource: Yonder\n\nMore news\n\nFares rise by four percent\n29 November 2026\nFares rise.\n\nA headline alone\n';

/** A newsroom's folder and the command line in it. */
async function newsroom() {
  const { url } = await sqlite.create();
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const broadsheet = async (...args: string[]) => {
    const lines: string[] = [];
    const code = await run(args, {
      terminal: {
        out: (text) => lines.push(text),
        err: (text) => lines.push(text),
        status: () => {},
        showsLog: false,
        interactive: false,
        color: false,
        columns: 100,
      },
      env: { DATABASE_URL: url, FETCH_PRIVATE: 'on', LOG_LEVEL: 'silent' },
      folder,
      dns: publishedDns({}),
      now: () => Temporal.Instant.from('2026-12-01T08:00:00Z'),
      signal: new AbortController().signal,
    });
    return { code, text: lines.join('\n') };
  };
  return { folder, broadsheet };
}

test('import says per file what became of its stories, and the line of what was refused', async () => {
  const { folder, broadsheet } = await newsroom();
  writeFileSync(join(folder, 'wire.txt'), PAGE);
  writeFileSync(join(folder, 'empty.json'), '');
  const first = await broadsheet('import', 'wire.txt');
  expect(first).toEqual({
    code: 0,
    text: ' ✓ stories     3 in 1 file: 2 new, 1 refused\n               refused: wire.txt, line 13: only a headline: no text and no link',
  });
  const again = await broadsheet('import', '.', 'nowhere');
  expect(again.code).toBe(0);
  expect(again.text).toContain('3 in 1 file: 2 the same, 1 refused');
  expect(again.text).toContain(' ✗ not read    nowhere: there is no such file or folder');
  expect(again.text).toContain('empty.json: it is empty');
  expect(await broadsheet('import', 'nowhere')).toEqual({
    code: 1,
    text: '✗ Nothing could be read: nowhere: there is no such file or folder.',
  });
  expect(await broadsheet('import', 'wire.txt', '--time-zone', 'Europe/Lundon')).toMatchObject({
    code: 2,
    text: expect.stringContaining('did you mean Europe/London?'),
  });
});

test('import as JSON is what a script needs', async () => {
  const { folder, broadsheet } = await newsroom();
  writeFileSync(join(folder, 'harbour-wire_2026-11-30.txt'), PAGE);
  const { text } = await broadsheet('import', 'harbour-wire_2026-11-30.txt', '--json');
  expect(JSON.parse(text)).toEqual([
    {
      path: 'harbour-wire_2026-11-30.txt',
      format: 'news page (text)',
      source: 'Harbour wire',
      new: 2,
      changed: 0,
      unchanged: 0,
      refused: [{ place: 'line 13', reason: 'only a headline: no text and no link' }],
    },
  ]);
});

test('stories are listed newest first, by section and time', async () => {
  const { folder, broadsheet } = await newsroom();
  writeFileSync(join(folder, 'wire.txt'), PAGE);
  await broadsheet('import', 'wire.txt', '--section', 'Business');
  const { text } = await broadsheet('stories');
  expect(text).toMatch(
    /^ \S{4} {2}World {5}Eleven ports agree to share one flood fund {2}Yonder {2}20 h\n \S{4} {2}Business {2}Fares rise by four percent +Wire +44 h$/,
  );
  expect(JSON.parse((await broadsheet('stories', '--section', 'world', '--json')).text)).toMatchObject([
    { section: 'World', sectionBy: 'label', source: 'Wire', credit: 'Yonder' },
  ]);
  expect(JSON.parse((await broadsheet('stories', '--since', '24h', '--json')).text)).toHaveLength(1);
  expect(JSON.parse((await broadsheet('stories', '--since', '2026-11-29', '--json')).text)).toHaveLength(2);
  expect(await broadsheet('stories', '--since', 'lately')).toMatchObject({
    code: 2,
    text: expect.stringContaining('expected a day'),
  });
});

test('a source is added, listed, polled, and missed by a near name', async () => {
  const { broadsheet } = await newsroom();
  let status = 200;
  const server = await webServer((_request, response) =>
    response
      .writeHead(status)
      .end(
        '<rss version="2.0"><channel><title>Harbour Wire</title><item><title>Ports agree</title><link>https://wire.example/1</link><pubDate>Tue, 01 Dec 2026 07:00:00 GMT</pubDate></item></channel></rss>',
      ),
  );
  const added = await broadsheet(
    'source',
    'add',
    server.url,
    '--section',
    'World',
    '--tag',
    'wire',
    'port',
    '--weight',
    '1.2',
  );
  expect(added).toEqual({
    code: 0,
    text: ' ✓ source      Harbour Wire (feed)\n               1 story: 1 new',
  });
  expect(JSON.parse((await broadsheet('source', 'list', '--json')).text)).toMatchObject([
    {
      name: 'Harbour Wire',
      section: 'World',
      tags: ['wire', 'port'],
      weight: 1.2,
      stories: 1,
      latest: '2026-12-01T07:00:00Z',
      error: null,
    },
  ]);
  expect((await broadsheet('source', 'poll', 'harbour wire')).text).toContain('1 story: 1 the same');
  expect(await broadsheet('source', 'poll', 'Harbor')).toEqual({
    code: 1,
    text: '✗ There is no source called “Harbor”. Nearest: “Harbour Wire”',
  });
  expect((await broadsheet('source', 'poll')).text).toContain('1 story: 1 the same');
  expect((await broadsheet('source', 'poll', '--due')).text).toBe(' No source is due.');
  expect((await broadsheet('source', 'poll', 'Harbour Wire', '--due')).code).toBe(2);
  status = 500;
  expect(await broadsheet('source', 'poll')).toMatchObject({
    code: 1,
    text: expect.stringContaining('500 Internal Server Error'),
  });
  expect((await broadsheet('source', 'list')).text).toMatch(/! {2}Harbour Wire.*\n.*\n.*answered 500/);
  expect((await broadsheet('source', 'add', server.url, '--weight', 'much')).code).toBe(2);
});

test('a source that fails is said to be tried again, one that brings nothing to be looked at', async () => {
  const { broadsheet } = await newsroom();
  let status = 200;
  const server = await webServer((request, response) =>
    request.url === '/login'
      ? response
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<html><body><p>Log in</p></body></html>')
      : response
          .writeHead(status, status === 429 ? { 'retry-after': '7200' } : {})
          .end('<rss version="2.0"><channel><title>Harbour Wire</title></channel></rss>'),
  );
  expect((await broadsheet('source', 'add', server.url)).code).toBe(0);
  expect((await broadsheet('source', 'add', `${server.url}/login`, '--name', 'Login')).text).toMatch(
    /^ ! source {6}Login \(page\)\n.*1 story: 1 refused/,
  );
  expect((await broadsheet('source', 'list')).text).toContain(
    'Its only item was refused: page: no story found on the page.',
  );
  status = 429;
  const asked = '429 Too Many Requests: it is asked too often, and wants us to wait.';
  const { text } = await broadsheet('source', 'poll', 'Harbour Wire');
  expect(text).toMatch(new RegExp(`✗ source {6}Harbour Wire\\n.*${asked}\\n +Next try in 2 h\\.`));
  expect((await broadsheet('source', 'list')).text).toContain(`${asked} Next try in 2 h.`);
  status = 410;
  expect((await broadsheet('source', 'poll', 'Harbour Wire')).text).toContain('It is no longer asked.');
});

test('a folder that is not there is not taken for a web address', async () => {
  const { broadsheet, folder } = await newsroom();
  for (const name of ['/nowhere/mailings', './mailings', '../mailings', 'mailings', 'mailings/today']) {
    const { code, text } = await broadsheet('source', 'add', name);
    expect(code).toBe(1);
    expect(text).toContain(`✗ There is no folder ${resolve(folder, name)}.`);
  }
});
