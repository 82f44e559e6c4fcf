import { type SqlBool, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { closeOpen, freshFrom } from './open-deliveries.ts';

/**
 * Who has not had an edition when the next one of its rhythm falls due for them gets only that one. A copy that a
 * person put back after the next one was due is sent all the same.
 * @returns how many people this concerns.
 */
export async function excludeOvertaken(
  { db, now }: Pick<Context, 'db' | 'now'>,
  signal?: AbortSignal,
): Promise<number> {
  const at = now().epochMilliseconds;
  let people = 0;
  for (const { id, later } of await overtakenEditions(db)) {
    const which = sql<SqlBool>`exists (
      select 1 from deliveries as next
      where next.edition_id = ${later}
        and next.subscriber_id = deliveries.subscriber_id
        and next.state <> 'excluded'
        and coalesce(next.fresh_from, next.due_at) <= ${at}
        and coalesce(next.fresh_from, next.due_at) > ${freshFrom})`;
    people += await closeOpen(db, id, { state: 'excluded', reason: 'overtaken' }, { which, signal });
  }
  return people;
}

/** Editions that still go out, each with every later one of its rhythm whose audience stands. */
async function overtakenEditions(db: Db): Promise<{ id: number; later: number }[]> {
  return db
    .selectFrom('editions')
    .innerJoin('editions as next', (join) =>
      join
        .onRef('next.newsletter_id', '=', 'editions.newsletter_id')
        .onRef('next.rhythm', '=', 'editions.rhythm')
        .onRef('next.slot_at', '>', 'editions.slot_at'),
    )
    .select(['editions.id', 'next.id as later'])
    .where('editions.state', 'in', ['sending', 'paused'])
    .where('next.state', 'in', ['sending', 'paused', 'sent'])
    .where('next.kind', '=', 'scheduled')
    .orderBy('editions.id')
    .orderBy('next.slot_at')
    .execute();
}
