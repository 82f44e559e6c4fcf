import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { addReader } from '../../src/subscribers/add.ts';
import { changeChoices, pauseFor, resume } from '../../src/subscribers/choices.ts';
import { eraseSubscriber } from '../../src/subscribers/erase.ts';
import { countReaders, listReaders, neighboursOf } from '../../src/subscribers/find.ts';
import { askToJoin, confirmJoining } from '../../src/subscribers/join.ts';
import { leaveEverything, leaveNewsletter, undoLeaving } from '../../src/subscribers/leave.ts';
import { subscriberByAddress } from '../../src/subscribers/subscribers.ts';
import { subscriptionsOf } from '../../src/subscribers/subscriptions.ts';
import { findSuppression, suppress } from '../../src/subscribers/suppression.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { NOW, storeNewsletter } from './newsletters.ts';

const ADDRESS = 'reader@example.org';
const form = { source: 'form', ip: '192.0.2.7', page: '/join/morning', userAgent: 'Browser' };
const wording = { text: 'Yes, I would like to get Morning Briefing by mail.', language: 'en' };
const later = (minutes: number) => NOW.add({ minutes });

const notices = async (db: Db, kind: string) =>
  (await db.selectFrom('notices').select('to_address').where('kind', '=', kind).execute()).map(
    (row) => row.to_address,
  );
const acts = async (db: Db) =>
  (await db.selectFrom('consents').select('what').orderBy('id').execute()).map((row) => row.what);

async function stateOf(db: Db, slug = 'morning', now = NOW): Promise<string | undefined> {
  const person = await subscriberByAddress(db, ADDRESS);
  const all = await subscriptionsOf(db, person?.id ?? 0, now);
  return all.find((subscription) => subscription.slug === slug)?.state;
}

const tokenOf = async (db: Db) => (await subscriberByAddress(db, ADDRESS))?.token ?? '';

onEachDatabase((database) => {
  test('joining: ask, one mail, confirm, welcome; all of it on record with its exact words', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await askToJoin(db, newsletter, { address: ` ${ADDRESS} `, rhythm: 'weekly', wording }, form, NOW);
    expect(await stateOf(db)).toBe('pending');
    expect(await notices(db, 'confirmation')).toEqual([ADDRESS]);
    const token = await tokenOf(db);
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    const page = { source: 'page', ip: '192.0.2.8' };
    for (const now of [later(5), later(6)]) {
      const reading = await confirmJoining(db, token, [newsletter], page, now);
      expect(reading.map((one) => one.slug)).toEqual(['morning']);
    }
    expect(await stateOf(db)).toBe('active');
    // Pressed twice, welcomed once.
    expect(await notices(db, 'welcome')).toEqual([ADDRESS]);
    const consents = await db.selectFrom('consents').selectAll().orderBy('id').execute();
    expect(consents).toMatchObject([
      {
        what: 'asked',
        at: NOW.epochMilliseconds,
        ip: '192.0.2.7',
        wording: wording.text,
        language: 'en',
        page: '/join/morning',
        user_agent: 'Browser',
        source: 'form',
      },
      { what: 'confirmed', at: later(5).epochMilliseconds, ip: '192.0.2.8', source: 'page' },
    ]);
  });

  test('one address is sent at most one confirmation an hour and three a day, however it is spelt', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const weekend = await storeNewsletter(db, { slug: 'weekend', name: 'Weekend Edition' });
    const ask = (minutes: number, address = ADDRESS, which = newsletter) =>
      askToJoin(db, which, { address, wording }, form, later(minutes));
    await ask(0);
    await ask(30, ADDRESS.toUpperCase());
    await ask(59, ADDRESS, weekend);
    expect(await notices(db, 'confirmation')).toHaveLength(1);
    await ask(61, ADDRESS.toUpperCase());
    await ask(122);
    await ask(183);
    await ask(600);
    // Always to the address as it was first given.
    expect(await notices(db, 'confirmation')).toEqual([ADDRESS, ADDRESS, ADDRESS]);
    await ask(24 * 60 + 1);
    expect(await notices(db, 'confirmation')).toHaveLength(4);
    // One confirmation opens all that was asked for.
    const both = await confirmJoining(db, await tokenOf(db), [newsletter, weekend], form, later(1500));
    expect(both).toHaveLength(2);
  });

  test('two requests at once send one confirmation', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await Promise.all(
      [1, 2, 3].map(() => askToJoin(db, newsletter, { address: ADDRESS, wording }, form, NOW)),
    );
    expect(await notices(db, 'confirmation')).toHaveLength(1);
  });

  test('a stranger who enters the address of a reader changes nothing for them', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await addReader(db, newsletter, { address: ADDRESS }, NOW);
    const before = await db.selectFrom('subscriptions').selectAll().execute();
    await askToJoin(db, newsletter, { address: ADDRESS, rhythm: 'weekly', wording }, form, later(1));
    expect(await db.selectFrom('subscriptions').selectAll().execute()).toEqual(before);
  });

  test('no confirmation goes where mail only does harm; who was erased may come back', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await suppress(db, 'angry@example.org', 'complaint', NOW);
    await askToJoin(db, newsletter, { address: 'angry@example.org', wording }, form, NOW);
    expect(await notices(db, 'confirmation')).toEqual([]);
    expect(await subscriberByAddress(db, 'angry@example.org')).toBeUndefined();

    await addReader(db, newsletter, { address: ADDRESS }, NOW);
    await eraseSubscriber(db, ADDRESS, 'Jo', NOW);
    await askToJoin(db, newsletter, { address: ADDRESS, wording }, form, NOW);
    expect(await findSuppression(db, ADDRESS)).toMatchObject({ reason: 'erased' });
    await confirmJoining(db, await tokenOf(db), [newsletter], form, NOW);
    expect(await findSuppression(db, ADDRESS)).toBeUndefined();
  });

  test('an old confirmation link does not bring back somebody who left', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await askToJoin(db, newsletter, { address: ADDRESS, wording }, form, NOW);
    const token = await tokenOf(db);
    await confirmJoining(db, token, [newsletter], form, NOW);
    await leaveNewsletter(db, token, newsletter.id, { source: 'page' }, later(1));
    expect(await confirmJoining(db, token, [newsletter], form, later(2))).toEqual([]);
    expect(await stateOf(db)).toBe('unsubscribed');
    // Asking again does.
    await askToJoin(db, newsletter, { address: ADDRESS, wording }, form, later(90));
    await confirmJoining(db, token, [newsletter], form, later(91));
    expect(await stateOf(db)).toBe('active');
  });

  test('leaving one newsletter leaves that one; undo within an hour brings it back as it was', async () => {
    const { db } = await database.create();
    const morning = await storeNewsletter(db);
    const weekend = await storeNewsletter(db, { slug: 'weekend', name: 'Weekend Edition' });
    await addReader(db, morning, { address: ADDRESS }, NOW);
    await addReader(db, weekend, { address: ADDRESS }, NOW);
    const token = await tokenOf(db);
    const page = { source: 'one-click' };
    await pauseFor(db, token, morning, 14, page, NOW);
    await leaveNewsletter(db, token, morning.id, page, NOW);
    await leaveNewsletter(db, token, morning.id, page, later(10));
    expect([await stateOf(db), await stateOf(db, 'weekend')]).toEqual(['unsubscribed', 'active']);
    await undoLeaving(db, token, morning.id, page, later(59));
    expect([await stateOf(db), await stateOf(db, 'weekend')]).toEqual(['paused', 'active']);
    expect(await acts(db)).toEqual(['imported', 'imported', 'paused', 'left', 'undone']);
  });

  test('who left, is asked for by a stranger, and leaves that too, is no reader by taking it back', async () => {
    const { db } = await database.create();
    const morning = await storeNewsletter(db);
    await addReader(db, morning, { address: ADDRESS }, NOW);
    const token = await tokenOf(db);
    await leaveNewsletter(db, token, morning.id, { source: 'page' }, later(1));
    await askToJoin(db, morning, { address: ADDRESS, wording }, form, later(2));
    await leaveNewsletter(db, token, morning.id, { source: 'page' }, later(3));
    await undoLeaving(db, token, morning.id, { source: 'page' }, later(4));
    expect(await stateOf(db)).toBe('pending');
  });

  test('leaving everything is taken back together, but not after an hour', async () => {
    const { db } = await database.create();
    const morning = await storeNewsletter(db);
    const weekend = await storeNewsletter(db, { slug: 'weekend', name: 'Weekend Edition' });
    await addReader(db, morning, { address: ADDRESS }, NOW);
    await addReader(db, weekend, { address: ADDRESS }, NOW);
    const token = await tokenOf(db);
    const page = { source: 'page' };
    await leaveNewsletter(db, token, morning.id, page, NOW);
    await leaveEverything(db, token, page, later(5));
    expect([await stateOf(db), await stateOf(db, 'weekend')]).toEqual(['unsubscribed', 'unsubscribed']);
    await expect(undoLeaving(db, token, morning.id, page, later(66))).rejects.toThrow('for an hour');
    await undoLeaving(db, token, morning.id, page, later(64));
    expect([await stateOf(db), await stateOf(db, 'weekend')]).toEqual(['active', 'active']);
    await expect(undoLeaving(db, token, morning.id, page, later(64))).rejects.toThrow('for an hour');
  });

  test('choices: sections in the order of the paper, rhythms that are offered, an hour', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await addReader(db, newsletter, { address: ADDRESS }, NOW);
    const token = await tokenOf(db);
    const page = { source: 'page' };
    const choose = (choices: Parameters<typeof changeChoices>[3]) =>
      changeChoices(db, token, newsletter, choices, page, NOW);
    await choose({ sections: ['Science', 'World'], rhythm: 'weekly', hour: '06:30' });
    const [subscription] = await subscriptionsOf(db, (await subscriberByAddress(db, ADDRESS))?.id ?? 0, NOW);
    expect(subscription).toMatchObject({ sections: ['World', 'Science'], rhythm: 'weekly', hour: '06:30' });
    // All of them means all, those of next year too.
    await choose({ sections: ['World', 'Business', 'Science'], hour: null });
    const { sections, hour } = await db
      .selectFrom('subscriptions')
      .select(['sections', 'hour'])
      .executeTakeFirstOrThrow();
    expect([sections, hour]).toEqual([null, null]);
    await expect(choose({ sections: [] })).rejects.toThrow('at least one section');
    await expect(choose({ sections: ['Sport'] })).rejects.toThrow('no section “Sport”');
    await expect(choose({ rhythm: 'hourly' })).rejects.toThrow('comes weekdays, weekly');
    await expect(choose({ hour: '25:00' })).rejects.toThrow('07:00');
    await leaveNewsletter(db, token, newsletter.id, page, NOW);
    await expect(choose({ rhythm: 'weekly' })).rejects.toThrow('Nobody gets Morning Briefing');
  });

  test("a pause ends by itself on the morning of its day, in the newsletter's zone", async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db, { time_zone: 'Asia/Kathmandu' });
    await addReader(db, newsletter, { address: ADDRESS }, NOW);
    const token = await tokenOf(db);
    const until = await pauseFor(db, token, newsletter, 7, { source: 'page' }, NOW);
    expect(until.toString()).toBe('2026-11-30T18:15:00Z');
    expect(await stateOf(db, 'morning', until.subtract({ seconds: 1 }))).toBe('paused');
    expect(await stateOf(db, 'morning', until)).toBe('active');
    expect(await countReaders(db, {}, NOW)).toEqual({ paused: 1 });
    expect(await countReaders(db, {}, until)).toEqual({ active: 1 });
    await resume(db, token, newsletter, { source: 'page' }, later(1));
    expect(await stateOf(db)).toBe('active');
    await expect(pauseFor(db, token, newsletter, 4000, { source: 'page' }, NOW)).rejects.toThrow(
      '1 to 366 days',
    );
  });

  test('erasing leaves nothing of the person but a keyed hash', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await askToJoin(db, newsletter, { address: ADDRESS, wording }, form, NOW);
    expect(await eraseSubscriber(db, ADDRESS.toUpperCase(), 'Jo', NOW)).toBe(true);
    expect(await eraseSubscriber(db, ADDRESS, 'Jo', NOW)).toBe(false);
    for (const table of ['subscribers', 'subscriptions', 'consents', 'notices'] as const) {
      expect(await db.selectFrom(table).selectAll().execute()).toEqual([]);
    }
    const kept = await db.selectFrom('suppressions').selectAll().execute();
    const audit = await db.selectFrom('audit').selectAll().execute();
    expect(kept).toHaveLength(1);
    expect(JSON.stringify([kept, audit])).not.toContain('reader@');
  });

  test('the operator adds on their word, but brings back nobody without saying so', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    const add = (again = false) => addReader(db, newsletter, { address: ADDRESS, again }, NOW);
    expect(await add()).toMatchObject({ changed: true });
    expect(await add()).toMatchObject({ changed: false });
    await leaveNewsletter(db, await tokenOf(db), newsletter.id, { source: 'page' }, NOW);
    await expect(add()).rejects.toThrow('left Morning Briefing on 2026-11-24. If they asked to come back');
    await add(true);
    expect(await stateOf(db)).toBe('active');
    await suppress(db, ADDRESS, 'gone', NOW);
    await expect(add()).rejects.toThrow('gets no more mail (gone, 2026-11-24)');
    await add(true);
    expect(await findSuppression(db, ADDRESS)).toBeUndefined();
    expect(await notices(db, 'welcome')).toEqual([]);
  });

  test('readers are found by part of an address or a name, whatever signs it has', async () => {
    const { db } = await database.create();
    const newsletter = await storeNewsletter(db);
    await addReader(db, newsletter, { address: 'a_b@example.org', name: 'Ada 100%' }, NOW);
    await addReader(db, newsletter, { address: 'axb@example.org' }, NOW);
    await suppress(db, 'axb@example.org', 'gone', NOW);
    const find = async (matching: string) =>
      (await listReaders(db, { matching }, 10, NOW)).map((reader) => reader.email);
    expect(await find('A_B@')).toEqual(['a_b@example.org']);
    expect(await find('100%')).toEqual(['a_b@example.org']);
    await addReader(db, newsletter, { address: 'x@example.com', name: 'ĐỖ Thị Ánh (Zoë) [*?^\\d' }, NOW);
    for (const part of ['đỗ thị', 'ĐỖ THỊ ÁNH', 'zoe\u0308', '(ZOË) [', '[*?^\\D', '*', '^\\d']) {
      expect(await find(part)).toEqual(['x@example.com']);
    }
    for (const part of ['zoe', 'd.', '[a-z]', '\\w', '%', '?*'])
      expect(await find(part)).not.toContain('x@example.com');
    expect(await find('@example.org')).toEqual(['axb@example.org', 'a_b@example.org']);
    expect(await countReaders(db, { newsletterId: newsletter.id }, NOW)).toEqual({
      active: 2,
      suppressed: 1,
    });
    expect(await listReaders(db, { state: 'suppressed' }, 10, NOW)).toHaveLength(1);
    expect(await neighboursOf(db, 'axxb@example.org')).toContain('axb@example.org');
  });
});
