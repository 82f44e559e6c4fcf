import type { Db } from '../database/connect.ts';
import type { DeliveryState } from '../database/tables/deliveries.ts';
import { BATCH_SIZE } from './batches.ts';
import type { OfferedBatch } from './handout.ts';

/** A delivery that is to be sent again. */
export interface Again {
  id: number;
  edition_id: number;
  lane: string;
  /** ms UTC */
  due_at: number;
}

/**
 * Queues deliveries again in the caller's transaction, in new batches that are due since the first of theirs was, each
 * of one edition and one lane. A clock that is ahead for a moment then puts nobody off until it has come true.
 * @param from the state in which they are looked for; who has another one by now stays as they are.
 * @param set what else becomes of them.
 */
export async function rebatch(
  tx: Db,
  deliveries: readonly Again[],
  now: Temporal.Instant,
  from: DeliveryState,
  set: { due_at?: number; fresh_from?: number } = {},
): Promise<OfferedBatch[]> {
  const batches: OfferedBatch[] = [];
  for (const group of groupsOf(deliveries)) {
    const { edition_id, lane } = group[0] as Again;
    // Whom a person put back is due from now on, however old their copy is.
    const dueAt = Math.min(now.epochMilliseconds, ...group.map((each) => set.due_at ?? each.due_at));
    const { id } = await tx
      .insertInto('batches')
      .values({ edition_id, lane, due_at: dueAt, state: 'open' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .updateTable('deliveries')
      .set({ state: 'queued', reason: null, batch_id: id, ...set })
      .where(
        'id',
        'in',
        group.map((each) => each.id),
      )
      .where('state', '=', from)
      .execute();
    batches.push({ batchId: id, editionId: edition_id, lane, dueAt });
  }
  return batches;
}

/** Groups of one edition and one lane, none larger than a batch. */
function groupsOf(deliveries: readonly Again[]): Again[][] {
  const alike = Map.groupBy(deliveries, ({ edition_id, lane }) => `${edition_id} ${lane}`);
  return [...alike.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / BATCH_SIZE) }, (_, at) =>
      group.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE),
    ),
  );
}
