import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { Schema } from '../database/schema.ts';
import type { Handout } from './handout.ts';

/**
 * The one way by which claimed batches become free: whoever had them has them no more, and in the same transaction
 * they are offered to all, so that nobody waits for the next sweep.
 */
export async function openAgain(
  tx: Db,
  handout: Handout | undefined,
  which: (eb: ExpressionBuilder<Schema, 'batches'>) => Expression<SqlBool>,
): Promise<void> {
  const opened = await tx
    .updateTable('batches')
    .set((eb) => ({ state: 'open', sender_id: null, epoch: eb('epoch', '+', 1) }))
    // In the words of the partial index `batches_due`.
    .where(sql<boolean>`state <> 'done'`)
    .where('state', '=', 'claimed')
    .where(which)
    .returning(['id as batchId', 'edition_id as editionId', 'lane', 'due_at as dueAt'])
    .execute();
  await handout?.offer(tx, opened);
}
