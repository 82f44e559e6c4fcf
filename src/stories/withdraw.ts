import type { Db } from '../database/connect.ts';
import { nearestFew } from '../nearest.ts';
import { RefusedError } from '../refused-error.ts';

/**
 * Takes a story back for good: no edition takes it in any more. Doing so again changes nothing.
 * @returns its headline, when it was withdrawn (ms UTC), and whether that was before.
 * @throws RefusedError naming the three codes that are spelt most like it.
 */
export async function withdrawStory(
  db: Db,
  code: string,
  reason: string | null,
  by: string,
  now: Temporal.Instant,
): Promise<{ headline: string; at: number; again: boolean }> {
  return db.transaction().execute(async (tx) => {
    const at = now.epochMilliseconds;
    const { numUpdatedRows } = await tx
      .updateTable('stories')
      .set({ withdrawn_at: at })
      .where('code', '=', code)
      .where('withdrawn_at', 'is', null)
      .executeTakeFirst();
    const story = await tx
      .selectFrom('stories')
      .select(['headline', 'withdrawn_at'])
      .where('code', '=', code)
      .executeTakeFirst();
    if (story === undefined) throw new RefusedError(await notFound(tx, code));
    if (numUpdatedRows > 0n) {
      await tx
        .insertInto('audit')
        .values({
          who: by,
          what: 'story.withdrawn',
          subject: code,
          at,
          before: null,
          after: JSON.stringify({ headline: story.headline, ...(reason === null ? {} : { note: reason }) }),
        })
        .execute();
    }
    return { headline: story.headline, at: story.withdrawn_at ?? at, again: numUpdatedRows === 0n };
  });
}

async function notFound(db: Db, code: string): Promise<string> {
  const rows = await db.selectFrom('stories').select('code').orderBy('id', 'desc').limit(2000).execute();
  const near = nearestFew(
    code,
    rows.map((row) => row.code),
    3,
  );
  return `There is no story ${code}.${near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''}`;
}
