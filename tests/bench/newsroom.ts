import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Context } from '../../src/context.ts';
import { connect, type Db } from '../../src/database/connect.ts';
import { migrate } from '../../src/database/migrate.ts';
import { approve } from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { applyNewsletter } from '../../src/newsletters/apply.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import { findNewsletter, type Newsletter } from '../../src/newsletters/newsletter.ts';
import { testContext } from '../setup/context.ts';

export const SLOT = Temporal.Instant.from('2026-11-24T07:00:00Z');
const DAY = 86_400_000;

export interface Newsroom {
  db: Db;
  context: Context;
  newsletter: Newsletter;
}

/** The kinds of limits that there are by default, kept and shared like any, and too high to bind. */
const UNBOUND = {
  SMTP_RATE: '100000',
  LANE_LIMITS: ['gmail', 'outlook', 'yahoo', 'other'].map((lane) => `${lane} 40 at once`).join(', '),
};

/** A database with one newsletter. Reads no settings but `env`, so nothing of production is touched. */
export async function openNewsroom(url: string, env: NodeJS.ProcessEnv = {}): Promise<Newsroom> {
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
  const context = testContext(db, { now: () => SLOT, env: { ...UNBOUND, ...env } });
  await applyNewsletter(db, parseNewsletter(yaml, 'bench.yaml'), SLOT.subtract({ hours: 1000 }));
  return { context, newsletter: (await findNewsletter(db, 'morning')) as Newsletter, db };
}

/** An edition of the stories of the last day, approved. @returns its id. */
export async function approvedEdition({ db, context, newsletter }: Newsroom): Promise<number> {
  await storeStories(db, 200);
  const id = await prepareEdition(context, newsletter, 'daily', SLOT);
  await approve(db, id, 'bench', SLOT);
  return id;
}

const WORDS =
  'harbour fund cities storm gates salt marsh ministers agreed pay into single pot engineers towns barriers insurers tide'.split(
    ' ',
  );

/** Stories of ten sources over the days before the slot, a thousand a day: the last day's are candidates. */
export async function storeStories(db: Db, size: number): Promise<void> {
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

/** A file to import: readers at two big mailbox providers, a third, and two small ones. */
export async function writeReaders(path: string, size: number): Promise<void> {
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
