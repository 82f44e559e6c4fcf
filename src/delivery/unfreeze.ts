import type { Db } from '../database/connect.ts';
import { lockEdition } from '../editions/transition.ts';

/**
 * Takes back an audience that was frozen by another revision than the present one, before anything of it has left,
 * in slices of `size` deliveries; killed in between, the next call goes on.
 * @returns whether the freeze may begin anew: false when the edition is not to go out, or `signal` said so.
 */
export async function unfreeze(
  db: Db,
  editionId: number,
  size: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (;;) {
    if (signal?.aborted) return false;
    const step = await db.transaction().execute((tx) => unfreezeNext(tx, editionId, size));
    if (step !== 'more') return step === 'done';
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function unfreezeNext(tx: Db, editionId: number, size: number): Promise<'more' | 'done' | 'over'> {
  const { state, revision, frozen_to, frozen_revision } = await lockEdition(tx, editionId);
  if (state !== 'approved') return 'over';
  if (frozen_to === null || frozen_revision === revision) return 'done';
  const { numDeletedRows } = await tx
    .deleteFrom('deliveries')
    .where('id', 'in', (eb) =>
      eb.selectFrom('deliveries').select('id').where('edition_id', '=', editionId).limit(size),
    )
    .executeTakeFirst();
  if (numDeletedRows > 0n) return 'more';
  await tx.deleteFrom('batches').where('edition_id', '=', editionId).execute();
  await tx
    .updateTable('editions')
    .set({ frozen_to: null, frozen_at_id: 0, frozen_revision: null })
    .where('id', '=', editionId)
    .execute();
  return 'done';
}
