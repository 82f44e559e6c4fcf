import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { Rhythm } from '../newsletters/settings.ts';
import { summarise } from '../stories/summary.ts';
import type { Verdict } from './candidate.ts';
import { readCandidates } from './candidates.ts';
import type { SelectedItem } from './places.ts';
import type { ContentItem } from './revision-items.ts';
import { select } from './selection.ts';
import type { Window } from './window.ts';

/** What selection makes of the stories that are stored now. */
export interface SelectedContent {
  items: ContentItem[];
  verdicts: Verdict[];
  window: Window;
}

/** Selects for one slot and summarises what is in. Changes nothing. */
export async function selectContent(
  db: Db,
  newsletter: Newsletter,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
  pinned: ReadonlySet<number> = new Set(),
): Promise<SelectedContent> {
  const { candidates, history } = await readCandidates(db, newsletter, rhythm, slotAt);
  const { items, verdicts } = select(candidates, newsletter, { ...history, pinned });
  return { items: await summariseItems(db, newsletter, items, pinned), verdicts, window: history.window };
}

async function summariseItems(
  db: Db,
  { limits }: Newsletter,
  items: readonly SelectedItem[],
  pinned: ReadonlySet<number>,
): Promise<ContentItem[]> {
  const texts = await storyTexts(
    db,
    items.map(({ candidate }) => candidate.id),
  );
  return items.map(({ candidate, place, section, position }) => ({
    storyId: candidate.id,
    place,
    section,
    position,
    headline: candidate.headline,
    summary: summaryFor(texts.get(candidate.id), place, limits),
    pinned: pinned.has(candidate.id),
  }));
}

/** What a summary is made of, by story. */
export async function storyTexts(db: Db, ids: readonly number[]): Promise<Map<number, StoryText>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('stories')
    .select(['id', 'headline', 'body', 'description', 'summary', 'summary_by as summaryBy', 'language'])
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

export type StoryText = Parameters<typeof summarise>[0];

/** The summary that a place has room for; a link under "More news" has none. */
export function summaryFor(
  story: StoryText | undefined,
  place: ContentItem['place'],
  limits: Newsletter['limits'],
): string {
  if (!story || place === 'more') return '';
  return summarise(story, place === 'lead' ? limits.lead_summary : limits.story_summary).text;
}
