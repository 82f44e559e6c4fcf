import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { type Again, rebatch } from './rebatch.ts';

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
      const batches = await rebatch(tx, due, now(), 'deferred');
      await handout?.offer(tx, batches);
      return due.length;
    });
    people += requeued;
    if (requeued < SLICE) break;
  }
  return people;
}

async function dueDeliveries(tx: Db, now: Temporal.Instant): Promise<Again[]> {
  return (
    tx
      .selectFrom('deliveries')
      .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
      .select(['deliveries.id', 'deliveries.edition_id', 'deliveries.lane', 'deliveries.due_at'])
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
