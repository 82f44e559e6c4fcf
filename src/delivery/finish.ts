import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { finish } from '../editions/life.ts';
import { lockEdition } from '../editions/transition.ts';
import { logSent } from './log-edition.ts';
import { countRefusals } from './refusals.ts';

/**
 * An edition has been sent when nothing of it is open: no batch, nothing to be tried again. Finishes those of
 * which that is so; then what was refused is counted, and suppressed where it is time.
 * @param among only these editions; default: every one that is going out.
 * @returns those that were finished.
 */
export async function finishEditions(
  context: Pick<Context, 'db' | 'now' | 'log'>,
  among?: number[],
): Promise<number[]> {
  const finished: number[] = [];
  if (among?.length === 0) return finished;
  for (const id of await ended(context.db, among)) {
    if (!(await finishOne(context, id))) continue;
    finished.push(id);
    await logSent(context, id);
  }
  return finished;
}

async function finishOne({ db, now }: Pick<Context, 'db' | 'now'>, editionId: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    // Nobody puts deliveries back while we look once more.
    await lockEdition(tx, editionId);
    if ((await ended(tx, [editionId])).length === 0) return false;
    if (!(await finish(tx, editionId, now()))) return false;
    await countRefusals(tx, editionId, now());
    return true;
  });
}

/**
 * Editions that are going out and have nothing open. What is queued has a batch that is not done, so that batches
 * and what is deferred tell all; one statement looks at both, since between two a requeueing could move people
 * from what the second one sees to what the first one saw.
 */
async function ended(db: Db, among?: number[]): Promise<number[]> {
  const rows = await db
    .selectFrom('editions')
    .select('editions.id')
    .where('editions.state', '=', 'sending')
    .$if(among !== undefined, (query) => query.where('editions.id', 'in', among ?? []))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('batches')
            .select('batches.id')
            .whereRef('batches.edition_id', '=', 'editions.id')
            .where('batches.state', 'in', ['open', 'claimed']),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('deliveries')
            .select('deliveries.id')
            .whereRef('deliveries.edition_id', '=', 'editions.id')
            // In the words of the partial index `deliveries_deferred`.
            .where(sql<boolean>`deliveries.state = 'deferred'`),
        ),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
}
