import type { Db } from '../database/connect.ts';
import type { Verdict } from './candidate.ts';

/** Of those that were just not good enough, so many are remembered; of those that a rule threw out, all. */
export const REMEMBERED = 200;

/** Rows of one insert: PostgreSQL and SQLite both take some 32,000 values. */
const ROWS = 1000;

/** Stores what selection saw, for `why`. Writes only when something differs from what is stored. */
export async function storeCandidates(
  tx: Db,
  editionId: number,
  verdicts: readonly Verdict[],
): Promise<void> {
  let below = 0;
  const rows = verdicts
    .filter(({ reason }) => reason !== 'below' || ++below <= REMEMBERED)
    .map(({ storyId, verdict, reason, score, parts }) => ({
      edition_id: editionId,
      story_id: storyId,
      verdict,
      reason,
      score,
      parts: JSON.stringify(parts),
    }));
  const stored = await tx
    .selectFrom('edition_candidates')
    .select(['story_id', 'reason', 'parts'])
    .where('edition_id', '=', editionId)
    .execute();
  const key = (row: { story_id: number; reason: string; parts: string }) =>
    `${row.story_id} ${row.reason} ${row.parts}`;
  const known = new Set(stored.map(key));
  if (known.size === rows.length && rows.every((row) => known.has(key(row)))) return;
  await tx.deleteFrom('edition_candidates').where('edition_id', '=', editionId).execute();
  for (let start = 0; start < rows.length; start += ROWS) {
    await tx
      .insertInto('edition_candidates')
      .values(rows.slice(start, start + ROWS))
      .execute();
  }
}
