import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { BATCH_SIZE } from './batches.ts';

/** Deliveries a statement, so that nobody waits long for the database. */
const SLICE = 2_000;
const BATCHES = SLICE / BATCH_SIZE;

/** ms UTC since when a delivery's copy grows old. */
export const freshFrom = sql<number>`coalesce(deliveries.fresh_from, deliveries.due_at)`;

/** A delivery that no connection has out. */
export const isNotOut = sql<SqlBool>`not exists (
  select 1 from in_flight where in_flight.delivery_id = deliveries.id)`;

/** How a copy that nobody sends any more ends. */
export type Closing = { state: 'expired' } | { state: 'excluded'; reason: 'overtaken' | 'stopped' };

interface Choice {
  /** A condition on `deliveries`; default: all of them. */
  which?: RawBuilder<SqlBool>;
  signal?: AbortSignal | undefined;
}

/**
 * Ends what is open of an edition, in slices: what was put off, and what waits in its batches, which are done when
 * nobody is left in them: of a lane that is closed no sender would come to see. What is on the wire is left alone.
 * @returns how many people do not get their copy for this.
 */
export async function closeOpen(
  db: Db,
  editionId: number,
  closing: Closing,
  choice: Choice = {},
): Promise<number> {
  let people = await closeDeferred(db, editionId, closing, choice);
  // Some batches at a time: who was closed before would be looked at again and again otherwise.
  for (let after = 0; !choice.signal?.aborted; ) {
    const batches = await openBatches(db, editionId)
      .where('batches.id', '>', after)
      .orderBy('batches.id')
      .limit(BATCHES)
      .execute();
    const ids = batches.map(({ id }) => id);
    if (ids.length === 0) break;
    after = Math.max(...ids);
    // In the words of the partial index `deliveries_batch`.
    const queued = sql<SqlBool>`deliveries.state = 'queued' and deliveries.batch_id in (${sql.join(ids)})`;
    people += await closeSlices(db, closing, queued, choice);
    await closeEmptied(db, ids);
  }
  return people;
}

/** As closeOpen, of what was put off alone. */
export async function closeDeferred(
  db: Db,
  editionId: number,
  closing: Closing,
  choice: Choice = {},
): Promise<number> {
  // In the words of the partial index `deliveries_deferred`.
  const deferred = sql<SqlBool>`deliveries.state = 'deferred' and deliveries.edition_id = ${editionId}`;
  return closeSlices(db, closing, deferred, choice);
}

/**
 * A delivery that ended so. On PostgreSQL it may have gone out at that very moment; without an answer to that it is in
 * doubt after all.
 */
export const isClosed = sql<SqlBool>`(deliveries.state = 'expired'
  or deliveries.state = 'excluded' and deliveries.reason in ('overtaken', 'stopped'))`;

/** The values of a delivery that ends so. Who was out without an answer becomes `unknown`: they may have it. */
export function ended(closing: Closing) {
  const reason = 'reason' in closing ? closing.reason : null;
  return {
    state: sql<Closing['state'] | 'unknown'>`
      case when state = 'queued' and in_doubt > 0 then 'unknown' else ${sql.lit(closing.state)} end`,
    reason: sql<string | null>`
      case when state = 'queued' and in_doubt > 0 then null else ${sql.lit(reason)} end`,
  };
}

/** The batches of an edition that are not done: all that is queued lies in one. */
export function openBatches(db: Db, editionId: number) {
  return db
    .selectFrom('batches')
    .select('batches.id')
    .where('batches.edition_id', '=', editionId)
    .where('batches.state', 'in', ['open', 'claimed']);
}

/** What a sender holds it closes itself. */
async function closeEmptied(db: Db, batchIds: number[]): Promise<void> {
  await db
    .updateTable('batches')
    .set({ state: 'done' })
    .where('batches.id', 'in', batchIds)
    .where('batches.state', '=', 'open')
    .where(
      // In the words of the partial index `deliveries_batch`.
      sql<SqlBool>`not exists (
        select 1 from deliveries where deliveries.batch_id = batches.id and deliveries.state = 'queued')`,
    )
    .execute();
}

async function closeSlices(
  db: Db,
  closing: Closing,
  open: RawBuilder<SqlBool>,
  { which, signal }: Choice,
): Promise<number> {
  let people = 0;
  while (!signal?.aborted) {
    const { numUpdatedRows } = await db
      .with('slice', (cte) =>
        cte
          .selectFrom('deliveries')
          .select('deliveries.id')
          .where(open)
          .$if(which !== undefined, (query) => query.where(which as RawBuilder<SqlBool>))
          .where(isNotOut)
          .limit(SLICE)
          // What is being written down is left to the next time: nobody waits, and nobody in a circle.
          .$if(isPostgres(db), (query) => query.forUpdate().skipLocked()),
      )
      .updateTable('deliveries')
      .set(ended(closing))
      .where('id', 'in', (eb) => eb.selectFrom('slice').select('slice.id'))
      .where('state', 'in', ['queued', 'deferred'])
      .executeTakeFirst();
    people += Number(numUpdatedRows);
    if (numUpdatedRows < SLICE) break;
  }
  return people;
}
