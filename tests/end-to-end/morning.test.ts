import { expect, onTestFinished, test } from 'vitest';
import { jobs } from '../../jobs/index.ts';
import type { Context } from '../../src/context.ts';
import { connect, type Db } from '../../src/database/connect.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { startInbox } from '../../src/inbox/inbox.ts';
import { applyNewsletter } from '../../src/newsletters/apply.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import { storeStories } from '../../src/stories/import.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';

const READERS = 40;
const SLOT = Temporal.Instant.from('2026-11-24T07:00:00Z');
const signal = new AbortController().signal;

onEachDatabase((database) => {
  test('a whole morning on two machines at once: every reader gets the edition of seven o’clock exactly once', async () => {
    const { db, url } = await database.create();
    let now = SLOT.subtract({ minutes: 61 });
    // SQLite waits for a lock without letting anything else of its thread go on: there one connection serves both.
    const other = database.kind === 'postgres' ? secondConnection(url) : db;
    const machines = [testMachine(db), testMachine(other)];
    await prepareNewsroom(db, now);
    const inbox = await startInbox();
    onTestFinished(() => inbox[Symbol.asyncDispose]());
    const senders = await Promise.all(
      machines.map((context) =>
        startSender(context, nodemailerRelay(inbox.smtpUrl), { timing: { pollEvery: 20 } }),
      ),
    );
    onTestFinished(async () => {
      await Promise.all(senders.map((sender) => sender.stop()));
    });

    // Each minute every job runs on both machines, as if no scheduler had been elected.
    const ticks = Object.entries(jobs).filter(([name]) => name !== 'prune');
    for (const minute of [-61, -60, -59, -6, -5, -4, -1, 0, 1, 2]) {
      now = SLOT.add({ minutes: minute });
      await Promise.all(machines.flatMap((context) => ticks.map(([, job]) => job.run(context, signal))));
      await Promise.all(senders.map((sender) => sender.idle()));
    }

    const editions = await db.selectFrom('editions').select(['name', 'state', 'rhythm']).execute();
    expect(editions).toEqual([{ name: '2026-11-24', state: 'sent', rhythm: 'daily' }]);
    const messages = inbox.messages();
    const copies = messages.filter(({ to }) => to[0]?.startsWith('reader'));
    expect(new Set(copies.map(({ to }) => to[0])).size).toBe(READERS);
    expect(copies).toHaveLength(READERS);
    expect(new Set(copies.map(({ subject }) => subject))).toEqual(
      new Set(['Eleven ports agree to share one flood fund']),
    );
    // The editor had the draft an hour before, once.
    expect(messages.filter(({ to }) => to[0] === 'mai@news.example')).toHaveLength(1);
    expect(await db.selectFrom('problems').selectAll().execute()).toEqual([]);

    function testMachine(connection: Db): Context {
      return testContext(connection, {
        env: { SMTP_URL: 'inbox:', ALERT_TO: 'ops@news.example', SMTP_RATE: '1000' },
        now: () => now,
      });
    }
  });
});

function secondConnection(url: string): Db {
  const db = connect(url, { poolSize: 4 });
  onTestFinished(() => db.destroy());
  return db;
}

async function prepareNewsroom(db: Db, now: Temporal.Instant): Promise<void> {
  const yaml = `
slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@news.example>
postal_address: 12 Quay Street
time_zone: Europe/London
rhythms: { daily: '0 7 * * *' }
editors: [mai@news.example]
`;
  const { newsletterId } = await applyNewsletter(
    db,
    parseNewsletter(yaml, 'morning.yaml'),
    now.subtract({ hours: 12 }),
  );
  const source = await db
    .insertInto('sources')
    .values({ name: 'Harbour Wire', kind: 'file', url: 'file:wire', created_at: 0 })
    .returning(['id', 'section', 'language'])
    .executeTakeFirstOrThrow();
  const headlines = [
    'Eleven ports agree to share one flood fund',
    'Night trains return between Lisbon and Marseille',
    'Andean farmers win ruling on glacier water',
    'Chipmaker splits off its packaging arm',
  ];
  const stories = headlines.map((headline, index) => ({
    guid: String(index),
    url: `https://news.example/${index}`,
    headline,
    section: index === 3 ? 'Business' : 'World',
    language: 'en',
    dateline: null,
    byline: null,
    credit: null,
    publishedAt: now.subtract({ hours: 1 + index }).epochMilliseconds,
    body: 'The ministers met on Monday and agreed on the plan. Work begins in March and lasts until June.',
    description: null,
    picture: null,
  }));
  await storeStories(db, source, { stories, refused: [] }, now);
  for (let number = 0; number < READERS; number++) {
    const email = `reader${number}@reader.example`;
    const { id } = await db
      .insertInto('subscribers')
      .values({
        token: `${number}`.padStart(32, '0'),
        email,
        email_key: email,
        address_key: email,
        lane: 'other',
        created_at: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const subscription = { subscriber_id: id, newsletter_id: newsletterId, rhythm: 'daily', created_at: 0 };
    await db
      .insertInto('subscriptions')
      .values({ ...subscription, state: 'active', confirmed_at: 0 })
      .execute();
  }
}
