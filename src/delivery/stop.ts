import type { Context } from '../context.ts';
import { closeDeferred, ended } from './open-deliveries.ts';

/**
 * What has not left of editions that were stopped never will: it becomes excluded, batch by batch, so that nobody
 * waits for the database. A batch that a sender still holds is left to the next tick: the sender gives it back
 * when what is on its wire is answered.
 * @param among only these editions; default: every one that was stopped.
 * @returns how many people do not get it for this.
 */
export async function excludeStopped(
  { db }: Pick<Context, 'db'>,
  signal?: AbortSignal,
  among?: number[],
): Promise<number> {
  const editions = await db
    .selectFrom('editions')
    .select('id')
    // A freeze that was under way when a held edition ran out of its time has made deliveries too.
    .where('state', 'in', ['cancelled', 'skipped'])
    .where('frozen_to', 'is not', null)
    .$if(among !== undefined, (query) => query.where('id', 'in', among ?? []))
    .where((eb) =>
      eb.or([
        eb.exists(
          eb
            .selectFrom('batches')
            .select('batches.id')
            .whereRef('batches.edition_id', '=', 'editions.id')
            .where('batches.state', '=', 'open'),
        ),
        eb.exists(
          eb
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('deliveries.edition_id', '=', 'editions.id')
            .where('deliveries.state', '=', 'deferred'),
        ),
      ]),
    )
    .execute();
  let people = 0;
  for (const { id } of editions) {
    people += await closeDeferred(db, id, STOPPED, { signal });
    for (let batch = await openBatch(db, id); batch !== undefined; batch = await openBatch(db, id)) {
      if (signal?.aborted) return people;
      people += await excludeBatch(db, batch);
    }
  }
  return people;
}

const STOPPED = { state: 'excluded', reason: 'stopped' } as const;

async function openBatch(db: Context['db'], editionId: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('batches')
    .select('id')
    .where('edition_id', '=', editionId)
    .where('state', '=', 'open')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

async function excludeBatch(db: Context['db'], batchId: number): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const closed = await tx
      .updateTable('batches')
      .set({ state: 'done' })
      .where('id', '=', batchId)
      .where('state', '=', 'open')
      .executeTakeFirst();
    // Taken by another process at this very moment: it does so, or is a sender that will give it back.
    if (closed.numUpdatedRows === 0n) return 0;
    const { numUpdatedRows } = await tx
      .updateTable('deliveries')
      .set(ended(STOPPED))
      .where('batch_id', '=', batchId)
      .where('state', '=', 'queued')
      .executeTakeFirst();
    return Number(numUpdatedRows);
  });
}
