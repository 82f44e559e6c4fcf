import { randomBytes } from 'node:crypto';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import type { DeliveryState } from '../../src/database/tables/deliveries.ts';
import { newsletterSettings } from '../../src/newsletters/settings.ts';

/** 07:00 in London. */
export const SLOT = Temporal.Instant.from('2026-11-24T07:00:00Z');

/** A newsletter with one approved edition of two stories: World leads, Business follows. */
export async function openNewsroom(
  db: Db,
  { slug = 'morning', now = SLOT } = {},
): Promise<{ newsletterId: number; editionId: number }> {
  const at = now.epochMilliseconds;
  const settings = newsletterSettings.parse({
    slug,
    name: 'Morning Briefing',
    from: 'The Harbour Ledger <digest@news.example>',
    postal_address: '1 Quay Street, Harbour Town',
    time_zone: 'Europe/London',
    rhythms: { daily: '0 7 * * *', weekly: '0 8 * * 6' },
    sections: ['World', 'Business', 'Sport'],
  });
  const newsletter = await db
    .insertInto('newsletters')
    .values({
      slug,
      name: settings.name,
      settings: JSON.stringify(settings),
      enabled_at: 0,
      created_at: at,
      updated_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const edition = await db
    .insertInto('editions')
    .values({
      newsletter_id: newsletter.id,
      kind: 'scheduled',
      rhythm: 'daily',
      slot_at: SLOT.epochMilliseconds,
      name: '2026-11-24',
      state: 'approved',
      state_at: at,
      approved_by: 'Mai',
      approved_revision: 1,
      revision: 1,
      window_from: at,
      window_to: at,
      created_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await addRevision(db, edition.id, 1, slug);
  return { newsletterId: newsletter.id, editionId: edition.id };
}

/** Another revision of the same two stories, under a subject of its own. */
export async function addRevision(
  db: Db,
  editionId: number,
  number: number,
  slug = 'morning',
): Promise<void> {
  await db
    .insertInto('revisions')
    .values({
      edition_id: editionId,
      number,
      subject: `Subject of revision ${number}`,
      made_by: 'Mai',
      at: 0,
    })
    .execute();
  for (const [position, section] of ['World', 'Business'].entries()) {
    await db
      .insertInto('edition_items')
      .values({
        edition_id: editionId,
        revision: number,
        story_id: await story(db, `${slug} ${section}`, section),
        place: position === 0 ? 'lead' : 'story',
        section: position === 0 ? null : section,
        position: position + 1,
        headline: `The ${section} story`,
        summary: 'Eleven cities pay into one fund for storm gates and salt marsh, the ministers said.',
      })
      .execute();
  }
}

async function story(db: Db, guid: string, section: string): Promise<number> {
  const known = await db.selectFrom('stories').select('id').where('guid', '=', guid).executeTakeFirst();
  if (known) return known.id;
  const source =
    (await db.selectFrom('sources').select('id').executeTakeFirst()) ??
    (await db
      .insertInto('sources')
      .values({ name: 'Harbour Wire', kind: 'feed', url: 'https://wire.example/feed', created_at: 0 })
      .returning('id')
      .executeTakeFirstOrThrow());
  const { id } = await db
    .insertInto('stories')
    .values({
      code: randomBytes(3).toString('hex'),
      source_id: source.id,
      guid,
      url: `https://wire.example/${encodeURIComponent(guid)}`,
      headline: `The ${section} story`,
      section,
      published_at: SLOT.epochMilliseconds - 3_600_000,
      body: 'Eleven cities pay into one fund.',
      digest: guid,
      created_at: 0,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export interface Reader {
  email: string;
  lane?: string;
  rhythm?: string;
  sections?: string[] | null;
  state?: 'pending' | 'active' | 'paused' | 'unsubscribed';
  pausedUntil?: number | null;
  suppressed?: boolean;
}

/** Subscribers with one subscription each. */
export async function addReaders(db: Db, newsletterId: number, readers: Reader[]): Promise<void> {
  const slices = Array.from({ length: Math.ceil(readers.length / 500) }, (_, at) =>
    readers.slice(at * 500, at * 500 + 500),
  );
  for (const slice of slices) {
    const people = await db
      .insertInto('subscribers')
      .values(
        slice.map(({ email, lane = 'other' }) => ({
          token: randomBytes(16).toString('hex'),
          email,
          email_key: email.toLowerCase(),
          address_key: `key of ${email}`,
          lane,
          created_at: 0,
        })),
      )
      .returning(['id', 'email'])
      .execute();
    const idOf = new Map(people.map(({ id, email }) => [email, id]));
    await db
      .insertInto('subscriptions')
      .values(
        slice.map(({ email, rhythm = 'daily', sections = null, state = 'active', pausedUntil = null }) => ({
          subscriber_id: idOf.get(email) as number,
          newsletter_id: newsletterId,
          rhythm,
          sections: sections === null ? null : JSON.stringify(sections),
          state,
          paused_until: pausedUntil,
          confirmed_at: 0,
          created_at: 0,
        })),
      )
      .execute();
  }
  const suppressed = readers.filter((reader) => reader.suppressed);
  if (suppressed.length === 0) return;
  await db
    .insertInto('suppressions')
    .values(suppressed.map(({ email }) => ({ address_key: `key of ${email}`, reason: 'gone', at: 0 })))
    .execute();
}

/** `r1@example.org`, `r2@…`: ordinary readers. */
export function ordinaryReaders(count: number, { lanes = ['other'] }: { lanes?: string[] } = {}): Reader[] {
  return Array.from({ length: count }, (_, at) => ({
    email: `r${at + 1}@example.org`,
    lane: lanes[at % lanes.length] as string,
  }));
}

export interface Ledger {
  states: Partial<Record<DeliveryState, number>>;
  reasons: Record<string, number>;
  inDoubt: number;
}

/** What became of an edition's audience, counted. */
export async function ledger(db: Db, editionId: number): Promise<Ledger> {
  const rows = await db
    .selectFrom('deliveries')
    .select(['state', 'reason', 'in_doubt'])
    .where('edition_id', '=', editionId)
    .execute();
  const states: Ledger['states'] = {};
  const reasons: Ledger['reasons'] = {};
  for (const { state, reason } of rows) {
    states[state] = (states[state] ?? 0) + 1;
    if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return { states, reasons, inDoubt: rows.reduce((sum, row) => sum + row.in_doubt, 0) };
}

export async function stateOf({ db }: Pick<Context, 'db'>, editionId: number): Promise<string> {
  const { state } = await db
    .selectFrom('editions')
    .select('state')
    .where('id', '=', editionId)
    .executeTakeFirstOrThrow();
  return state;
}
