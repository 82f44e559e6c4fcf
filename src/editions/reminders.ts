import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { EditionTable } from '../database/tables/editions.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { queueNotice } from '../notices/notice.ts';

const MINUTE = 60_000;

/**
 * Reminds the editors of a draft that needs approval. Each moment is claimed in the row by whoever is first, so
 * that nobody is reminded twice of it; of several that were slept through only the last one is sent.
 * @returns whether a reminder was queued.
 */
export async function remindEditors(
  { db, now }: Context,
  newsletter: Newsletter,
  edition: Selectable<EditionTable>,
): Promise<boolean> {
  const deadline = edition.slot_at + newsletter.timing.grace;
  const at = now();
  const moment = reminderMoment(edition.slot_at, deadline, at.epochMilliseconds);
  // Whoever got the proof a moment ago needs no reminder of a moment before it.
  if (moment === null || moment <= edition.created_at) return false;
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('editions')
      .set({ reminded_at: moment })
      .where('id', '=', edition.id)
      .where('state', '=', 'draft')
      .where((eb) => eb.or([eb('reminded_at', 'is', null), eb('reminded_at', '<', moment)]))
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    for (const editor of newsletter.editors) {
      await queueNotice(tx, 'reminder', editor, { editionId: edition.id, deadline }, at);
    }
    return true;
  });
}

/**
 * 20 and 5 minutes before the slot, at the slot, then every 15 minutes to the deadline; once an hour after two hours:
 * who has not come by then is not at hand. All in ms UTC. Pure.
 */
export function reminderMoment(slotAt: number, deadline: number, now: number): number | null {
  if (now >= deadline) return null;
  if (now >= slotAt) {
    const step = now - slotAt < 120 * MINUTE ? 15 * MINUTE : 60 * MINUTE;
    return slotAt + Math.floor((now - slotAt) / step) * step;
  }
  return [slotAt - 5 * MINUTE, slotAt - 20 * MINUTE].find((moment) => now >= moment) ?? null;
}
