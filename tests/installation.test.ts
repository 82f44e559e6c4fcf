import { expect, test } from 'vitest';
import type { Db } from '../src/database/connect.ts';
import { adopt, deadLinks, sendingAllowed } from '../src/installation.ts';
import { TEST_SECRET, testContext } from './setup/context.ts';
import { onEachDatabase } from './setup/databases.ts';

const OTHER_SECRET = 'another-secret-with-letters-enough';

onEachDatabase((database) => {
  test('a database that has sent mails nobody under another address, until it is adopted', async () => {
    const { db } = await database.create();
    const production = testContext(db);
    const laptop = testContext(db, { env: { PUBLIC_URL: 'http://localhost:3000' } });
    expect(await sendingAllowed(production)).toEqual({ allowed: true });
    await storeSentEdition(db);

    expect(await sendingAllowed(laptop)).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('last used as https://news.example, here it is http://localhost:3000'),
    });
    expect(await sendingAllowed(production)).toEqual({ allowed: true });
    await adopt(laptop);
    expect(await sendingAllowed(laptop)).toEqual({ allowed: true });
    expect(await sendingAllowed(production)).toMatchObject({ allowed: false });
  });

  test('before the first edition has gone out the address may change freely', async () => {
    const { db } = await database.create();
    await sendingAllowed(testContext(db, { env: { PUBLIC_URL: 'http://localhost:3000' } }));
    expect(await sendingAllowed(testContext(db))).toEqual({ allowed: true });
  });

  test('another key stops sending, unless the old one is still named', async () => {
    const { db } = await database.create();
    await sendingAllowed(testContext(db));
    await storeSentEdition(db);

    const changed = testContext(db, { env: { SECRET_KEY: OTHER_SECRET } });
    expect(await sendingAllowed(changed)).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('SECRET_KEYS_OLD'),
    });
    const rotated = testContext(db, { env: { SECRET_KEY: OTHER_SECRET, SECRET_KEYS_OLD: TEST_SECRET } });
    expect(await sendingAllowed(rotated)).toEqual({ allowed: true });
    expect(await sendingAllowed(changed), 'the new key is remembered now').toEqual({ allowed: true });
  });

  test('links to this machine are sent to nobody who is elsewhere', async () => {
    const { db } = await database.create();
    const at = (env: NodeJS.ProcessEnv) => sendingAllowed(testContext(db, { env }));
    const away = { SMTP_URL: 'inbox:', SMTP_URL_2: 'smtp://mail.example:587' };
    expect(await at({ ...away, PUBLIC_URL: 'http://localhost:3000' })).toMatchObject({
      allowed: false,
      reason:
        'http://localhost:3000 is this machine only: readers could not leave: set PUBLIC_URL to the address that readers can open',
    });
    expect(await at(away)).toEqual({ allowed: true });
    for (const url of ['http://127.0.0.1:3000', 'http://[::1]:3000', 'http://news.localhost'])
      expect(deadLinks(testContext(db, { env: { ...away, PUBLIC_URL: url } })), url).not.toBeNull();
    for (const smtp of ['inbox:', 'smtp://127.0.0.1:25', 'smtp://localhost:25', 'smtp://[::1]:25', '']) {
      const here = await at({ SMTP_URL: smtp, PUBLIC_URL: 'http://localhost:3000' });
      expect(here, smtp).toEqual({ allowed: true });
    }
  });

  test('without a key nothing is sent, and the database holds nothing that gives the key away', async () => {
    const { db } = await database.create();
    const keyless = testContext(db, { env: { SECRET_KEY: '' } });
    expect(await sendingAllowed(keyless)).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('SECRET_KEY is not set'),
    });
    await sendingAllowed(testContext(db));
    const stored = await db.selectFrom('settings').selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(TEST_SECRET);
  });
});

async function storeSentEdition(db: Db): Promise<void> {
  const { id } = await db
    .insertInto('newsletters')
    .values({ slug: 'tides', name: 'Tides', settings: '{}', enabled_at: 0, created_at: 0, updated_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('editions')
    .values({
      newsletter_id: id,
      kind: 'scheduled',
      rhythm: 'daily',
      slot_at: 1,
      name: '1970-01-01',
      state: 'sent',
      state_at: 2,
      sending_at: 1,
      window_from: 0,
      window_to: 1,
      created_at: 0,
    })
    .execute();
}
