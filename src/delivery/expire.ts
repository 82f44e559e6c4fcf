import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { expireAfter } from '../newsletters/expiry.ts';

/**
 * What is still open so long after it was first due becomes expired: what waits for another try, and what was never
 * tried. What is on the wire is left alone.
 * @returns how many people do not get their copy for this.
 */
export async function expireDeliveries({ db, now }: Pick<Context, 'db' | 'now'>): Promise<number> {
  const editions = await db
    .selectFrom('editions')
    .select(['id', 'rhythm', 'slot_at', 'sending_at'])
    .where('state', 'in', ['sending', 'paused'])
    .execute();
  let people = 0;
  for (const { id, rhythm, slot_at, sending_at } of editions) {
    const before = now().epochMilliseconds - expireAfter(rhythm);
    // Nothing of it was due before: its deliveries, a million perhaps, need not be looked at each minute.
    if (Math.min(slot_at, sending_at ?? slot_at) > before) continue;
    const { numUpdatedRows } = await db
      .updateTable('deliveries')
      .set({ state: 'expired', batch_id: null })
      .where('edition_id', '=', id)
      .where('state', 'in', ['queued', 'deferred'])
      // A try moves `due_at`, but not when the copy was first due.
      .where(sql<number>`coalesce(first_tried_at, due_at)`, '<=', before)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('in_flight')
              .select('in_flight.delivery_id')
              .whereRef('in_flight.delivery_id', '=', 'deliveries.id'),
          ),
        ),
      )
      .executeTakeFirst();
    people += Number(numUpdatedRows);
  }
  return people;
}
