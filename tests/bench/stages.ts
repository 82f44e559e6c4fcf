import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Context } from '../../src/context.ts';
import { connect, type Db } from '../../src/database/connect.ts';
import { sqliteOf } from '../../src/database/drivers.ts';
import { migrate } from '../../src/database/migrate.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { approve } from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { readRevision } from '../../src/editions/read-revision.ts';
import { composeEdition } from '../../src/messages/compose.ts';
import { applyNewsletter } from '../../src/newsletters/apply.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import { findNewsletter, type Newsletter } from '../../src/newsletters/newsletter.ts';
import { importSubscribers } from '../../src/subscribers/import.ts';
import { linkKeys } from '../../src/subscribers/links.ts';
import { testContext } from '../setup/context.ts';
import { measureSending } from './sending.ts';

const SLOT = Temporal.Instant.from('2026-11-24T07:00:00Z');
const DAY = 86_400_000;

/** What a stage measured, by name; times in ms. */
export type Figures = Record<string, number>;

/** Each runs in a process of its own, so that its memory is its own. */
export const STAGES: Record<string, (url: string, size: number) => Promise<Figures>> = {
  edition: editionStage,
  import: importStage,
  send: sendStage,
};

/** From `size` stored stories to a rendered edition. */
async function editionStage(url: string, size: number): Promise<Figures> {
  const { context, newsletter, db } = await newsroom(url);
  await storeStories(db, size);
  const count = countQueries(db);
  const began = performance.now();
  const id = await prepareEdition(context, newsletter, 'daily', SLOT);
  const prepared = performance.now();
  const revision = await readRevision(db, id);
  const { config, secrets } = context;
  const site = { publicUrl: config.publicUrl, bounceDomain: config.bounceDomain, keys: linkKeys(secrets) };
  await composeEdition(revision, null, site);
  const rendered = performance.now();
  const queries = count();
  await composeEdition(revision, null, site);
  const again = performance.now();
  await db.destroy();
  return {
    stories: size,
    select: prepared - began,
    renderFirst: rendered - prepared,
    renderAgain: again - rendered,
    queries,
    items: revision.items.length,
    ...memory(),
  };
}

async function importStage(url: string, size: number): Promise<Figures> {
  const { newsletter, db } = await newsroom(url);
  const file = `${url.slice('sqlite:'.length)}.csv`;
  await writeReaders(file, size);
  const beforeMegabytes = memory().peakMegabytes;
  const began = performance.now();
  const report = await importSubscribers(db, newsletter, file, { confirmedElsewhere: true, now: SLOT });
  const time = performance.now() - began;
  if (report.added !== size) throw new Error(`${report.added} of ${size} were imported.`);
  await db.destroy();
  return { people: size, time, perSecond: size / (time / 1000), beforeMegabytes, ...memory() };
}

/** Freezes and sends an edition to the readers that the stage before imported. */
async function sendStage(url: string, size: number): Promise<Figures> {
  const { context, newsletter, db } = await newsroom(url);
  await storeStories(db, 200);
  const id = await prepareEdition(context, newsletter, 'daily', SLOT);
  await approve(db, id, 'bench', SLOT);
  const beforeMegabytes = memory().peakMegabytes;
  const began = performance.now();
  await freezeAudience(context, id, { dueAt: SLOT });
  const freeze = performance.now() - began;
  const figures = await measureSending(context, id, size);
  await db.destroy();
  return { people: size, freeze, beforeMegabytes, ...figures };
}

async function newsroom(url: string): Promise<{ context: Context; newsletter: Newsletter; db: Db }> {
  const db = connect(url);
  await migrate(db);
  const yaml = `
slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@ledger.example>
postal_address: 1 Quay, Harbour
time_zone: Europe/London
rhythms: { daily: 0 7 * * * }
`;
  const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100000' } });
  await applyNewsletter(db, parseNewsletter(yaml, 'bench.yaml'), SLOT.subtract({ hours: 1000 }));
  return { context, newsletter: (await findNewsletter(db, 'morning')) as Newsletter, db };
}

const WORDS =
  'harbour fund cities storm gates salt marsh ministers agreed pay into single pot engineers towns barriers insurers tide'.split(
    ' ',
  );

/** Stories of ten sources over the days before the slot, a thousand a day: the last day's are candidates. */
async function storeStories(db: Db, size: number): Promise<void> {
  const SOURCES = 10;
  for (let at = 1; at <= SOURCES; at++) {
    await db
      .insertInto('sources')
      .values({ name: `Wire ${at}`, kind: 'feed', url: `https://wire${at}.example/feed`, created_at: 0 })
      .execute();
  }
  const word = (seed: number) => WORDS[(seed * 7919) % WORDS.length] as string;
  const sentence = (seed: number) =>
    `${Array.from({ length: 14 }, (_, at) => word(seed + at * 13)).join(' ')}.`.replace(/^./, (letter) =>
      letter.toUpperCase(),
    );
  const perDay = Math.min(1000, size);
  for (let from = 0; from < size; from += 500) {
    await db
      .insertInto('stories')
      .values(
        Array.from({ length: Math.min(500, size - from) }, (_, offset) => {
          const at = from + offset;
          return {
            code: at.toString(36).padStart(5, '0'),
            source_id: (at % SOURCES) + 1,
            guid: `story ${at}`,
            url: `https://wire${(at % SOURCES) + 1}.example/${at}`,
            headline: `${sentence(at).slice(0, 50)} ${at}`,
            section: ['World', 'Business', 'Sport', 'Science'][at % 4] as string,
            section_by: 'label' as const,
            language: 'en',
            published_at: SLOT.epochMilliseconds - 60_000 - Math.floor((at / perDay) * DAY),
            body: Array.from({ length: 8 }, (_, line) => sentence(at * 8 + line)).join('\n\n'),
            digest: String(at),
            created_at: 0,
          };
        }),
      )
      .execute();
  }
}

async function writeReaders(path: string, size: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('email,name\n');
  const domains = ['gmail.com', 'outlook.com', 'yahoo.com', 'example.org', 'example.net'];
  for (let at = 0; at < size; at++) {
    const fits = file.write(`reader${at}@${domains[at % domains.length]},Reader ${at}\n`);
    if (!fits) await new Promise((resolve) => file.once('drain', resolve));
  }
  file.end();
  await finished(file);
}

/** Counts the statements that the database is given from now on. @returns how many those were. */
function countQueries(db: Db): () => number {
  const database = sqliteOf(db);
  const prepare = database.prepare.bind(database);
  let queries = 0;
  database.prepare = (text) => {
    queries++;
    return prepare(text);
  };
  return () => queries;
}

function memory(): { peakMegabytes: number } {
  return { peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}
