import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../jobs/watch.ts';
import { openProblems } from '../../src/alerts/tell.ts';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import type { DeliveryState } from '../../src/database/tables/deliveries.ts';
import type { EditionState, SkippedReason } from '../../src/database/tables/editions.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';

const { signal } = new AbortController();
const ALERT_ENV = { SMTP_URL: 'inbox:', ALERT_TO: 'ops@news.example' };

onEachDatabase((database) => {
  test('ALERT_TO hears once of what is wrong, however often it is found, and once when it is over', async () => {
    const { db } = await database.create();
    const context = testContext(db, { env: ALERT_ENV });
    await storeSource(db, 'Harbour Wire', 3);
    await storeSource(db, 'Rail Weekly', 5);

    await run(context, signal);
    await run(context, signal);
    expect(await alerts(db)).toEqual([
      { to: 'ops@news.example', over: false, subject: 'Harbour Wire cannot be read, and 1 more' },
    ]);
    await db.updateTable('sources').set({ failures: 0 }).where('name', '=', 'Harbour Wire').execute();
    await run(context, signal);
    await run(context, signal);
    expect((await alerts(db)).slice(1)).toEqual([
      { to: 'ops@news.example', over: true, subject: 'Harbour Wire cannot be read' },
    ]);
    expect((await openProblems(db)).map(({ subject }) => subject)).toEqual(['Rail Weekly cannot be read']);

    await db.updateTable('sources').set({ failures: 3 }).execute();
    await run(context, signal);
    expect((await alerts(db)).slice(2)).toMatchObject([
      { over: false, subject: 'Harbour Wire cannot be read' },
    ]);
  });

  test('two who look at the same moment tell once', async () => {
    const { db } = await database.create();
    const context = testContext(db, { env: ALERT_ENV });
    await storeSource(db, 'Harbour Wire', 3);
    await Promise.all([run(context, signal), run(context, signal), run(context, signal)]);
    expect(await alerts(db)).toHaveLength(1);
  });

  test('what is wrong while no mail can leave is told when it can', async () => {
    const { db } = await database.create();
    await storeSource(db, 'Harbour Wire', 3);
    await run(testContext(db, { env: { ALERT_TO: 'ops@news.example' } }), signal);
    expect(await alerts(db)).toEqual([]);
    expect(await openProblems(db)).toHaveLength(1);
    await run(testContext(db, { env: ALERT_ENV }), signal);
    expect(await alerts(db)).toHaveLength(1);
  });

  test('a slot that passed without an edition is found, unless the newsletter is younger', async () => {
    const { db } = await database.create();
    await storeNewsletter(db, { enabledAt: Date.parse('2026-11-23T12:00:00Z') });
    await run(testContext(db, { env: ALERT_ENV, now: '2026-11-24T07:20:00Z' }), signal);
    expect((await openProblems(db)).map(({ subject }) => subject)).toEqual([
      'tides has no edition for 2026-11-24, 07:00 Europe/London',
    ]);
    await db
      .updateTable('newsletters')
      .set({ enabled_at: Date.parse('2026-11-24T07:10:00Z') })
      .execute();
    await run(testContext(db, { env: ALERT_ENV, now: '2026-11-24T07:21:00Z' }), signal);
    expect(await openProblems(db)).toEqual([]);
  });

  test('HEARTBEAT_URL is fetched after what was sent or rightly skipped, once, and not after what was missed', async () => {
    const { db } = await database.create();
    const beats = await countRequests();
    const newsletter = await storeNewsletter(db, { enabledAt: Date.parse('2026-11-24T00:00:00Z') });
    let now = Temporal.Instant.from('2026-11-24T06:00:00Z');
    const context = testContext(db, {
      env: { ...ALERT_ENV, HEARTBEAT_URL: beats.url, FETCH_PRIVATE: 'on' },
      now: () => now,
    });
    await run(context, signal);
    const end = async (
      at: string,
      state: EditionState,
      { skipped = null, copies = [] }: { skipped?: SkippedReason | null; copies?: DeliveryState[] } = {},
    ) => {
      now = Temporal.Instant.from(at);
      await storeEdition(db, newsletter, now.epochMilliseconds, { state, skipped, copies });
      await watchTwice(context);
      return beats.count();
    };
    const lost = async () =>
      (await openProblems(db)).filter(({ name }) => name.endsWith(':lost')).map(({ subject }) => subject);
    expect(await end('2026-11-24T07:01:00Z', 'sent')).toBe(1);
    expect(await end('2026-11-24T07:02:00Z', 'skipped', { skipped: 'few_stories' })).toBe(2);
    expect(await end('2026-11-24T07:03:00Z', 'paused')).toBe(2);
    expect(await end('2026-11-24T07:04:00Z', 'sent', { copies: ['refused', 'sent', 'unknown'] })).toBe(3);
    expect(await end('2026-11-24T07:05:00Z', 'sent', { copies: ['excluded', 'excluded'] })).toBe(4);
    expect(await lost()).toEqual([]);

    expect(await end('2026-11-24T07:06:00Z', 'sent', { copies: ['excluded', 'unknown', 'unknown'] })).toBe(4);
    expect(await lost()).toEqual(['Nobody got tides/07:06']);
    for (const skipped of ['not_approved', 'held', 'not_running'] as const) {
      expect(await end('2026-11-24T07:07:00Z', 'skipped', { skipped })).toBe(4);
      expect(await lost()).toEqual(['tides/07:07 did not go out']);
      await db.deleteFrom('editions').where('name', '=', '07:07').execute();
    }

    beats.answer(500);
    await end('2026-11-24T07:08:00Z', 'sent');
    expect((await openProblems(db)).map(({ name }) => name)).toContain('heartbeat');
    beats.answer(200);
    const failed = beats.count();
    await watchTwice(context);
    expect(beats.count()).toBe(failed + 1);
    expect((await openProblems(db)).map(({ name }) => name)).not.toContain('heartbeat');
  });
});

async function watchTwice(context: Context): Promise<void> {
  await run(context, signal);
  await run(context, signal);
}

async function alerts(db: Db) {
  const rows = await db.selectFrom('notices').selectAll().where('kind', '=', 'alert').orderBy('id').execute();
  return rows.map((row) => {
    const { over, subject } = JSON.parse(row.data);
    return { to: row.to_address, over, subject };
  });
}

async function storeSource(db: Db, name: string, failures: number): Promise<void> {
  await db
    .insertInto('sources')
    .values({ name, kind: 'feed', url: `https://${name.length}.example`, failures, created_at: 0 })
    .execute();
}

async function storeNewsletter(db: Db, { enabledAt }: { enabledAt: number }): Promise<number> {
  const settings = JSON.stringify({
    slug: 'tides',
    time_zone: 'Europe/London',
    rhythms: { daily: '0 7 * * *' },
  });
  const { id } = await db
    .insertInto('newsletters')
    .values({ slug: 'tides', name: 'Tides', settings, enabled_at: enabledAt, created_at: 0, updated_at: 0 })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** One that ended at `at`, named by the time of day, with a delivery in each of the states `copies`. */
async function storeEdition(
  db: Db,
  newsletter: number,
  at: number,
  { state, skipped, copies }: { state: EditionState; skipped: SkippedReason | null; copies: DeliveryState[] },
) {
  const name = Temporal.Instant.fromEpochMilliseconds(at).toString().slice(11, 16);
  const base = { newsletter_id: newsletter, kind: 'scheduled', rhythm: 'daily', name } as const;
  const times = { slot_at: at, state_at: at, window_from: 0, window_to: at, created_at: 0 };
  const { id } = await db
    .insertInto('editions')
    .values({ ...base, ...times, state, skipped_reason: skipped })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const [index, copy] of copies.entries()) {
    await db
      .insertInto('deliveries')
      .values({
        edition_id: id,
        subscriber_id: index + 1,
        token: `${id}-${index}`,
        lane: 'other',
        state: copy,
        due_at: at,
      })
      .execute();
  }
}

async function countRequests() {
  let count = 0;
  let status = 200;
  const server = createServer((_request, response) => {
    count++;
    response.writeHead(status).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    count: () => count,
    answer: (next: number) => {
      status = next;
    },
  };
}
