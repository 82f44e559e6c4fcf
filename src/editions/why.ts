import type { Db } from '../database/connect.ts';
import type { Place, SkippedReason } from '../database/tables/editions.ts';
import { nearestFew } from '../nearest.ts';
import { RefusedError } from '../refused-error.ts';
import type { Parts, Reason } from './candidate.ts';
import type { EditionRow } from './find.ts';
import { BROADSHEET } from './life.ts';
import type { PreviewedRevision } from './prepare.ts';
import { readRevision } from './read-revision.ts';
import type { RevisionItem } from './revision.ts';
import { diffRevisions, type RevisionChange } from './revisions.ts';

/** A story of an edition, or one that is not in it, and why. Times in ms UTC. */
export interface WhyStory {
  code: string;
  headline: string;
  section: string | null;
  publishedAt: number;
  score: number | null;
  parts: Parts | null;
  /** What selection says of it; null: selection did not see it. */
  reason: Reason | null;
}

export interface WhyIn extends WhyStory {
  position: number;
  place: Place;
  pinned: boolean;
  /** What people did to it since selection, in order. */
  changes: { by: string; at: number; change: RevisionChange }[];
}

export interface Why {
  edition: string;
  slotAt: number;
  windowFrom: number;
  windowTo: number;
  /** Why the whole edition does not go out, where it was skipped. */
  skipped: { reason: SkippedReason | null; note: string | null } | null;
  in: WhyIn[];
  /** By score. */
  out: WhyStory[];
  /** Stories that selection would take and a person's edition leaves out. */
  suggested: WhyStory[];
  /** How many are out, by reason, most frequent first. */
  counts: { reason: Reason | 'suggested'; count: number }[];
}

/** Why each story is in an edition's present revision, or is not. */
export async function explainEdition(db: Db, edition: EditionRow): Promise<Why> {
  const revision = await readRevision(db, edition.id);
  const rows = await db
    .selectFrom('edition_candidates')
    .innerJoin('stories', 'stories.id', 'edition_candidates.story_id')
    .select([
      'stories.code',
      'stories.headline',
      'stories.section',
      'stories.published_at',
      'edition_candidates.verdict',
      'edition_candidates.reason',
      'edition_candidates.score',
      'edition_candidates.parts',
    ])
    .where('edition_id', '=', edition.id)
    .orderBy('score', 'desc')
    .orderBy('stories.code')
    .execute();
  const seen = rows.map((row) => ({
    code: row.code,
    headline: row.headline,
    section: row.section,
    publishedAt: row.published_at,
    score: row.score,
    parts: JSON.parse(row.parts) as Parts,
    reason: row.reason as Reason,
    chosen: row.verdict === 'in',
  }));
  return {
    edition: edition.fullName,
    slotAt: edition.slot_at,
    windowFrom: edition.window_from,
    windowTo: edition.window_to,
    skipped:
      edition.state === 'skipped' ? { reason: edition.skipped_reason, note: edition.state_note } : null,
    ...explained(revision.items, seen, await changesSinceSelection(db, edition)),
  };
}

/** Why each story would be in an edition that is not drafted yet, or would not. */
export async function explainPreview(db: Db, preview: PreviewedRevision): Promise<Why> {
  const told = await storiesOf(
    db,
    preview.candidates.map(({ storyId }) => storyId),
  );
  const seen = preview.candidates.flatMap(({ storyId, code, section, score, parts, reason, verdict }) => {
    const story = told.get(storyId);
    return story === undefined
      ? []
      : [{ ...story, ...{ code, section, score, parts, reason }, chosen: verdict === 'in' }];
  });
  return {
    edition: preview.edition.name,
    slotAt: preview.edition.slotAt,
    windowFrom: preview.window.from,
    windowTo: preview.window.to,
    skipped: null,
    ...explained(preview.items, seen, []),
  };
}

async function storiesOf(db: Db, ids: readonly number[]) {
  const stories = new Map<number, { headline: string; publishedAt: number }>();
  for (let from = 0; from < ids.length; from += LIST) {
    const rows = await db
      .selectFrom('stories')
      .select(['id', 'headline', 'published_at'])
      .where('id', 'in', ids.slice(from, from + LIST))
      .execute();
    for (const { id, headline, published_at } of rows)
      stories.set(id, { headline, publishedAt: published_at });
  }
  return stories;
}

/** Below SQLite's limit of bound values. */
const LIST = 500;

interface SeenStory extends WhyStory {
  reason: Reason;
  /** Whether selection took it. */
  chosen: boolean;
}

function explained(
  items: readonly RevisionItem[],
  seen: readonly SeenStory[],
  changes: readonly MadeChange[],
): Pick<Why, 'in' | 'out' | 'suggested' | 'counts'> {
  const byCode = new Map(seen.map((story) => [story.code, story]));
  const inside = new Set(items.map(({ code }) => code));
  const missing = seen.filter(({ code }) => !inside.has(code));
  const plain = ({ chosen: _, ...story }: SeenStory): WhyStory => story;
  return {
    in: items.map((item) => whyIn(item, byCode.get(item.code), changes)),
    out: missing.filter(({ chosen }) => !chosen).map(plain),
    suggested: missing.filter(({ chosen }) => chosen).map(plain),
    counts: countReasons(missing),
  };
}

/**
 * One story of an edition.
 * @throws RefusedError when selection did not see it: unknown, with the nearest codes, or too old to be looked at.
 */
export async function explainStory(db: Db, why: Why, code: string): Promise<WhyIn | WhyStory> {
  const seen: (WhyIn | WhyStory)[] = [...why.in, ...why.suggested, ...why.out];
  const found = seen.find((story) => story.code === code);
  if (found) return found;
  const stored = await db
    .selectFrom('stories')
    .select('headline')
    .where('code', '=', code)
    .executeTakeFirst();
  if (stored) {
    throw new RefusedError(
      `${code} (${stored.headline}) was not looked at for ${why.edition}: it was published long before its window, or came after selection was fixed.`,
    );
  }
  const codes = nearestFew(code, new Set(seen.map((story) => story.code)), 3);
  throw new RefusedError(
    `There is no story ${code}.${codes.length > 0 ? ` Nearest: ${codes.join(', ')}.` : ''}`,
  );
}

interface MadeChange {
  by: string;
  at: number;
  change: RevisionChange;
}

/** What people changed, revision by revision, since the last one that selection made. */
async function changesSinceSelection(db: Db, { id }: EditionRow): Promise<MadeChange[]> {
  const revisions = await db
    .selectFrom('revisions')
    .select(['number', 'made_by', 'at'])
    .where('edition_id', '=', id)
    .orderBy('number')
    .execute();
  const start = revisions.findLastIndex(({ made_by }) => made_by === BROADSHEET);
  const changes: MadeChange[] = [];
  let before = await readRevision(db, id, revisions[Math.max(0, start)]?.number ?? 0);
  for (const { number, made_by: by, at } of revisions.slice(start + 1)) {
    const after = await readRevision(db, id, number);
    changes.push(...diffRevisions(before, after).map((change) => ({ by, at, change })));
    before = after;
  }
  return changes;
}

function whyIn(item: RevisionItem, seen: WhyStory | undefined, changes: readonly MadeChange[]): WhyIn {
  return {
    code: item.code,
    headline: item.headline,
    section: item.section,
    publishedAt: item.publishedAt,
    score: seen?.score ?? null,
    parts: seen?.parts ?? null,
    reason: seen?.reason ?? null,
    position: item.position,
    place: item.place,
    pinned: item.pinned,
    changes: changes.filter(({ change }) => change.kind !== 'text' && change.code === item.code),
  };
}

function countReasons(missing: readonly SeenStory[]): Why['counts'] {
  const counts = new Map<Reason | 'suggested', number>();
  for (const { reason, chosen } of missing) {
    const told = chosen ? 'suggested' : reason;
    counts.set(told, (counts.get(told) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((one, other) => other.count - one.count);
}
