import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { migrate } from '../../src/database/migrate.ts';
import { writeDemoEnvironment } from '../../src/demo/environment.ts';
import { rememberRestored } from '../../src/installation.ts';
import { applyNewsletter } from '../../src/newsletters/apply.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import { commandLine } from '../setup/command-line.ts';
import { TEST_SECRET } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';

onEachDatabase((database) => {
  test('status names the next edition, the last one and what is wrong', async () => {
    const { db, url } = await database.create();
    await storeNewsletter(db);
    const broadsheet = commandLine({ env: { DATABASE_URL: url } });
    const { out, code } = await broadsheet('status');
    expect(code).toBe(0);
    expect(out).toContain('next Tue 24 Nov, 07:00 Europe/London');
    expect(out).toContain('tides/2026-11-23: Sent to 0');
    expect(out).toContain('✗ No relay is set');
    expect(out).toContain('no sender is running');

    const json = JSON.parse((await broadsheet('status', '--json')).out);
    expect(json.newsletters[0]).toMatchObject({
      slug: 'tides',
      next: { rhythm: 'daily', at: '2026-11-24T07:00:00Z', timeZone: 'Europe/London' },
      last: { name: 'tides/2026-11-23', state: 'sent' },
    });
    expect(json.problems).toMatchObject([{ name: 'relay' }, { name: 'stopped' }]);
  });

  test('nothing is wrong only while both the clock and a sender run, on whatever machine', async () => {
    const { db, url } = await database.create();
    await storeNewsletter(db);
    const broadsheet = commandLine({ env: { DATABASE_URL: url, SMTP_URL: 'inbox:' } });
    const stopped = (await broadsheet('status')).out;
    expect(stopped).toContain(
      '✗ Broadsheet is not running: no edition is made or goes out\n   → broadsheet start',
    );

    const now = Date.parse('2026-11-24T06:00:00Z');
    const tick = { job: 'release-editions', at: now - 5_000, started_at: now - 5_000, finished_at: now };
    await db.insertInto('job_runs').values(tick).execute();
    const clockAlone = (await broadsheet('status')).out;
    expect(clockAlone).toContain('no sender is running   the clock runs');
    expect(clockAlone).toContain('✗ No sender is running');
    expect(clockAlone).toContain('broadsheet start --only sender');

    const sender = { host: 'mail1', pid: 1, started_at: now, lease_until: now + 20_000 };
    await db.insertInto('senders').values(sender).execute();
    expect((await broadsheet('status')).out).toContain('✓ Nothing is wrong');

    await db
      .updateTable('senders')
      .set({ trouble: 'connect ECONNREFUSED', next_try_at: now + 20_000 })
      .execute();
    const away = (await broadsheet('status')).out;
    expect(away).toContain('✗ The relay takes no mail now');
    expect(away).toContain('connect ECONNREFUSED. Nothing is lost; next try in 20 s.');
    await db.updateTable('senders').set({ trouble: null }).execute();

    await db
      .updateTable('job_runs')
      .set({ started_at: now - 60_000 })
      .execute();
    const senderAlone = (await broadsheet('status')).out;
    expect(senderAlone).toContain('✗ The clock does not run');
    expect(senderAlone).toContain('broadsheet start --only scheduler');
    expect(JSON.parse((await broadsheet('status', '--json')).out).clock).toEqual({
      runs: false,
      lastAt: '2026-11-24T05:59:00Z',
    });
  });

  test('status says when an edition is late, what becomes of it, and that a newsletter is off', async () => {
    const { db, url } = await database.create();
    await storeNewsletter(db, 'approval: required\n');
    await db
      .updateTable('editions')
      .set({ state: 'draft', sending_at: null, slot_at: Date.parse('2026-11-24T05:45:00Z') })
      .execute();
    const broadsheet = commandLine({ env: { DATABASE_URL: url, SMTP_URL: 'inbox:' } });
    expect((await broadsheet('status')).out).toContain(
      'Draft, late: skipped at Tue 24 Nov, 07:45 Europe/London unless somebody approves it',
    );
    expect(JSON.parse((await broadsheet('status', '--json')).out).newsletters[0].last.late).toBe(true);

    await db.updateTable('newsletters').set({ enabled: 0 }).execute();
    const off = (await broadsheet('status')).out;
    expect(off).toContain('switched off');
    expect(off).toContain('late: the newsletter is switched off; skipped at Tue 24 Nov, 07:45 Europe/London');
    expect(off).toContain('✓ Nothing is wrong');
  });

  test('an edition that was sent before its time is the last one, not the next', async () => {
    const { db, url } = await database.create();
    await storeNewsletter(db);
    const at = Date.parse('2026-11-24T07:00:00Z');
    await db.updateTable('editions').set({ slot_at: at, name: '2026-11-24' }).execute();
    const broadsheet = commandLine({ env: { DATABASE_URL: url } });
    const { out } = await broadsheet('status');
    expect(out).toMatch(
      /next Wed 25 Nov, 07:00 Europe\/London +0 readers +last tides\/2026-11-24: Sent to 0/,
    );
    expect((await broadsheet('newsletter', 'list')).out).toContain('next Wed 25 Nov');
    expect((await broadsheet('newsletter', 'show', 'tides')).out).toContain('next        Wed 25 Nov');
    expect((await broadsheet('check', '--offline')).out).toContain('tides: next Wed 25 Nov');
  });

  test('what check would not let an edition go out with is wrong in status, too', async () => {
    const { url } = await database.create();
    const { out } = await commandLine({ env: { DATABASE_URL: url, SECRET_KEY: '' } })('status');
    expect(out).toContain('✗ newsletter: there is none yet');
    expect(out).toContain('✗ relay: none is set');
    expect(out).toContain('✗ secret: SECRET_KEY is not set');
    expect(out).not.toContain('Nothing is wrong');
  });

  test('all relays are named, without their passwords', async () => {
    const { url } = await database.create();
    const env = {
      DATABASE_URL: url,
      SMTP_URL: 'smtp://me:hidden-word@one.example:587',
      SMTP_URL_2: 'smtp://two.example:587',
    };
    const { out } = await commandLine({ env })('status');
    expect(out).toContain('relays smtp://me:•••@one.example:587 and smtp://two.example:587');
    const json = JSON.parse((await commandLine({ env })('status', '--json')).out);
    expect(json.relays).toEqual(['smtp://me:•••@one.example:587', 'smtp://two.example:587']);
  });

  test('adopt promises nothing that dead links forbid', async () => {
    const { url } = await database.create();
    const copy = { DATABASE_URL: url, SMTP_URL: 'smtp://one.example:587' };
    await commandLine({ env: copy })('migrate');
    const db = connect(url);
    onTestFinished(() => db.destroy());
    await rememberRestored(db, Temporal.Instant.from('2026-11-24T05:00:00Z'));
    const here = commandLine({ env: { ...copy, PUBLIC_URL: 'http://localhost:3000' } });
    expect(await here('adopt', '--yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('could not leave. First set PUBLIC_URL'),
    });
  });

  test('adopt makes a database that was used elsewhere send from here, when told twice', async () => {
    const { db, url } = await database.create();
    await storeNewsletter(db);
    const there = commandLine({
      env: { DATABASE_URL: url, SMTP_URL: 'inbox:', PUBLIC_URL: 'https://news.example' },
    });
    await there('status');
    const here = commandLine({
      env: { DATABASE_URL: url, SMTP_URL: 'inbox:', PUBLIC_URL: 'https://copy.example' },
    });
    expect((await here('status')).out).toContain('✗ Sending is off');
    expect(await here('adopt')).toMatchObject({
      code: 1,
      err: expect.stringContaining('last used as https://news.example, here it is https://copy.example'),
    });
    expect(await here('adopt', '--yes')).toMatchObject({ code: 0 });
    expect((await here('status')).out).not.toContain('✗ Sending is off');
    expect((await there('status')).out).toContain('✗ Sending is off');
    const audit = await db
      .selectFrom('audit')
      .select(['what', 'subject'])
      .where('who', '=', 'operator')
      .execute();
    expect(audit).toEqual([{ what: 'installation.adopted', subject: 'https://copy.example' }]);
  });
});

test('the demo has no clock: that is said, and is nothing wrong', async () => {
  const broadsheet = commandLine();
  const { folder } = broadsheet;
  const db = connect(`sqlite:${folder}/demo-data/demo.sqlite`);
  onTestFinished(() => db.destroy());
  await migrate(db);
  await storeNewsletter(db);
  const settings = { SECRET_KEY: TEST_SECRET, PUBLIC_URL: 'http://localhost:3000', SMTP_URL: 'inbox:' };
  writeDemoEnvironment(folder, settings);
  const { out } = await broadsheet('status', '--demo');
  expect(out).toContain('The demo has no clock of its own');
  expect(out).not.toContain('clock does not run');
  expect(out).toContain('✓ Nothing is wrong');
  expect(JSON.parse((await broadsheet('status', '--demo', '--json')).out).clock).toBeNull();
});

async function storeNewsletter(db: ReturnType<typeof connect>, lines = ''): Promise<void> {
  const yaml = `
slug: tides
name: Tide Times
from: Tide Times <tides@news.example>
postal_address: 1 Quay
time_zone: Europe/London
rhythms: { daily: '0 7 * * *' }
${lines}`;
  const settings = parseNewsletter(yaml, 'tides.yaml');
  const { newsletterId } = await applyNewsletter(db, settings, Temporal.Instant.from('2026-11-23T12:00:00Z'));
  const at = Date.parse('2026-11-23T07:00:00Z');
  const times = { slot_at: at, state_at: at, sending_at: at, window_from: 0, window_to: at, created_at: at };
  await db
    .insertInto('editions')
    .values({
      newsletter_id: newsletterId,
      kind: 'scheduled',
      rhythm: 'daily',
      name: '2026-11-23',
      state: 'sent',
      ...times,
    })
    .execute();
}
