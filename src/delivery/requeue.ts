import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { BATCH_SIZE } from './batches.ts';
import type { OfferedBatch } from './handout.ts';

/** Deliveries a transaction. */
const SLICE = 5_000;

/**
 * Makes new batches of what is due to be tried again, in editions that are going out.
 * @returns how many people are tried again.
 */
export async function requeueDue(
  { db, now, handout }: Pick<Context, 'db' | 'now' | 'handout'>,
  signal: AbortSignal,
): Promise<number> {
  let people = 0;
  while (!signal.aborted) {
    const requeued = await db.transaction().execute(async (tx) => {
      const due = await dueDeliveries(tx, now());
      const batches: OfferedBatch[] = [];
      for (const group of batchesOf(due)) batches.push(await makeBatch(tx, group, now()));
      await handout?.offer(tx, batches);
      return due.length;
    });
    people += requeued;
    if (requeued < SLICE) break;
  }
  return people;
}

interface Due {
  id: number;
  edition_id: number;
  lane: string;
}

async function dueDeliveries(tx: Db, now: Temporal.Instant): Promise<Due[]> {
  return (
    tx
      .selectFrom('deliveries')
      .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
      .select(['deliveries.id', 'deliveries.edition_id', 'deliveries.lane'])
      // In the words of the partial index `deliveries_due`.
      .where(sql<boolean>`deliveries.state = 'deferred'`)
      .where('deliveries.due_at', '<=', now.epochMilliseconds)
      .where('editions.state', '=', 'sending')
      .orderBy('deliveries.edition_id')
      .orderBy('deliveries.lane')
      .orderBy('deliveries.id')
      .limit(SLICE)
      .$if(isPostgres(tx), (query) => query.forUpdate('deliveries').skipLocked())
      .execute()
  );
}

/** Groups of one edition and one lane, none larger than a batch; `due` is in that order. */
function batchesOf(due: Due[]): Due[][] {
  const groups: Due[][] = [];
  for (const each of due) {
    const group = groups.at(-1);
    const first = group?.[0];
    const fits = first?.edition_id === each.edition_id && first.lane === each.lane;
    if (group !== undefined && fits && group.length < BATCH_SIZE) group.push(each);
    else groups.push([each]);
  }
  return groups;
}

async function makeBatch(tx: Db, group: Due[], now: Temporal.Instant): Promise<OfferedBatch> {
  const { edition_id, lane } = group[0] as Due;
  const dueAt = now.epochMilliseconds;
  const { id } = await tx
    .insertInto('batches')
    .values({ edition_id, lane, due_at: dueAt, state: 'open' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('deliveries')
    .set({ state: 'queued', batch_id: id })
    .where(
      'id',
      'in',
      group.map((each) => each.id),
    )
    .where('state', '=', 'deferred')
    .execute();
  return { batchId: id, editionId: edition_id, dueAt };
}
