import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { composeNotice, type Notice } from '../../src/messages/notices.ts';
import type { NoticeKind } from '../../src/notices/notice.ts';
import { addReader } from '../../src/subscribers/add.ts';
import { addressKey, laneOf } from '../../src/subscribers/address.ts';
import { importSubscribers } from '../../src/subscribers/import.ts';
import { subscriberByAddress } from '../../src/subscribers/subscribers.ts';
import { findSuppression, suppress } from '../../src/subscribers/suppression.ts';
import { withoutToken } from '../../src/web/errors.ts';
import { parseMail } from '../messages/parse.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { NOW, storeNewsletter } from '../subscribers/newsletters.ts';
import { ADDRESS, type Visit, visit } from './visit.ts';

const NEW = 'new.reader@gmail.com';
const CHECK = 'We sent a link to r•••@example.org, good for one hour.';

const later = (v: Visit, minutes: number) => {
  v.clock.now = v.clock.now.add({ minutes });
};
const ask = async (v: Visit, data: string) => {
  const answer = await v.post(v.path('choices'), { action: 'data', data });
  return { status: answer.status, html: await answer.text() };
};
const mails = ({ db }: Visit, kind: NoticeKind) =>
  db.selectFrom('notices').selectAll().where('kind', '=', kind).orderBy('id').execute();

/** The path of the link in the newest mail of a kind, as its reader would press it; made when it is asked for. */
async function linkIn(v: Visit, kind: 'access' | 'new-address'): Promise<string> {
  const row = (await mails(v, kind)).at(-1);
  if (row === undefined) throw new Error(`No ${kind} was sent`);
  const notice = { kind, to: row.to_address, token: row.token, data: JSON.parse(row.data) } as Notice;
  const { raw } = await composeNotice(notice, v.context);
  const { text = '' } = await parseMail(raw);
  return /https:\/\/news\.example(\/access\/\S+)/.exec(text)?.[1] ?? '';
}

/** Asks for another address and is sent the link to say yes with. */
async function askNew(v: Visit, address: string): Promise<Response> {
  await ask(v, 'address');
  return v.post(await linkIn(v, 'access'), { address });
}

async function deliver(v: Visit): Promise<void> {
  const at = NOW.epochMilliseconds;
  const { id } = await v.db
    .insertInto('editions')
    .values({
      ...{ newsletter_id: v.newsletter.id, kind: 'scheduled', rhythm: 'weekdays', slot_at: at },
      ...{ name: '2026-11-24', state: 'sent', state_at: at, revision: 2 },
      ...{ window_from: at, window_to: at, created_at: at },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await v.db
    .insertInto('deliveries')
    .values({
      ...{ edition_id: id, subscriber_id: v.reader.id, token: 'd'.repeat(32), lane: 'other', due_at: at },
      ...{ state: 'sent', variant: '["World"]', revision: 2, sent_at: at + 2000 },
      ...{ response: `250 2.1.5 <${ADDRESS}> queued` },
    })
    .execute();
}

onEachDatabase((database) => {
  test('a reader takes along everything that is kept about them, as a file', async () => {
    const v = await visit({ database });
    await deliver(v);
    await v.post(v.path('choices'), { action: 'save', section: ['World'], rhythm: 'weekly' });
    expect(await ask(v, 'export')).toMatchObject({ status: 200, html: expect.stringContaining(CHECK) });
    const link = await linkIn(v, 'access');
    const page = await (await v.get(link)).text();
    expect(page).toContain('What we keep about you');
    expect(page).toContain('<dd>24 November 2026</dd>');
    expect(page).not.toContain(ADDRESS);

    const file = await v.post(link);
    expect(Object.fromEntries(file.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="morning-my-data-2026-11-24.json"',
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
      'x-content-type-options': 'nosniff',
    });
    const iso = NOW.toString();
    expect(await file.json()).toMatchObject({
      made_at: iso,
      person: { email: ADDRESS, mailbox_provider: 'other', created_at: iso },
      subscriptions: [{ newsletter: 'morning', state: 'active', rhythm: 'weekly', sections: ['World'] }],
      consents: [
        { newsletter: 'morning', what: 'imported', source: 'command' },
        { newsletter: 'morning', what: 'changed', source: 'page', page: '/p', ip: '127.0.0.1', at: iso },
      ],
      editions: [
        {
          edition: 'morning/2026-11-24',
          state: 'sent',
          revision: 2,
          sections: ['World'],
          due_at: iso,
          sent_at: NOW.add({ seconds: 2 }).toString(),
          reply: `250 2.1.5 <${ADDRESS}> queued`,
        },
      ],
      other_mail: [{ what: 'access', to: ADDRESS, state: 'queued' }],
      no_mail: null,
    });
  });

  test('erasing deletes the person with every trace of the address; no import brings them back', async () => {
    const v = await visit({ database });
    await deliver(v);
    await askNew(v, NEW);
    later(v, 61);
    await ask(v, 'erase');
    const link = await linkIn(v, 'access');
    const page = await (await v.get(link)).text();
    expect(page).toContain('Erase everything?');
    expect(page).toContain('You will no longer get Morning Briefing.');
    expect(await subscriberByAddress(v.db, ADDRESS)).toBeDefined();

    const erased = await v.post(link);
    expect([erased.status, await erased.text()]).toEqual([
      200,
      expect.stringContaining('Everything is erased'),
    ]);
    for (const table of ['subscribers', 'subscriptions', 'consents', 'notices'] as const) {
      expect([table, await v.db.selectFrom(table).selectAll().execute()]).toEqual([table, []]);
    }
    const kept = await Promise.all(
      (['deliveries', 'suppressions', 'audit'] as const).map((table) =>
        v.db.selectFrom(table).selectAll().execute(),
      ),
    );
    expect(kept.map((rows) => rows.length)).toEqual([1, 1, 1]);
    expect(JSON.stringify(kept)).not.toMatch(/reader@|new\.reader/);
    for (const again of [await v.get(link), await v.post(link)]) expect(again.status).toBe(410);

    const folder = mkdtempSync(join(tmpdir(), 'broadsheet-erased-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'old-list.csv');
    writeFileSync(path, `email\n${ADDRESS.toUpperCase()}\n`);
    await importSubscribers(v.db, v.newsletter, path, { confirmedElsewhere: true, now: v.clock.now });
    expect(await subscriberByAddress(v.db, ADDRESS)).toBeUndefined();
  });

  test('an address changes once the new one has said yes, and the old one is told', async () => {
    const v = await visit({ database });
    const asked = await askNew(v, ` ${NEW} `);
    expect([asked.status, await asked.text()]).toEqual([
      200,
      expect.stringContaining(`We sent a link to ${NEW}, good for one hour.`),
    ]);
    const formLink = await linkIn(v, 'access');
    const link = await linkIn(v, 'new-address');
    const page = await (await v.get(link)).text();
    expect(page).toContain(`Press the button, and Morning Briefing comes to ${NEW} from now on`);
    // It may be a stranger's: it names nobody, and leads to no page of the reader's.
    expect(page).not.toMatch(/r•••|reader@example|href="\/[up]\//);
    expect(await subscriberByAddress(v.db, NEW)).toBeUndefined();

    for (let press = 0; press < 2; press++) {
      const answer = await v.post(link);
      expect([answer.status, await answer.text()]).toEqual([
        200,
        expect.stringContaining(`From now on our mail comes to ${NEW}.`),
      ]);
    }
    const person = await subscriberByAddress(v.db, NEW);
    expect(person).toMatchObject({
      id: v.reader.id,
      token: v.reader.token,
      email: NEW,
      email_key: addressKey(NEW),
      lane: laneOf(NEW),
    });
    expect(person?.address_key).not.toBe(v.reader.address_key);
    expect(await mails(v, 'address-changed')).toMatchObject([
      { to_address: ADDRESS, data: expect.stringContaining('n•••@gmail.com') },
    ]);
    const consents = await v.db.selectFrom('consents').selectAll().where('what', '=', 'moved').execute();
    expect(consents).toMatchObject([{ subscriber_id: v.reader.id, page: '/access', ip: '127.0.0.1' }]);

    // What came to the former mailbox opens nothing any more; a list that still has it writes to nobody twice.
    expect((await v.get(formLink)).status).toBe(410);
    expect((await v.post(formLink, { address: 'third@example.net' })).status).toBe(410);
    expect(await findSuppression(v.db, ADDRESS)).toMatchObject({ reason: 'moved' });

    // And back again.
    later(v, 61);
    await askNew(v, ADDRESS);
    await v.post(await linkIn(v, 'new-address'));
    expect((await subscriberByAddress(v.db, ADDRESS))?.id).toBe(v.reader.id);
    expect(await findSuppression(v.db, ADDRESS)).toBeUndefined();
  });

  test('an address that is a reader’s, or wants no mail, is refused; only its own mailbox may learn it', async () => {
    const v = await visit({ database });
    const answers: string[] = [];
    for (const address of ['free@example.net', 'taken@example.net', 'angry@example.net']) {
      if (address.startsWith('taken')) await addReader(v.db, v.newsletter, { address }, NOW);
      if (address.startsWith('angry')) await suppress(v.db, address, 'complaint', NOW);
      const answer = await askNew(v, address);
      answers.push(`${answer.status} ${(await answer.text()).replaceAll(address, 'X')}`);
      later(v, 61);
    }
    expect(new Set(answers).size).toBe(1);
    const asked = await mails(v, 'new-address');
    expect(asked.map((mail) => mail.to_address)).toEqual(['free@example.net', 'taken@example.net']);

    const refused = async () => {
      later(v, 24 * 60);
      await askNew(v, 'wanted@example.net');
      const link = await linkIn(v, 'new-address');
      return { link, post: async () => v.post(link) };
    };
    const { post: postTaken } = await refused();
    await addReader(v.db, v.newsletter, { address: 'wanted@example.net' }, NOW);
    const taken = await postTaken();
    const takenText = await taken.text();
    expect([taken.status, takenText]).toEqual([409, expect.stringContaining('cannot be used')]);
    await v.db.deleteFrom('subscribers').where('email_key', '=', 'wanted@example.net').execute();
    const { post: postSuppressed } = await refused();
    await suppress(v.db, 'wanted@example.net', 'complaint', NOW);
    const suppressed = await postSuppressed();
    expect([suppressed.status, await suppressed.text()]).toEqual([409, takenText]);
    expect((await subscriberByAddress(v.db, ADDRESS))?.id).toBe(v.reader.id);
    expect(await mails(v, 'address-changed')).toEqual([]);
  });

  test('who only asked to join with the new address makes way for the reader who owns it', async () => {
    const v = await visit({ database });
    await v.post('/join/morning', { address: NEW });
    await askNew(v, NEW);
    expect((await v.post(await linkIn(v, 'new-address'))).status).toBe(200);
    expect((await v.db.selectFrom('subscribers').select('id').execute()).map(({ id }) => id)).toEqual([
      v.reader.id,
    ]);
  });

  test('buttons pressed at once send one mail', async () => {
    const v = await visit({ database });
    const together = (press: () => Promise<unknown>) =>
      Promise.all(Array.from({ length: 8 }, async () => press()));
    // Connections to the database must be open, else the requests queue for the first.
    await together(() => v.get(v.path('choices')));
    await together(() => ask(v, 'export'));
    expect(await mails(v, 'access')).toHaveLength(1);
  });
});

test('one link an hour and three a day go to an address; the page never says which', async () => {
  const v = await visit();
  const pages = new Set<string>();
  for (let hour = 0; hour < 5; hour++) {
    for (const data of ['export', 'erase']) pages.add(JSON.stringify(await ask(v, data)));
    later(v, 61);
  }
  expect(await mails(v, 'access')).toHaveLength(3);
  await suppress(v.db, ADDRESS, 'complaint', NOW);
  later(v, 24 * 60);
  pages.add(JSON.stringify(await ask(v, 'export')));
  expect(await mails(v, 'access')).toHaveLength(3);
  expect(pages.size).toBe(1);
  expect((await ask(v, 'everything-of-everybody')).status).toBe(400);
});

test('who has left still gets at their data', async () => {
  const v = await visit();
  await v.post(v.path('leave'));
  expect(await (await v.get(v.path('choices'))).text()).toContain('name="data" value="erase"');
  expect((await ask(v, 'erase')).html).toContain(CHECK);
  expect((await v.post(await linkIn(v, 'access'))).status).toBe(200);
  expect(await subscriberByAddress(v.db, ADDRESS)).toBeUndefined();
});

test('a link of another hour, another purpose, or no notice of ours opens nothing, and says how to ask again', async () => {
  const v = await visit();
  await ask(v, 'export');
  const link = await linkIn(v, 'access');
  const expires = NOW.epochMilliseconds + 3_600_000;
  const tampered = [link.replace('.export.', '.erase.'), `${link}x`, '/access/broken', v.path('choices')].map(
    (path) => path.replace('/p/', '/access/'),
  );
  for (const path of tampered) {
    for (const answer of [await v.get(path), await v.post(path)]) {
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).toContain('To ask for a new one, follow “Change what you get”');
    }
  }
  // Signed by us, but carried by no mail to this reader.
  const other = await storeNewsletter(v.db, { slug: 'weekend', name: 'Weekend Edition' });
  const { subscriber } = await addReader(v.db, other, { address: 'other@example.org' }, NOW);
  const foreign = link.split('.').at(-2) ?? '';
  await v.db
    .updateTable('notices')
    .set({ to_address: subscriber.email })
    .where('token', '=', foreign)
    .execute();
  for (const path of [v.path('erase', { expires }), link]) expect((await v.post(path)).status).toBe(410);
  await v.db.updateTable('notices').set({ to_address: ADDRESS }).where('token', '=', foreign).execute();
  expect((await v.get(link)).status).toBe(200);
  later(v, 61);
  for (const answer of [await v.get(link), await v.post(link)]) {
    expect(answer.status).toBe(410);
    const html = await answer.text();
    expect(html).toContain('It was good for one hour');
    expect(html).toContain(`href="${v.path('choices')}#data"`);
  }
});

test('an address that was mistyped first cannot take over what was then put right', async () => {
  const v = await visit();
  await askNew(v, 'mistyped@example.net');
  const mistyped = await linkIn(v, 'new-address');
  const fault = await v.post(await linkIn(v, 'access'), { address: 'no address' });
  expect([fault.status, await fault.text()]).toEqual([422, expect.stringContaining('value="no address"')]);
  const same = await v.post(await linkIn(v, 'access'), { address: ADDRESS.toUpperCase() });
  expect([same.status, await same.text()]).toEqual([
    422,
    expect.stringContaining('That is the address that our mail comes to now.'),
  ]);
  await v.post(await linkIn(v, 'access'), { address: NEW });
  const right = await linkIn(v, 'new-address');
  const stale = async () => {
    for (const answer of [await v.get(mistyped), await v.post(mistyped)]) {
      expect(answer.status).toBe(410);
      expect(await answer.text()).not.toContain('href="/p/');
    }
  };
  await stale();
  await v.post(right);
  await stale();
  expect((await v.db.selectFrom('subscribers').select('email').execute()).map(({ email }) => email)).toEqual([
    NEW,
  ]);
});

test('the form writes to three new addresses a day, and one network presses thirty buttons an hour', async () => {
  const v = await visit();
  await ask(v, 'address');
  const link = await linkIn(v, 'access');
  for (let index = 0; index < 30; index++) {
    expect((await v.post(link, { address: `stranger${index}@example.net` })).status).toBe(200);
  }
  expect((await v.post(link, { address: 'stranger@example.net' })).status).toBe(429);
  expect(await mails(v, 'new-address')).toHaveLength(3);
  expect(withoutToken(link)).toBe('/access/•••');
});
