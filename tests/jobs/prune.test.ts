import { expect, test } from 'vitest';
import { run } from '../../jobs/prune.ts';
import type { Db } from '../../src/database/connect.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';

const NOW = '2026-11-24T03:17:00Z';
const daysAgo = (days: number) => Temporal.Instant.from(NOW).epochMilliseconds - days * 86_400_000;

onEachDatabase((database) => {
  test('what is past its time goes, in as many slices as it takes; what is younger or unfinished stays', async () => {
    const { db } = await database.create();
    const runs = Array.from({ length: 2500 }, (_, index) => ({
      job: index % 2 === 0 ? 'watch' : 'poll-sources',
      at: daysAgo(8) + Math.floor(index / 2),
      started_at: 0,
    }));
    await db
      .insertInto('job_runs')
      .values([...runs, { job: 'watch', at: daysAgo(1), started_at: 0 }])
      .execute();
    const notice = { kind: 'test', to_address: 'an@reader.example', data: '{}', due_at: 0 };
    await db
      .insertInto('notices')
      .values([
        { ...notice, token: 'old', state: 'sent', created_at: daysAgo(31), expires_at: daysAgo(30) },
        { ...notice, token: 'never sent', state: 'queued', created_at: daysAgo(40), expires_at: daysAgo(39) },
        { ...notice, token: 'young', state: 'sent', created_at: daysAgo(29), expires_at: daysAgo(28) },
      ])
      .execute();

    await run(testContext(db, { now: NOW }), new AbortController().signal);

    expect(await db.selectFrom('job_runs').select('at').execute()).toEqual([{ at: daysAgo(1) }]);
    expect(await db.selectFrom('notices').select('token').execute()).toEqual([{ token: 'young' }]);
  });

  test('who asked to join and never confirmed is forgotten after 30 days; who left, or joined, is not', async () => {
    const { db } = await database.create();
    const newsletter = await db
      .insertInto('newsletters')
      .values({ slug: 'tides', name: 'Tides', settings: '{}', enabled_at: 0, created_at: 0, updated_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    await person(db, newsletter.id, 'never@confirmed.example', 'pending', daysAgo(31), ['asked']);
    await person(db, newsletter.id, 'yesterday@asked.example', 'pending', daysAgo(1), ['asked']);
    await person(db, newsletter.id, 'active@reader.example', 'active', daysAgo(400), ['asked', 'confirmed']);
    await person(db, newsletter.id, 'left@reader.example', 'unsubscribed', daysAgo(400), [
      'confirmed',
      'left',
    ]);
    await person(db, newsletter.id, 'back@reader.example', 'pending', daysAgo(31), ['left', 'asked']);

    await run(testContext(db, { now: NOW }), new AbortController().signal);

    const kept = await db.selectFrom('subscribers').select('email').orderBy('email').execute();
    expect(kept.map(({ email }) => email)).toEqual([
      'active@reader.example',
      'back@reader.example',
      'left@reader.example',
      'yesterday@asked.example',
    ]);
    const addresses = await db.selectFrom('consents').select(['at', 'ip']).execute();
    expect(addresses.every(({ at, ip }) => (ip === null) === at < daysAgo(90))).toBe(true);
  });

  test('a stop ends it between two slices', async () => {
    const { db } = await database.create();
    await db.insertInto('job_runs').values({ job: 'watch', at: 0, started_at: 0 }).execute();
    await run(testContext(db, { now: NOW }), AbortSignal.abort());
    expect(await db.selectFrom('job_runs').select('at').execute()).toHaveLength(1);
  });
});

async function person(
  db: Db,
  newsletterId: number,
  email: string,
  state: 'pending' | 'active' | 'unsubscribed',
  at: number,
  consents: ('asked' | 'confirmed' | 'left')[],
): Promise<void> {
  const { id } = await db
    .insertInto('subscribers')
    .values({ token: email, email, email_key: email, address_key: email, lane: 'other', created_at: at })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('subscriptions')
    .values({ subscriber_id: id, newsletter_id: newsletterId, rhythm: 'daily', state, created_at: at })
    .execute();
  await db
    .insertInto('consents')
    .values(
      consents.map((what) => ({
        subscriber_id: id,
        newsletter_id: newsletterId,
        what,
        at,
        ip: '192.0.2.1',
        source: 'form',
      })),
    )
    .execute();
}
