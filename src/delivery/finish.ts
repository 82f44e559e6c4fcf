import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { finish } from '../editions/life.ts';
import { suppressGone } from './suppress-gone.ts';

/**
 * An edition has been sent when nothing of it is open: no batch, nothing to be tried again.
 * @returns whether it was finished now.
 */
export async function finishEdition(
  { db, now, log }: Pick<Context, 'db' | 'now' | 'log'>,
  editionId: number,
): Promise<boolean> {
  const finished = await db.transaction().execute(async (tx) => {
    if (await isOpen(tx, editionId)) return false;
    if (!(await finish(tx, editionId, now()))) return false;
    await suppressGone(tx, editionId, now());
    return true;
  });
  if (finished) log.info({ edition: await nameOf(db, editionId) }, 'Sent');
  return finished;
}

/** Finishes every edition of which nothing is open: what a sender would have done had it lived a moment longer. */
export async function finishEditions(context: Pick<Context, 'db' | 'now' | 'log'>): Promise<void> {
  const editions = await context.db
    .selectFrom('editions')
    .select('id')
    .where('state', '=', 'sending')
    .execute();
  for (const { id } of editions) await finishEdition(context, id);
}

/** What is queued has a batch that is not done, so that batches and what is deferred tell all. */
async function isOpen(tx: Db, editionId: number): Promise<boolean> {
  const batch = await tx
    .selectFrom('batches')
    .select('id')
    .where('edition_id', '=', editionId)
    .where('state', 'in', ['open', 'claimed'])
    .limit(1)
    .executeTakeFirst();
  if (batch !== undefined) return true;
  const deferred = await tx
    .selectFrom('deliveries')
    .select('id')
    .where('edition_id', '=', editionId)
    // In the words of the partial index `deliveries_deferred`.
    .where(sql<boolean>`state = 'deferred'`)
    .limit(1)
    .executeTakeFirst();
  return deferred !== undefined;
}

async function nameOf(db: Db, editionId: number): Promise<string> {
  const { slug, name } = await db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select(['newsletters.slug', 'editions.name'])
    .where('editions.id', '=', editionId)
    .executeTakeFirstOrThrow();
  return `${slug}/${name}`;
}
