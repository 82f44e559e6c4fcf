import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { createLog } from '../../src/log.ts';
import { addSource } from '../../src/stories/add-source.ts';
import { pollSource } from '../../src/stories/poll.ts';
import { pollDueSources, pollSources } from '../../src/stories/poll-sources.ts';
import { onEachDatabase, sqlite } from '../setup/databases.ts';
import { webServer } from '../sources/web-server.ts';

const START = Temporal.Instant.from('2026-12-01T08:00:00Z');

/** A context whose clock the test sets. */
function contextOf(db: Db, { fetchPrivate = true } = {}): Context & { clock: { now: Temporal.Instant } } {
  const { config, secrets } = readConfig({ FETCH_PRIVATE: fetchPrivate ? 'on' : 'off' }, '/');
  const clock = { now: START };
  return { db, config, secrets, clock, now: () => clock.now, log: createLog('silent', { pretty: false }) };
}

const item = (number: number, date: string | null, title = `Story number ${number}`) =>
  `<item><title>${title}</title><guid>g${number}</guid><link>https://wire.example/${number}</link>${date === null ? '' : `<pubDate>${date}</pubDate>`}<description>A whole sentence about story ${number}.</description></item>`;
const feedOf = (...items: string[]) =>
  `<rss version="2.0"><channel><title>Harbour Wire</title><link>https://wire.example/</link>${items.join('')}</channel></rss>`;
const serve =
  (document: () => string, type = 'application/rss+xml'): RequestListener =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': type }).end(document());

const headlines = async (db: Db) =>
  (await db.selectFrom('stories').select('headline').orderBy('id').execute()).map((row) => row.headline);
const sourceRow = (db: Db) => db.selectFrom('sources').selectAll().executeTakeFirstOrThrow();
const addDue = (db: Db, name: string, url: string) =>
  db
    .insertInto('sources')
    .values({ name, kind: 'feed', url, next_poll_at: START.epochMilliseconds, created_at: 0 })
    .execute();
const minutes = (row: { next_poll_at: number | null }, from: Temporal.Instant) =>
  ((row.next_poll_at ?? 0) - from.epochMilliseconds) / 60_000;

onEachDatabase((database) => {
  test('the first reading takes a day of news, and no later one its archive', async () => {
    const { db } = await database.create();
    const context = contextOf(db);
    const items = [
      item(1, 'Tue, 01 Dec 2026 07:00:00 GMT'),
      item(2, 'Mon, 30 Nov 2026 09:00:00 GMT'),
      item(3, 'Sun, 29 Nov 2026 09:00:00 GMT'),
      item(4, 'Wed, 01 Jan 2025 09:00:00 GMT'),
    ];
    const server = await webServer(serve(() => feedOf(...items)));
    const { source, poll } = await addSource(context, { url: server.url, section: 'World' });
    expect(source).toMatchObject({ name: 'Harbour Wire', kind: 'feed', section: 'World' });
    expect(poll).toMatchObject({ older: 2, error: null, stories: { new: 2 } });
    context.clock.now = START.add({ hours: 1 });
    items.unshift(item(5, 'Tue, 01 Dec 2026 08:30:00 GMT'));
    expect(await pollSource(context, source.id)).toMatchObject({
      older: 2,
      stories: { new: 1, unchanged: 2 },
    });
    expect(await headlines(db)).toEqual(['Story number 1', 'Story number 2', 'Story number 5']);
  });

  test('of a feed without dates only the first few stories count as news, and the others never do', async () => {
    const { db } = await database.create();
    const context = contextOf(db);
    const items = Array.from({ length: 12 }, (_, index) => item(index, null));
    const server = await webServer(serve(() => feedOf(...items)));
    const { source } = await addSource(context, { url: server.url });
    items.unshift(item(99, null));
    context.clock.now = START.add({ minutes: 30 });
    await pollSource(context, source.id);
    const fresh = await db
      .selectFrom('stories')
      .select('guid')
      .where('published_at', '>=', START.epochMilliseconds)
      .orderBy('id')
      .execute();
    expect(fresh.map((row) => row.guid)).toEqual(['g0', 'g1', 'g2', 'g3', 'g4', 'g99']);
  });

  test('a feed that has not changed is asked for with its ETag and not read again', async () => {
    const { db } = await database.create();
    const context = contextOf(db);
    const server = await webServer((request, response) => {
      if (request.headers['if-none-match'] === '"1"') return response.writeHead(304).end();
      response.writeHead(200, { etag: '"1"' }).end(feedOf(item(1, 'Tue, 01 Dec 2026 07:00:00 GMT')));
    });
    const { source } = await addSource(context, { url: server.url });
    expect(await pollSource(context, source.id)).toMatchObject({ stories: null, error: null });
    expect(await sourceRow(db)).toMatchObject({ etag: '"1"', failures: 0, last_error: null });
    expect(server.requests.at(-1)?.headers['if-none-match']).toBe('"1"');
  });

  test('a source that fails is asked less and less often, says why, and recovers', async () => {
    const { db } = await database.create();
    const context = contextOf(db);
    let status = 200;
    const server = await webServer((_request, response) =>
      response.writeHead(status, status === 429 ? { 'retry-after': '7200' } : {}).end(feedOf()),
    );
    const { source } = await addSource(context, { url: server.url, name: 'Wire' });
    status = 503;
    const waits: number[] = [];
    for (let time = 0; time < 9; time++) {
      const report = await pollSource(context, source.id);
      expect(report.error).toMatch(/503 Service Unavailable: its server is in trouble/);
      waits.push(minutes(await sourceRow(db), context.now()));
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 360, 360]);
    status = 429;
    await pollSource(context, source.id);
    expect(minutes(await sourceRow(db), context.now())).toBe(360);
    status = 200;
    await pollSource(context, source.id);
    expect(await sourceRow(db)).toMatchObject({ failures: 0, last_error: null });
    status = 429;
    await pollSource(context, source.id);
    expect(minutes(await sourceRow(db), context.now())).toBe(120);
  });

  test('due sources are read by one process only, one request a host at a time', async () => {
    const { db } = await database.create();
    const context = contextOf(db);
    let [open, most] = [0, 0];
    const server = await webServer((_request, response) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        response.end(feedOf(item(1, 'Tue, 01 Dec 2026 07:00:00 GMT')));
      }, 5);
    });
    for (const name of ['a', 'b', 'c', 'd']) {
      await db
        .insertInto('sources')
        .values({
          name,
          kind: 'feed',
          url: `${server.url}/${name}`,
          next_poll_at: START.epochMilliseconds,
          created_at: START.epochMilliseconds,
        })
        .execute();
    }
    await db
      .insertInto('sources')
      .values({
        name: 'later',
        kind: 'feed',
        url: `${server.url}/later`,
        next_poll_at: START.epochMilliseconds + 1,
        created_at: 0,
      })
      .execute();
    const reports = (await Promise.all([pollDueSources(context), pollDueSources(context)])).flat();
    expect(reports.map((report) => report.source.name).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(server.requests).toHaveLength(4);
    // Two processes may each ask once; one process never asks twice at once.
    expect(most).toBeLessThanOrEqual(2);
    expect(await pollDueSources(context)).toEqual([]);
  });

  test('asked by hand, a slow host holds up only its own sources', async () => {
    const { db } = await database.create();
    const context = contextOf(db);
    const { promise: quickIsDone, resolve } = Promise.withResolvers<void>();
    const slow = await webServer((_request, response) => {
      void quickIsDone.then(() => response.end(feedOf()));
    });
    const quick = await webServer((_request, response) => response.end(feedOf()));
    await addDue(db, 'Slow', slow.url);
    await addDue(db, 'Quick', quick.url);
    const rows = await db.selectFrom('sources').selectAll().orderBy('id').execute();
    const ended: string[] = [];
    const onReport = (report: { source: { name: string } }) => {
      ended.push(report.source.name);
      resolve();
    };
    const reports = await pollSources(context, rows, { onReport });
    expect(ended).toEqual(['Quick', 'Slow']);
    expect(reports.map(({ source }) => source.name)).toEqual(['Slow', 'Quick']);
  });

  test('a stop in the middle of a poll is no failure of the source', async () => {
    const { db } = await database.create();
    const context = contextOf(db);
    const server = await webServer(() => {});
    await db
      .insertInto('sources')
      .values({ name: 'a', kind: 'feed', url: server.url, next_poll_at: 5, created_at: 0 })
      .execute();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 30);
    expect(await pollDueSources(context, stop.signal)).toEqual([]);
    expect(await sourceRow(db)).toMatchObject({ next_poll_at: 5, failures: 0, last_error: null });
  });
});

describe('polling what is due', () => {
  test('a source is taken when its turn comes, not while it waits', async () => {
    const { db } = await sqlite.create();
    const context = contextOf(db);
    const whileFirst: (number | null)[] = [];
    const server = await webServer(async (_request, response) => {
      const rows = await db.selectFrom('sources').select('next_poll_at').orderBy('id').execute();
      whileFirst.push(...rows.map((row) => row.next_poll_at));
      response.end(feedOf());
    });
    for (const name of ['a', 'b']) await addDue(db, name, `${server.url}/${name}`);
    await pollDueSources(context);
    expect(whileFirst[0]).toBeGreaterThan(START.epochMilliseconds);
    expect(whileFirst[1]).toBe(START.epochMilliseconds);
    expect(server.requests).toHaveLength(2);
  });

  test('a source whose row cannot be written costs no other its poll', async () => {
    const { db } = await sqlite.create();
    const context = contextOf(db);
    const server = await webServer(serve(() => feedOf(item(1, null))));
    for (const name of ['a', 'b', 'c']) await addDue(db, name, `${server.url}/${name}`);
    await sql`create trigger full before update of failures on sources when new.name = 'a'
      begin select raise(abort, 'the disk is full'); end`.execute(db);
    const reports = await pollDueSources(context);
    expect(reports.map(({ source, error }) => [source.name, error === null])).toEqual([
      ['a', false],
      ['b', true],
      ['c', true],
    ]);
    expect(reports[0]?.error).toMatch(/the disk is full/);
  });

  test('a feed that has moved for good is asked at its new address, once it has answered there', async () => {
    const { db } = await sqlite.create();
    const context = contextOf(db);
    let content = '<html><body>Under construction</body></html>';
    const server = await webServer((request, response) => {
      const path = request.url ?? '';
      if (path === '/old') return response.writeHead(301, { location: '/newer' }).end();
      if (path === '/newer') return response.writeHead(308, { location: '/newest' }).end();
      if (path === '/newest') return response.writeHead(302, { location: '/today' }).end();
      response.writeHead(200).end(content);
    });
    await addDue(db, 'Wire', `${server.url}/old`);
    await pollSource(context, 1);
    expect(await sourceRow(db)).toMatchObject({ url: `${server.url}/old`, failures: 1 });
    content = feedOf(item(1, null));
    await pollSource(context, 1);
    expect(await sourceRow(db)).toMatchObject({ url: `${server.url}/newest`, failures: 0 });
    server.requests.length = 0;
    await pollSource(context, 1);
    expect(server.requests.map((request) => request.url)).toEqual(['/newest', '/today']);
  });

  test('a feed is added at the address to which it has moved for good, and only once', async () => {
    const { db } = await sqlite.create();
    const server = await webServer((request, response) =>
      request.url === '/old'
        ? response.writeHead(301, { location: '/new' }).end()
        : response.end(feedOf(item(1, null))),
    );
    const { source } = await addSource(contextOf(db), { url: `${server.url}/old` });
    expect(source.url).toBe(`${server.url}/new`);
    await expect(addSource(contextOf(db), { url: `${server.url}/old` })).rejects.toThrow('is there already');
  });

  test('an address that another source has is not taken', async () => {
    const { db } = await sqlite.create();
    const server = await webServer((request, response) =>
      request.url === '/old'
        ? response.writeHead(301, { location: '/new' }).end()
        : response.end(feedOf(item(1, null))),
    );
    await addDue(db, 'Old', `${server.url}/old`);
    await addDue(db, 'New', `${server.url}/new`);
    expect(await pollSource(contextOf(db), 1)).toMatchObject({ error: null });
    expect(await sourceRow(db)).toMatchObject({ url: `${server.url}/old`, failures: 0 });
  });

  test('a feed that was taken down for good is not asked again, and its operator is told', async () => {
    const { db } = await sqlite.create();
    const context = contextOf(db);
    let status = 410;
    const server = await webServer((_request, response) => response.writeHead(status).end(feedOf()));
    await addDue(db, 'Wire', server.url);
    const [report] = await pollDueSources(context);
    expect(report?.error).toMatch(/410 Gone: it was taken down for good/);
    expect(await sourceRow(db)).toMatchObject({ next_poll_at: null, failures: 1, last_error: report?.error });
    context.clock.now = START.add({ hours: 100 });
    expect(await pollDueSources(context)).toEqual([]);
    // Asked by hand it may be there again.
    status = 200;
    await pollSource(context, 1);
    expect((await sourceRow(db)).next_poll_at).not.toBeNull();
  });
});

describe('adding', () => {
  test('a page that offers a feed stands for it, and is added once', async () => {
    const { db } = await sqlite.create();
    const context = contextOf(db);
    const server = await webServer((request, response) => {
      if (request.url === '/feed') return response.end(feedOf(item(1, 'Tue, 01 Dec 2026 07:00:00 GMT')));
      response.end(
        '<!doctype html><html><head><title>W</title><link rel="alternate" type="application/rss+xml" href="/comments/feed" title="Comments"><link rel="alternate" type="application/rss+xml" href="/feed"></head><body>x</body></html>',
      );
    });
    const { source, foundOn } = await addSource(context, { url: `${server.url}/` });
    expect(source).toMatchObject({ kind: 'feed', url: `${server.url}/feed`, name: 'Harbour Wire' });
    expect(foundOn).toBe(`${server.url}/`);
    await expect(addSource(context, { url: `${server.url}/` })).rejects.toThrow(
      /there already, as “Harbour Wire”/,
    );
  });

  test('its server is asked once', async () => {
    const { db } = await sqlite.create();
    const server = await webServer((_request, response) =>
      response.writeHead(200, { etag: '"1"' }).end(feedOf(item(1, 'Tue, 01 Dec 2026 07:00:00 GMT'))),
    );
    const { poll } = await addSource(contextOf(db), { url: server.url });
    expect(poll.stories).toMatchObject({ new: 1 });
    expect(server.requests).toHaveLength(1);
    expect(await sourceRow(db)).toMatchObject({ etag: '"1"' });
  });

  test('what cannot be read is not added', async () => {
    const { db } = await sqlite.create();
    const server = await webServer((_request, response) => response.writeHead(404).end());
    await expect(addSource(contextOf(db), { url: server.url })).rejects.toThrow(/404 Not Found/);
    await expect(addSource(contextOf(db, { fetchPrivate: false }), { url: server.url })).rejects.toThrow(
      /private address/,
    );
    expect(await db.selectFrom('sources').selectAll().execute()).toEqual([]);
  });

  test('a front page gives the new articles that it links to, each read once', async () => {
    const { db } = await sqlite.create();
    const context = contextOf(db);
    const paragraph =
      'This paragraph tells at some length what the eleven ports agreed on, and why it took them three winters. ';
    const server = await webServer((request, response) => {
      const article = /^\/story-(\d+)/.exec(request.url ?? '')?.[1];
      const links = Array.from(
        { length: 3 },
        (_, index) => `<h2><a href="/story-${index}">A headline of some words, number ${index}</a></h2>`,
      );
      const body =
        article === undefined
          ? `<main>${links.join('')}</main>`
          : `<article><h1>A headline of some words, number ${article}</h1><time datetime="2026-12-01T07:00:00Z"></time><p>${paragraph.repeat(3)}</p><p>${paragraph.repeat(2)}</p></article>`;
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<!doctype html><html lang="en"><head><title>Wire</title></head><body>${body}</body></html>`);
    });
    const { source, poll } = await addSource(context, { url: server.url });
    expect(source.kind).toBe('page');
    expect(poll.stories).toMatchObject({ new: 3, refused: [] });
    const asked = server.requests.length;
    expect(await pollSource(context, source.id)).toMatchObject({ stories: { new: 0 } });
    expect(server.requests.length).toBe(asked + 1);
  });

  test('a folder is read again only when a file in it has changed', async () => {
    const { db } = await sqlite.create();
    const context = contextOf(db);
    const folder = mkdtempSync(join(tmpdir(), 'broadsheet-folder-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(
      join(folder, 'a.txt'),
      'World\nPorts agree on a fund\n30 November 2026\nThe ports agreed.\n',
    );
    writeFileSync(join(folder, 'b.txt'), 'Seoul [South Korea], November 30: No headline here.\n');
    const { source, poll } = await addSource(context, { url: folder });
    expect(source.kind).toBe('folder');
    expect(poll.stories).toMatchObject({
      new: 1,
      refused: [{ place: 'b.txt, line 1', reason: 'no headline above the dateline' }],
    });
    expect(await pollSource(context, source.id)).toMatchObject({ stories: null });
    writeFileSync(
      join(folder, 'c.txt'),
      'Sport\nRegatta won by the home side\n30 November 2026\nThe home side won.\n',
    );
    expect(await pollSource(context, source.id)).toMatchObject({ stories: { new: 1, unchanged: 1 } });
  });
});
