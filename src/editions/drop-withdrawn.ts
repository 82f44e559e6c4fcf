import type { Db } from '../database/connect.ts';
import { BROADSHEET } from './life.ts';
import { readContent } from './read-revision.ts';
import { withoutWithdrawn } from './reselect.ts';
import { storeRevision } from './revisions.ts';

/** An edition that a withdrawn story has left. */
export interface Dropped {
  editionId: number;
  /** `morning/2026-11-24`. */
  edition: string;
  revision: number;
}

/**
 * Takes withdrawn stories out of every edition that has not gone out to all: drafts, and what has not left of those
 * that are going out or paused. One that has nothing left then pauses (`lint`), and a person decides.
 * Safe to run twice and at once.
 */
export async function dropWithdrawn(db: Db, now: Temporal.Instant): Promise<Dropped[]> {
  const dropped: Dropped[] = [];
  for (const { id, edition, revision } of await carrying(db)) {
    const present = await readContent(db, id, revision);
    if (!present) continue;
    const content = { ...present, items: await withoutWithdrawn(db, present.items) };
    // Taking out what its source stands by no more needs nobody's approval.
    const number = await db
      .transaction()
      .execute((tx) =>
        storeRevision(tx, id, revision, content, BROADSHEET, now, { touch: false, approves: true }),
      );
    if (number !== null) dropped.push({ editionId: id, edition, revision: number });
  }
  return dropped;
}

/** Editions that are not over and carry a withdrawn story in their present revision. */
async function carrying(db: Db): Promise<{ id: number; edition: string; revision: number }[]> {
  const rows = await db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .innerJoin('edition_items', (join) =>
      join
        .onRef('edition_items.edition_id', '=', 'editions.id')
        .onRef('edition_items.revision', '=', 'editions.revision'),
    )
    .innerJoin('stories', 'stories.id', 'edition_items.story_id')
    .select(['editions.id', 'editions.revision', 'editions.name', 'newsletters.slug'])
    .distinct()
    .where('editions.state', 'in', ['draft', 'approved', 'held', 'sending', 'paused'])
    .where('stories.withdrawn_at', 'is not', null)
    .execute();
  return rows.map(({ id, revision, slug, name }) => ({ id, revision, edition: `${slug}/${name}` }));
}
