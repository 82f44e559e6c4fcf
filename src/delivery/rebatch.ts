import type { Db } from '../database/connect.ts';
import type { DeliveryState } from '../database/tables/deliveries.ts';
import { BATCH_SIZE } from './batches.ts';
import type { OfferedBatch } from './handout.ts';

/** A delivery that is to be sent again. */
export interface Again {
  id: number;
  edition_id: number;
  lane: string;
}

/**
 * Queues deliveries again in the caller's transaction, in new batches that are due now, each of one edition and one
 * lane.
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
    const dueAt = now.epochMilliseconds;
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
