import type { Selectable } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { EditionTable } from '../database/tables/editions.ts';
import { nextSlots, type Schedule, type Slot } from './slots.ts';

/** A slot that is still to come, with its edition once that is prepared. */
export interface Upcoming extends Slot {
  edition: Selectable<EditionTable> | null;
}

/**
 * The next `count` slots whose edition has not begun or ended: one that was sent early by hand is none of them.
 * @param newsletter `id` null: it is not stored yet.
 */
export async function upcomingEditions(
  db: Db,
  newsletter: Schedule & { id: number | null },
  after: Temporal.Instant,
  count: number,
): Promise<Upcoming[]> {
  const known =
    newsletter.id === null
      ? []
      : await db
          .selectFrom('editions')
          .selectAll()
          .where('newsletter_id', '=', newsletter.id)
          .where('kind', '=', 'scheduled')
          .where('slot_at', '>', after.epochMilliseconds)
          .execute();
  const editionOf = new Map(known.map((edition) => [`${edition.rhythm} ${edition.slot_at}`, edition]));
  return nextSlots(newsletter, after, count + known.length)
    .map((slot) => ({
      ...slot,
      edition: editionOf.get(`${slot.rhythm} ${slot.at.epochMilliseconds}`) ?? null,
    }))
    .filter(({ edition }) => edition === null || OPEN.includes(edition.state))
    .slice(0, count);
}

const OPEN: readonly string[] = ['draft', 'approved', 'held'];
