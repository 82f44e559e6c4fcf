import type { Db } from '../database/connect.ts';
import type { EditionState } from '../database/tables/editions.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { Rhythm } from '../newsletters/settings.ts';
import type { Candidate } from './candidate.ts';
import type { Carried } from './development.ts';
import type { History } from './selection.ts';
import { editionWindow, type Window } from './window.ts';

const DAY = 86_400_000;

/** What earlier editions carried is remembered so long for "nothing twice". */
const CARRIED_FOR = 45 * DAY;

/**
 * Reads what selection needs for one slot: its window, every story within reach of it, and what the rhythm's
 * earlier editions carried. Four queries whatever the number of stories; bodies are not read.
 */
export async function readCandidates(
  db: Db,
  newsletter: Newsletter,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
): Promise<{ candidates: Candidate[]; history: Omit<History, 'pinned'> }> {
  const { window, earlier } = await windowOfSlot(db, newsletter, rhythm, slotAt);
  return {
    candidates: await storiesWithinReach(db, window),
    history: { slotAt: slotAt.epochMilliseconds, window, carried: await carriedIn(db, earlier) },
  };
}

/** The window of a slot, and the earlier editions of its rhythm that readers got or will get, the latest first. */
export async function windowOfSlot(
  db: Db,
  newsletter: Newsletter,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
): Promise<{ window: Window; earlier: EarlierEdition[] }> {
  const all = await earlierEditions(db, newsletter, rhythm, slotAt);
  const earlier = all.filter(readersGetIt);
  // Stories of skipped editions have their chance again.
  const skipped = all.length > 0 ? Math.min(...all.map((edition) => edition.window_from)) : null;
  return { window: editionWindow(newsletter, rhythm, slotAt, earlier[0]?.window_to ?? skipped), earlier };
}

interface EarlierEdition {
  id: number;
  name: string;
  slot_at: number;
  state: EditionState;
  sending_at: number | null;
  window_from: number;
  window_to: number;
  revision: number;
}

/** Readers got it, in whole or in part, or may still get it. */
function readersGetIt({ state, sending_at }: EarlierEdition): boolean {
  return state === 'cancelled' ? sending_at !== null : state !== 'skipped';
}

/** The rhythm's editions before a slot, the latest first, each with the revision that readers have or will have. */
async function earlierEditions(
  db: Db,
  newsletter: Newsletter,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
): Promise<EarlierEdition[]> {
  const editions = await db
    .selectFrom('editions')
    .select(['id', 'name', 'slot_at', 'state', 'sending_at', 'window_from', 'window_to'])
    .select(['revision', 'approved_revision'])
    .where('newsletter_id', '=', newsletter.id)
    .where('rhythm', '=', rhythm)
    .where('slot_at', '<', slotAt.epochMilliseconds)
    .where('slot_at', '>=', slotAt.epochMilliseconds - CARRIED_FOR)
    .orderBy('slot_at', 'desc')
    .execute();
  // What was written while it was paused, and then stopped, nobody ever got.
  return editions.map(({ approved_revision, ...edition }) =>
    edition.state === 'cancelled' && approved_revision !== null
      ? { ...edition, revision: approved_revision }
      : edition,
  );
}

async function storiesWithinReach(db: Db, window: Window): Promise<Candidate[]> {
  const rows = await db
    .selectFrom('stories')
    .innerJoin('sources', 'sources.id', 'stories.source_id')
    .select([
      'stories.id',
      'stories.code',
      'stories.headline',
      'stories.section',
      'stories.language',
      'stories.cluster_id',
      'stories.source_id',
      'stories.credit',
      'stories.picture_url',
      'stories.url',
      'stories.undated',
      'stories.published_at',
      'stories.created_at',
      'stories.changed_at',
      'stories.withdrawn_at',
      'sources.name as source_name',
      'sources.tags as source_tags',
      'sources.weight as source_weight',
    ])
    .where('stories.published_at', '>=', window.seenFrom)
    .orderBy('stories.id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    code: row.code,
    headline: row.headline,
    section: row.section,
    language: row.language,
    clusterId: row.cluster_id,
    sourceId: row.source_id,
    sourceName: row.source_name,
    sourceTags: JSON.parse(row.source_tags) as string[],
    sourceWeight: row.source_weight,
    voice: row.credit ?? row.source_name,
    hasPicture: row.picture_url !== null,
    hasLink: row.url !== null,
    isDated: row.undated === 0,
    publishedAt: row.published_at,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    withdrawnAt: row.withdrawn_at,
  }));
}

/** The stories of each edition's revision, with every headline that edition had for them. */
async function carriedIn(db: Db, editions: EarlierEdition[]): Promise<Carried[]> {
  if (editions.length === 0) return [];
  const byId = new Map(editions.map((edition) => [edition.id, edition]));
  const rows = await db
    .selectFrom('edition_items')
    .innerJoin('stories', 'stories.id', 'edition_items.story_id')
    .select([
      'edition_items.edition_id',
      'edition_items.revision',
      'edition_items.headline',
      'stories.id',
      'stories.code',
      'stories.cluster_id',
    ])
    .where('edition_items.edition_id', 'in', [...byId.keys()])
    .execute();
  const headlines = Map.groupBy(rows, (row) => `${row.edition_id} ${row.id}`);
  return rows
    .flatMap((row) => {
      const edition = byId.get(row.edition_id);
      if (!edition || row.revision !== edition.revision) return [];
      const known = headlines.get(`${row.edition_id} ${row.id}`) ?? [];
      return [
        {
          storyId: row.id,
          code: row.code,
          clusterId: row.cluster_id,
          headlines: [...new Set(known.map(({ headline }) => headline))],
          edition: edition.name,
          slotAt: edition.slot_at,
          windowTo: edition.window_to,
        },
      ];
    })
    .sort((one, other) => other.slotAt - one.slotAt);
}
