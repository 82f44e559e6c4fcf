import { sql } from 'kysely';
import type { Context } from '../context.ts';

const NAME = 'mailbox lease';

/**
 * Runs `work` unless another process does so at this moment, on whatever machine; a lease that nobody gave back (its
 * process died) is over after a while.
 * @param goodFor ms; `work` must end within it.
 * @returns what `work` gave; null: somebody else is at it.
 */
export async function withMailboxLease<Result>(
  { db, now }: Pick<Context, 'db' | 'now'>,
  goodFor: number,
  work: () => Promise<Result>,
): Promise<Result | null> {
  const at = now().epochMilliseconds;
  const mine = String(at + goodFor);
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('settings')
    .values({ name: NAME, value: mine })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ value: mine })
        .where(sql<boolean>`cast(settings.value as bigint) < ${at}`),
    )
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) return null;
  try {
    return await work();
  } finally {
    await db.deleteFrom('settings').where('name', '=', NAME).where('value', '=', mine).execute();
  }
}
