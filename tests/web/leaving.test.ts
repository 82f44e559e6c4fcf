import { expect, test } from 'vitest';
import { addReader } from '../../src/subscribers/add.ts';
import { eraseSubscriber } from '../../src/subscribers/erase.ts';
import { linkKeys, signLink } from '../../src/subscribers/links.ts';
import { withoutToken } from '../../src/web/errors.ts';
import { TEST_SECRET } from '../setup/context.ts';
import { NOW, storeNewsletter } from '../subscribers/newsletters.ts';
import { ADDRESS, type Visit, visit } from './visit.ts';

const ONE_CLICK = { 'List-Unsubscribe': 'One-Click' };
const acts = async ({ db }: Visit) =>
  (await db.selectFrom('consents').select(['what', 'source', 'ip']).orderBy('id').execute()).slice(1);

test('GET and HEAD show a button and change nothing', async () => {
  const v = await visit();
  const page = await v.get(v.path('leave'));
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(html).toContain('Leave Morning Briefing?');
  expect(html).toContain('<form method="post"');
  const head = await fetch(v.url + v.path('leave'), { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(await v.state()).toBe('active');
});

test('one click leaves: 200, no cookie, no redirect, whether urlencoded or multipart (RFC 8058)', async () => {
  const v = await visit();
  const urlencoded = await v.post(v.path('leave'), ONE_CLICK);
  expect([urlencoded.status, urlencoded.headers.get('set-cookie'), urlencoded.redirected]).toEqual([
    200,
    null,
    false,
  ]);
  expect(await v.state()).toBe('unsubscribed');
  await v.post(v.path('leave'), { action: 'undo' });
  expect(await v.state()).toBe('active');
  const body = new FormData();
  body.set('List-Unsubscribe', 'One-Click');
  const multipart = await fetch(v.url + v.path('leave'), { method: 'POST', body, redirect: 'manual' });
  expect([multipart.status, multipart.headers.get('set-cookie')]).toEqual([200, null]);
  expect(await v.state()).toBe('unsubscribed');
  expect(await acts(v)).toEqual([
    { what: 'left', source: 'one-click', ip: '127.0.0.1' },
    { what: 'undone', source: 'page', ip: '127.0.0.1' },
    { what: 'left', source: 'one-click', ip: '127.0.0.1' },
  ]);
});

test('who has not confirmed yet cannot pause: told so, and no fault of ours', async () => {
  const v = await visit();
  await v.db.updateTable('subscriptions').set({ state: 'pending', confirmed_at: null }).execute();
  const answer = await v.post(v.path('leave'), { action: 'pause', days: '7' });
  expect(answer.status).toBe(409);
  expect(await v.state()).toBe('pending');
});

test('a mail program that names its body oddly, or sends none, still leaves', async () => {
  for (const init of [
    { body: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'text/plain' } },
    { body: '{}', headers: { 'content-type': 'application/x-unknown' } },
    {},
  ]) {
    const v = await visit();
    const answer = await fetch(v.url + v.path('leave'), { method: 'POST', ...init });
    expect(answer.status).toBe(200);
    expect(await v.state()).toBe('unsubscribed');
  }
});

test('leaving is never limited by where it comes from', async () => {
  const v = await visit();
  const statuses = new Set<number>();
  for (let index = 0; index < 60; index++) statuses.add((await v.post(v.path('leave'), ONE_CLICK)).status);
  expect([...statuses]).toEqual([200]);
});

test('the page names what is left, and offers undo, everything, and less', async () => {
  const v = await visit();
  const weekend = await storeNewsletter(v.db, { slug: 'weekend', name: 'Weekend Edition' });
  await addReader(v.db, weekend, { address: ADDRESS }, NOW);
  const left = await (await v.post(v.path('leave'), { ...ONE_CLICK, from: 'page' })).text();
  expect(left).toContain('You have left Morning Briefing');
  expect(left).toContain('You still get Weekend Edition.');
  expect(left).toContain('You can undo this until 10:30 GMT.');
  for (const offer of ['Undo', 'Leave everything', 'Only these sections', '30 days'])
    expect(left).toContain(offer);

  const everything = await (await v.post(v.path('leave'), { action: 'everything' })).text();
  expect(everything).toContain('You get no more mail from us.');
  expect([await v.state(), await v.state('weekend')]).toEqual(['unsubscribed', 'unsubscribed']);

  // Pressed twice, undone once.
  await v.post(v.path('leave'), { action: 'undo' });
  const undone = await (await v.post(v.path('leave'), { action: 'undo' })).text();
  expect(undone).toContain('Morning Briefing and Weekend Edition');
  expect([await v.state(), await v.state('weekend')]).toEqual(['active', 'active']);
});

test('less instead of nothing: a pause or fewer sections takes the leaving back', async () => {
  const v = await visit();
  await v.post(v.path('leave'), ONE_CLICK);
  const paused = await (await v.post(v.path('leave'), { action: 'pause', days: '30' })).text();
  expect(paused).toContain('Paused until 24 December 2026. We will not remind you.');
  expect(await v.state()).toBe('paused');
  await v.post(v.path('leave'), ONE_CLICK);
  const fewer = await (
    await v.post(v.path('leave'), { action: 'sections', section: ['World', 'Science', 'Made up'] })
  ).text();
  expect(fewer).toContain('Saved.');
  // Its forms go to the page of choices: posting them here would leave again.
  expect(fewer.match(/<form[^>]*>/g)).toEqual(Array(3).fill(expect.stringContaining('action="/p/')));
  const { sections } = await v.db.selectFrom('subscriptions').select('sections').executeTakeFirstOrThrow();
  expect(sections).toBe('["World","Science"]');
  expect((await v.post(v.path('leave'), { action: 'pause', days: '4000' })).status).toBe(400);
});

test('undo ends after an hour, and the page says how to come back', async () => {
  const v = await visit();
  await v.post(v.path('leave'), ONE_CLICK);
  v.clock.now = NOW.add({ minutes: 61 });
  const late = await v.post(v.path('leave'), { action: 'undo' });
  expect(late.status).toBe(409);
  expect(await late.text()).toContain('href="/join/morning"');
  expect(await v.state()).toBe('unsubscribed');
  const page = await (await v.get(v.path('leave'))).text();
  expect(page).toContain('You left on 24 November 2026.');
  expect(page).not.toContain('Undo');
});

test('a link that is cut, tampered with, or of another purpose opens nothing', async () => {
  const v = await visit();
  const path = v.path('leave');
  for (const bad of [
    path.slice(0, -3),
    `${path}x`,
    path.replace('.leave.', '.choices.'),
    path.replace('morning', 'weekend'),
    v.path('choices').replace('/p/', '/u/'),
    '/u/anything',
    `/u/${'x'.repeat(400)}`,
  ]) {
    const answer = await v.post(bad, ONE_CLICK);
    expect([bad, answer.status]).toEqual([bad, 404]);
    expect(await answer.text()).toContain('This link is not complete');
  }
  expect(await v.state()).toBe('active');
});

test('links of a former SECRET_KEY open as long as it is named', async () => {
  const SECRET_KEY = 'another-secret-of-the-tests-32-letters';
  const before = linkKeys({ secretKey: TEST_SECRET, secretKeysOld: [] });
  const oldLink = ({ reader }: Visit) =>
    `/u/${signLink(before, { purpose: 'leave', subscriber: reader.token, newsletter: 'morning', expires: null })}`;
  const rotated = await visit({ env: { SECRET_KEY, SECRET_KEYS_OLD: TEST_SECRET } });
  expect((await rotated.post(oldLink(rotated), ONE_CLICK)).status).toBe(200);
  expect(await rotated.state()).toBe('unsubscribed');
  const forgotten = await visit({ env: { SECRET_KEY } });
  expect((await forgotten.post(oldLink(forgotten), ONE_CLICK)).status).toBe(404);
  expect(await forgotten.state()).toBe('active');
});

test('a forwarded mail shows its new holder no more than a masked address', async () => {
  const v = await visit();
  for (const purpose of ['leave', 'choices'] as const) {
    const html = await (await v.get(v.path(purpose))).text();
    expect(html).toContain('This link belongs to r•••@example.org. Not you? Somebody forwarded their copy.');
    expect(html).not.toContain(ADDRESS);
  }
});

test('somebody erased is told so; for the mail program it is done', async () => {
  const v = await visit();
  await eraseSubscriber(v.db, ADDRESS, 'Jo', NOW);
  expect((await v.get(v.path('leave'))).status).toBe(410);
  const posted = await v.post(v.path('leave'), ONE_CLICK);
  expect(posted.status).toBe(200);
  expect(await posted.text()).toContain('You get no mail by it.');
});

test("a test mail's links say that they do nothing", async () => {
  const v = await visit();
  for (const answer of [await v.get('/u/test'), await v.post('/u/test', ONE_CLICK), await v.get('/p/test')]) {
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('It does nothing');
  }
  expect(await v.state()).toBe('active');
});

test('what fails on our side is a page for the reader and a line without tokens for the log', async () => {
  const v = await visit();
  await v.db.schema.dropTable('consents').execute();
  await v.db.schema.dropTable('subscriptions').execute();
  const answer = await v.get(v.path('leave'));
  expect(answer.status).toBe(500);
  const html = await answer.text();
  expect(html).toContain('Something went wrong on our side.');
  expect(html).not.toMatch(/subscriptions|Error|\.ts/);
  const log = v.logged.join();
  expect(log).toContain('a page failed');
  expect(log).toContain('/u/•••');
  expect(log).not.toContain(v.reader.token);
  expect(withoutToken(v.path('leave'))).toBe('/u/•••');
  expect(withoutToken(`${v.path('confirm')}?x=1#y`)).toBe('/confirm/•••?•••');
  expect(withoutToken('/join/morning')).toBe('/join/morning');
});
