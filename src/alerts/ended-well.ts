import type { Db } from '../database/connect.ts';
import type { SkippedReason } from '../database/tables/editions.ts';

/** An edition of the schedule that is over. */
export interface EndedEdition {
  id: number;
  newsletterId: number;
  rhythm: string | null;
  /** `morning/2026-11-24`. */
  name: string;
  slug: string;
  state: 'sent' | 'skipped';
  /** ms UTC. */
  endedAt: number;
  skippedReason: SkippedReason | null;
  note: string | null;
  /** Whether it ended as it should. */
  well: boolean;
}

/** Whether a skipped edition was rightly skipped: for want of news, or because of what a person decided. */
const SKIPPED_WELL: Record<SkippedReason, boolean> = {
  nothing_new: true,
  few_stories: true,
  schedule_changed: true,
  switched_off: true,
  not_approved: false,
  held: false,
  not_running: false,
};

/**
 * The editions of the schedule that ended after an instant (ms UTC), oldest slot first, and whether each ended well:
 * it was rightly skipped, or somebody got it, or there was nobody who could have.
 */
export async function endedEditions(db: Db, after: number): Promise<EndedEdition[]> {
  const rows = await db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select(['editions.id', 'newsletter_id', 'rhythm', 'slug', 'editions.name', 'state', 'state_at'])
    .select(['skipped_reason', 'state_note'])
    .where('kind', '=', 'scheduled')
    .where('state', 'in', ['sent', 'skipped'])
    .where('state_at', '>', after)
    .orderBy('slot_at')
    .execute();
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      newsletterId: row.newsletter_id,
      rhythm: row.rhythm,
      name: `${row.slug}/${row.name}`,
      slug: row.slug,
      state: row.state as 'sent' | 'skipped',
      endedAt: row.state_at,
      skippedReason: row.skipped_reason,
      note: row.state_note,
      well:
        row.state === 'sent'
          ? await reachedSomebody(db, row.id)
          : row.skipped_reason !== null && SKIPPED_WELL[row.skipped_reason],
    })),
  );
}

/** False when there were readers and each copy was refused, expired or is unknown. */
async function reachedSomebody(db: Db, editionId: number): Promise<boolean> {
  const oneOf = (states: ('sent' | 'refused' | 'unknown' | 'expired')[]) =>
    db
      .selectFrom('deliveries')
      .select('id')
      .where('edition_id', '=', editionId)
      .where('state', 'in', states)
      .limit(1)
      .executeTakeFirst();
  // The first copy mostly answers: a million are not counted each minute.
  if ((await oneOf(['sent'])) !== undefined) return true;
  return (await oneOf(['refused', 'unknown', 'expired'])) === undefined;
}
