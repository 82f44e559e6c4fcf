import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { applyNewsletter } from '../../src/newsletters/apply.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import { findNewsletter, type Newsletter } from '../../src/newsletters/newsletter.ts';
import { testContext } from '../setup/context.ts';

/** A clock that a test sets. */
export interface TestClock {
  at: Temporal.Instant;
}

export function instant(text: string): Temporal.Instant {
  return Temporal.Instant.from(text);
}

/** A process of its own on `db`: what a second scheduler would have. */
export function contextOn(db: Db, clock: TestClock): Context {
  return testContext(db, { now: () => clock.at });
}

const MORNING = `
slug: morning
name: Morning Briefing
from: Harbour Ledger <digest@ledger.example>
postal_address: 1 Quay, Harbour
time_zone: Europe/London
rhythms: { daily: 0 7 * * * }
editors: [mai@ledger.example]
`;

/** Stores a newsletter; `lines` are added to, or replace, keys of a plain daily one at 07:00 in London. */
export async function newsletterOf(
  db: Db,
  now: Temporal.Instant,
  lines: Record<string, unknown> = {},
): Promise<Newsletter> {
  const { slug = 'morning' } = lines;
  const keys = Object.entries(lines).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const kept = MORNING.split('\n').filter((line) => !((line.split(':')[0] ?? '').trim() in lines));
  await applyNewsletter(db, parseNewsletter([...kept, ...keys].join('\n'), 'test.yaml'), now);
  const stored = await findNewsletter(db, String(slug));
  if (!stored) throw new Error('The newsletter was not stored.');
  return stored;
}

export interface TestStory {
  headline: string;
  published: string;
  section?: string | null;
  source?: string;
  cluster?: number;
  language?: string | null;
  url?: string;
  created?: string;
}

/** Stores stories, with their sources and clusters, as an import would. @returns their ids. */
export async function storeTestStories(db: Db, stories: TestStory[]): Promise<number[]> {
  const ids: number[] = [];
  for (const story of stories) {
    const name = story.source ?? 'Harbour Wire';
    await db
      .insertInto('sources')
      .values({ name, kind: 'feed', url: `https://${encodeURIComponent(name)}.example/`, created_at: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const source = await db
      .selectFrom('sources')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    const at = instant(story.published).epochMilliseconds;
    const { count } = await db
      .selectFrom('stories')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    const row = await db
      .insertInto('stories')
      .values({
        code: `s${String(count + 1).padStart(3, '0')}`,
        source_id: source.id,
        guid: `guid-${count}`,
        url: story.url ?? `https://wire.example/${count}`,
        headline: story.headline,
        section: story.section === undefined ? 'World' : story.section,
        section_by: 'label',
        language: story.language === undefined ? 'en' : story.language,
        published_at: at,
        body: `${story.headline}, officials said. The decision takes effect in spring.\n\nNobody objected to it.`,
        cluster_id: story.cluster === undefined ? null : await clusterId(db, story.cluster, at),
        digest: `digest-${count}`,
        created_at: story.created ? instant(story.created).epochMilliseconds : at,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    ids.push(row.id);
  }
  return ids;
}

async function clusterId(db: Db, number: number, at: number): Promise<number> {
  const rows = await db.selectFrom('clusters').select('id').orderBy('id').execute();
  const known = rows[number - 1];
  if (known) return known.id;
  const made = await db
    .insertInto('clusters')
    .values({ first_at: at, last_at: at })
    .returning('id')
    .executeTakeFirstOrThrow();
  return made.id;
}

/** Six ordinary stories in the night before 24 November 2026, of two sections and two sources. */
export const NIGHT: TestStory[] = [
  { headline: 'Eleven ports agree to share one flood fund', published: '2026-11-24T05:00Z' },
  { headline: 'Night trains return between Lisbon and Marseille', published: '2026-11-24T02:00Z' },
  {
    headline: 'Andean farmers win ruling on glacier water',
    published: '2026-11-23T23:00Z',
    source: 'Correo',
  },
  {
    headline: 'Chipmaker splits off its packaging arm',
    published: '2026-11-24T04:00Z',
    section: 'Business',
  },
  {
    headline: 'Grocers test labels that show the price of a meal',
    published: '2026-11-23T20:00Z',
    section: 'Business',
    source: 'Correo',
  },
  { headline: 'Museum returns a bell to its village', published: '2026-11-23T18:00Z', source: 'Correo' },
];
