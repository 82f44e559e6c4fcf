import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { proofOf } from '../../src/installation.ts';
import { newsletterSettings } from '../../src/newsletters/settings.ts';
import { ACCESS_PURPOSES } from '../../src/notices/notice.ts';
import { createWeb } from '../../src/web/server.ts';
import { PAGE_LANGUAGES } from '../../src/web/words.ts';
import { TEST_SECRET, testContext } from '../setup/context.ts';
import { onEachDatabase, sqlite } from '../setup/databases.ts';
import { NOW, storeNewsletter } from '../subscribers/newsletters.ts';
import { storedAccess, type Visit, visit } from './visit.ts';

/** Paths of GET routes as the server itself lists them. */
async function getRoutes(v: Visit): Promise<string[]> {
  const app = await createWeb(v.context);
  await app.ready();
  const routes: string[] = [];
  const stack: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^([│ ]*)(?:├|└)── (\S+)(?: \((.*)\))?/.exec(line);
    if (match === null) continue;
    const depth = (match[1]?.length ?? 0) / 4;
    stack.length = depth;
    stack[depth] = match[2] ?? '';
    if (match[3]?.includes('GET')) routes.push(stack.join('').replace('//', '/'));
  }
  await app.close();
  return routes;
}

const everything = async ({ db }: Visit) =>
  JSON.stringify(
    await Promise.all(
      (
        ['subscribers', 'subscriptions', 'consents', 'suppressions', 'notices', 'audit', 'settings'] as const
      ).map((table) => db.selectFrom(table).selectAll().execute()),
    ),
  );

test('no GET and no HEAD of any route changes anything', async () => {
  const v = await visit();
  await v.db.updateTable('subscriptions').set({ state: 'pending', confirmed_at: null }).execute();
  const routes = await getRoutes(v);
  expect(routes).toEqual(
    expect.arrayContaining(['/', '/u/:link', '/p/:link', '/confirm/:link', '/access/:link', '/join/:slug']),
  );
  const doors = await Promise.all(
    ([...ACCESS_PURPOSES, 'new-address'] as const).map((purpose) => storedAccess(v, purpose)),
  );
  const before = await everything(v);
  for (const route of routes.flatMap((each) => (each === '/access/:link' ? doors : each))) {
    const path = route
      .replace('/u/:link', v.path('leave'))
      .replace('/p/:link', v.path('choices'))
      .replace('/confirm/:link', v.path('confirm'))
      .replace(':slug', 'morning')
      .replace(':date', '2026-11-24');
    for (const method of ['GET', 'HEAD']) {
      const query = '?action=leave&List-Unsubscribe=One-Click&address=x@example.org';
      const answer = await fetch(v.url + path + query, { method });
      expect([method, path, answer.status < 500]).toEqual([method, path, true]);
    }
  }
  expect(await everything(v)).toBe(before);
});

test('no newsletter can take the name of a page', async () => {
  const v = await visit();
  const names = (await getRoutes(v))
    .map((route) => route.split('/')[1] ?? '')
    .filter((name) => /^[a-z]/.test(name));
  expect(names).toContain('join');
  for (const slug of names) {
    expect([slug, newsletterSettings.shape.slug.safeParse(slug).success]).toEqual([slug, false]);
  }
  expect(newsletterSettings.shape.slug.safeParse('morning').success).toBe(true);
});

test('every page is locked down: nothing is loaded, framed, sent on or kept', async () => {
  const v = await visit({ env: { PUBLIC_URL: 'https://news.example' } });
  const access = await storedAccess(v, 'erase');
  const paths = ['/', '/join/morning', v.path('leave'), v.path('choices'), access, '/nowhere', '/u/broken'];
  for (const path of paths) {
    const { headers } = await v.get(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|script-src|https?:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe(path === '/join/morning' ? 'same-origin' : 'no-referrer');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('server')).toBeNull();
  }
  for (const path of [v.path('choices'), access]) {
    const personal = await v.get(path);
    expect(personal.headers.get('cache-control')).toBe('no-store');
    expect(personal.headers.get('x-robots-tag')).toBe('noindex');
    expect(await personal.text()).toContain('<meta name="robots" content="noindex">');
  }
});

test('a page that needs a link says so without one, in the reader’s language, and tells how to get one', async () => {
  const v = await visit();
  for (const path of ['/access', '/access/', '/u', '/p', '/confirm']) {
    const answer = await v.get(path);
    expect([path, answer.status]).toEqual([path, 404]);
    const html = await answer.text();
    expect(html).toContain('This page needs your own link');
    expect(html).toContain('follow “Change what you get” at its end');
    expect(html).toContain('<a href="/">Newsletters</a>');
  }
  const arabic = await (await v.get('/access', { 'accept-language': 'ar-EG' })).text();
  expect(arabic).toContain('هذه الصفحة تحتاج إلى رابطك الخاص');
});

test('the footer of a page names the publisher once, before the address or in it, and their site', async () => {
  const footer = async (newsletter: Record<string, unknown>) => {
    const v = await visit({ newsletter });
    const html = await (await v.get('/join/morning')).text();
    return /<footer>([\s\S]*)<\/footer>/.exec(html)?.[1]?.replace(/\s+/g, ' ').trim();
  };
  expect(await footer({ publisher: 'Ledger Press', postal_address: 'Ledger Press\n12 Quay Street' })).toBe(
    '<p>Ledger Press, 12 Quay Street</p>',
  );
  expect(
    await footer({
      publisher: 'Ledger Press',
      postal_address: '12 Quay Street',
      site: 'https://www.ledger.example/',
    }),
  ).toBe(
    '<p><a href="https://www.ledger.example/">ledger.example</a></p> <p>Ledger Press, 12 Quay Street</p>',
  );
});

test('names of a newsletter are text, whatever they hold', async () => {
  const v = await visit({
    newsletter: { name: '<img src=x onerror=alert(1)> & "Co"', from: 'Ledger <digest@news.example>' },
  });
  for (const path of ['/', '/join/morning', v.path('leave'), v.path('choices')]) {
    const html = await (await v.get(path)).text();
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img');
  }
});

test('what is too large, broken or not there is answered with a page', async () => {
  const v = await visit();
  const large = await v.post('/join/morning', { address: 'x'.repeat(20_000) });
  expect([large.status, large.headers.get('content-type')]).toEqual([413, 'text/html; charset=utf-8']);
  const broken = await fetch(`${v.url}/u/%zz`);
  expect([broken.status, broken.headers.get('x-content-type-options')]).toEqual([404, 'nosniff']);
  expect(await broken.text()).toContain('This link is not complete');
  const body = await fetch(v.url + v.path('leave'), {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'multipart/form-data' },
  });
  expect(body.status).toBe(400);
  const french = await v.get('/nowhere', { 'accept-language': 'fr, vi;q=0.8' });
  expect(await french.text()).toContain('Không có trang này');
  expect(v.logged).toEqual([]);
});

test('without SECRET_KEY it does not start, and says what to do', async () => {
  const { db } = await sqlite.create();
  const context = testContext(db);
  await expect(createWeb({ ...context, secrets: { ...context.secrets, secretKey: null } })).rejects.toThrow(
    'openssl rand',
  );
});

onEachDatabase((database) => {
  test('alive and ready; not ready while the database is not up to date or does not answer', async () => {
    const { db } = await database.create();
    const context = testContext(db);
    const app = await createWeb(context);
    const ask = async (url: string) => {
      const answer = await app.inject(url);
      return [answer.statusCode, answer.json()];
    };
    expect(await ask('/healthz')).toEqual([200, { alive: true }]);
    const nonce = '0123456789abcdef0123456789abcdef';
    const [, proven] = await ask(`/healthz?nonce=${nonce}`);
    expect(proven).toEqual({ alive: true, proof: proofOf(TEST_SECRET, nonce) });
    for (const odd of ['nonce=', 'nonce=x', `nonce=${nonce}&nonce=${nonce}`]) {
      expect(await ask(`/healthz?${odd}`)).toEqual([200, { alive: true }]);
    }
    expect(await ask('/readyz')).toEqual([200, { ready: true }]);
    await db.deleteFrom('kysely_migration' as never).execute();
    expect(await ask('/readyz')).toMatchObject([503, { ready: false }]);
    await db.destroy();
    expect(await ask('/readyz')).toEqual([503, { ready: false, why: 'the database does not answer' }]);
    expect(await ask('/healthz')).toEqual([200, { alive: true }]);
    await app.close();
  });

  test('only editions that readers have in their hands can be read in the browser', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const at = NOW.epochMilliseconds;
    const { id: source } = await db
      .insertInto('sources')
      .values({ name: 'Rail Weekly', kind: 'feed', url: 'https://rail.example/feed', created_at: at })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { id: story } = await db
      .insertInto('stories')
      .values({
        ...{ code: 'm3x9', source_id: source, guid: '1', url: 'https://rail.example/1', digest: 'x' },
        ...{
          headline: 'Night trains <return>',
          body: 'Three sleepers a week.',
          published_at: at,
          created_at: at,
        },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { id } = await db
      .insertInto('editions')
      .values({
        ...{ newsletter_id: newsletter.id, kind: 'scheduled', rhythm: 'weekdays', slot_at: at },
        ...{ name: '2026-11-24', state: 'draft', state_at: at, revision: 1 },
        ...{ window_from: at, window_to: at, created_at: at },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db.insertInto('revisions').values({ edition_id: id, number: 1, made_by: 'Jo', at }).execute();
    await db
      .insertInto('edition_items')
      .values({
        ...{ edition_id: id, revision: 1, story_id: story, place: 'lead', position: 1, section: 'World' },
        ...{ headline: 'Night trains <return>', summary: 'Three sleepers a week.' },
      })
      .execute();
    const app = await createWeb(testContext(db));
    const read = () => app.inject('/morning/2026-11-24');
    for (const state of ['draft', 'approved', 'held', 'skipped', 'cancelled'] as const) {
      await db.updateTable('editions').set({ state }).execute();
      expect([state, (await read()).statusCode]).toEqual([state, 404]);
    }
    for (const state of ['sending', 'paused', 'sent'] as const) {
      await db.updateTable('editions').set({ state }).execute();
      const answer = await read();
      expect([state, answer.statusCode]).toEqual([state, 200]);
      expect(answer.body).toContain('Night trains &lt;return&gt;');
      expect(answer.body).toContain('/join/morning');
      expect(answer.body).not.toMatch(/\/u\/|\/p\//);
      expect(answer.headers['cache-control']).toBe('public, max-age=300');
      expect(answer.headers['content-security-policy']).toContain(
        "default-src 'none'; style-src 'unsafe-inline'",
      );
    }
    expect((await app.inject({ method: 'HEAD', url: '/morning/2026-11-24' })).statusCode).toBe(200);
    expect((await app.inject('/morning/2026-11-25')).statusCode).toBe(404);
    expect((await app.inject('/evening/2026-11-24')).statusCode).toBe(404);
    await app.close();
  });
});

test('every language has every text, with the same names to fill in', () => {
  const read = (language: string) =>
    JSON.parse(
      readFileSync(new URL(`../../templates/pages/locales/${language}.json`, import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
  const names = (value: unknown, path = ''): Array<[string, string]> => {
    if (typeof value === 'string') return [[path, (value.match(/\{\w+\}/g) ?? []).sort().join()]];
    const entries = Object.entries(value as Record<string, unknown>);
    // Plural forms differ by language; what they fill in is the count.
    if (entries.some(([key]) => key === 'other')) return [[path, 'plural']];
    return entries.flatMap(([key, each]) => names(each, `${path}.${key}`));
  };
  for (const language of PAGE_LANGUAGES) expect(names(read(language))).toEqual(names(read('en')));
});
