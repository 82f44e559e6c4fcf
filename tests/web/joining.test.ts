import { expect, test } from 'vitest';
import type { NoticeData } from '../../src/notices/notice.ts';
import { addReader } from '../../src/subscribers/add.ts';
import { pauseFor } from '../../src/subscribers/choices.ts';
import { subscriberByAddress } from '../../src/subscribers/subscribers.ts';
import { NOW, storeNewsletter } from '../subscribers/newsletters.ts';
import { ADDRESS, type Visit, visit } from './visit.ts';

const NEW = 'new.reader@example.org';
const WEEK = 7 * 24 * 3_600_000;

const notices = async ({ db }: Visit) =>
  (await db.selectFrom('notices').select(['kind', 'to_address', 'data']).orderBy('id').execute()).map(
    (row) => ({
      kind: row.kind,
      to: row.to_address,
      data: JSON.parse(row.data) as NoticeData['confirmation'],
    }),
  );

/** Without the address, which differs because it was asked with another one. */
const wordsOf = (html: string) => html.replace(/.•••@example\.org/g, 'X');

test('joining: form, "check your mail", link, button, and the next edition is named', async () => {
  const v = await visit();
  const form = await (await v.get('/join/morning')).text();
  expect(form).toContain('I would like to get Morning Briefing by mail from The Harbour Ledger.');
  const asked = await v.post('/join/morning', { address: ` ${NEW} `, rhythm: 'weekly', website: '' });
  expect(asked.status).toBe(200);
  expect(await asked.text()).toContain('We sent a link to n•••@example.org, good for 7 days.');
  expect(await notices(v)).toMatchObject([{ kind: 'confirmation', to: NEW, data: { language: 'en' } }]);

  const person = await subscriberByAddress(v.db, NEW);
  const path = v
    .path('confirm', { expires: NOW.epochMilliseconds + WEEK })
    .replace(v.reader.token, person?.token ?? '');
  // Signed for another person: a link names exactly one.
  expect((await v.get(path)).status).toBe(404);
});

test('confirming: GET asks, POST says yes, twice is once', async () => {
  const v = await visit();
  await v.db.updateTable('subscriptions').set({ state: 'pending', confirmed_at: null }).execute();
  const path = v.path('confirm', { expires: NOW.epochMilliseconds + WEEK });
  const page = await (await v.get(path)).text();
  expect(page).toContain('Yes, send me Morning Briefing');
  expect(await v.state()).toBe('pending');
  for (let press = 0; press < 2; press++) {
    const done = await (await v.post(path)).text();
    expect(done).toContain('You are on the list');
    expect(done).toContain('The next edition comes on Wednesday 25 November 2026, at 07:00 GMT.');
  }
  expect(await v.state()).toBe('active');
  expect((await notices(v)).map((notice) => notice.kind)).toEqual(['welcome']);
});

test('what else was asked for can be confirmed along, but nothing is ticked beforehand', async () => {
  const v = await visit();
  await storeNewsletter(v.db, { slug: 'weekend', name: 'Weekend Edition' });
  const city = await storeNewsletter(v.db, { slug: 'city', name: 'City Notes' });
  await v.db.updateTable('subscriptions').set({ state: 'pending', confirmed_at: null }).execute();
  await v.post('/join/weekend', { address: ADDRESS });
  await addReader(v.db, city, { address: ADDRESS }, NOW);
  await pauseFor(v.db, v.reader.token, city, 30, { source: 'page' }, NOW);
  const path = v.path('confirm', { expires: NOW.epochMilliseconds + WEEK });
  const page = await (await v.get(path)).text();
  expect(page).toContain('value="weekend"');
  expect(page).not.toContain('checked');
  // Only what was asked for, whatever a form says.
  await v.post(path, { newsletter: ['weekend', 'city'] });
  expect([await v.state(), await v.state('weekend'), await v.state('city')]).toEqual([
    'active',
    'active',
    'paused',
  ]);
});

test('an old confirmation link says so, and where to get a new one', async () => {
  const v = await visit();
  await v.db.updateTable('subscriptions').set({ state: 'pending', confirmed_at: null }).execute();
  const path = v.path('confirm', { expires: NOW.epochMilliseconds + WEEK });
  v.clock.now = NOW.add({ hours: 7 * 24, minutes: 1 });
  for (const answer of [await v.get(path), await v.post(path)]) {
    expect(answer.status).toBe(410);
    expect(await answer.text()).toContain('href="/join/morning"');
  }
  expect(await v.state()).toBe('pending');
});

test('the answer is the same whether an address is known, new, suppressed, or a machine fell into the trap', async () => {
  const v = await visit();
  await v.post('/join/morning', { address: 'pending@example.org' });
  const answers = await Promise.all(
    [
      { address: NEW },
      { address: ADDRESS },
      { address: 'pending@example.org' },
      { address: 'trapped@example.org', website: 'http://spam.example' },
    ].map(async (fields) => {
      const answer = await v.post('/join/morning', fields);
      const headers = [...answer.headers].filter(
        ([name]) => !/^(x-ratelimit|date|content-length)/.test(name),
      );
      return JSON.stringify([answer.status, headers, wordsOf(await answer.text())]);
    }),
  );
  expect(new Set(answers).size).toBe(1);
  expect(await subscriberByAddress(v.db, 'trapped@example.org')).toBeUndefined();
});

test('a mistyped address comes back with its mistake, escaped', async () => {
  const v = await visit();
  const answer = await v.post('/join/morning', { address: '"><script>alert(1)</script>', rhythm: 'weekly' });
  expect(answer.status).toBe(422);
  const html = await answer.text();
  expect(html).toContain('is not a mail address');
  expect(html).not.toContain('<script');
  expect(html).toContain('value="weekly" checked');
  expect(await notices(v)).toEqual([]);
});

test('a form of another site is only shown filled in, until the reader presses the button here', async () => {
  const v = await visit();
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }]) {
    const answer = await v.post('/join/morning', { address: NEW }, headers as Record<string, string>);
    const html = await answer.text();
    expect(html).toContain('Press the button to go on.');
    expect(html).toContain(`value="${NEW}"`);
  }
  expect(await notices(v)).toEqual([]);
  await v.post('/join/morning', { address: NEW }, { 'sec-fetch-site': 'same-origin', origin: v.url });
  expect(await notices(v)).toHaveLength(1);
});

test('one network asks at most 30 times an hour, and hears when it may again', async () => {
  const v = await visit();
  for (let index = 0; index < 30; index++) {
    expect((await v.post('/join/morning', { address: `r${index}@example.org` })).status).toBe(200);
  }
  const over = await v.post('/join/morning', { address: NEW });
  expect(over.status).toBe(429);
  expect(await over.text()).toContain('Please try again in 60 minutes.');
  expect(over.headers.get('retry-after')).toBeTruthy();
});

test('X-Forwarded-For counts only as far as TRUST_PROXY says', async () => {
  const ipOf = async (env: NodeJS.ProcessEnv, forwarded: string) => {
    const v = await visit({ env });
    await v.post('/join/morning', { address: NEW }, { 'x-forwarded-for': forwarded });
    const row = await v.db
      .selectFrom('consents')
      .select('ip')
      .where('source', '=', 'form')
      .executeTakeFirstOrThrow();
    return row.ip;
  };
  expect(await ipOf({}, '203.0.113.9')).toBe('127.0.0.1');
  expect(await ipOf({ TRUST_PROXY: '1' }, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
  expect(await ipOf({ TRUST_PROXY: '2' }, '198.51.100.1, 203.0.113.9')).toBe('198.51.100.1');
  expect(await ipOf({ TRUST_PROXY: '127.0.0.1' }, '198.51.100.1, 203.0.113.9')).toBe('203.0.113.9');
  expect(await ipOf({ TRUST_PROXY: '10.0.0.1' }, '203.0.113.9')).toBe('127.0.0.1');
});

test('a proxy that TRUST_PROXY does not know of is told to the operator, once', async () => {
  const unknown = await visit();
  await unknown.get('/');
  expect(unknown.logged).toEqual([]);
  for (let index = 0; index < 2; index++) await unknown.get('/', { 'x-forwarded-for': '203.0.113.9' });
  expect(unknown.logged).toHaveLength(1);
  expect(unknown.logged[0]).toContain('set TRUST_PROXY=1');
  const known = await visit({ env: { TRUST_PROXY: '1' } });
  await known.get('/', { 'x-forwarded-for': '203.0.113.9' });
  expect(known.logged).toEqual([]);
});

test('a newsletter that is not there, or stands still, cannot be joined', async () => {
  const v = await visit();
  expect((await v.get('/join/nothing')).status).toBe(404);
  await v.db.updateTable('newsletters').set({ enabled: 0 }).execute();
  expect((await v.get('/join/morning')).status).toBe(404);
  expect(await (await v.get('/')).text()).toContain('No newsletter has been set up yet.');
});
