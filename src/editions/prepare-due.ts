import type { Context } from '../context.ts';
import { restoredCopy } from '../installation.ts';
import { listNewsletters, type Newsletter } from '../newsletters/newsletter.ts';
import { RHYTHMS, type Rhythm } from '../newsletters/settings.ts';
import { skip } from './life.ts';
import { prepareEdition, recordMissedSlot } from './prepare.ts';
import { reselect } from './reselect.ts';
import { editionName, type Slot, slotsBetween } from './slots.ts';

/** How far back missed slots are looked for and said, ms: after a longer silence nobody asks for each of them. */
const LOOK_BACK = 14 * 86_400_000;

/**
 * One tick: makes every draft that is due and not made, and brings those that are open up to date.
 * Safe to run twice and at once. One newsletter's trouble does not keep the others from theirs.
 * @throws AggregateError after all were tried, with what went wrong.
 */
export async function prepareDueEditions(context: Context, signal: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  const attempt = async (about: string, work: () => Promise<void>): Promise<void> => {
    if (signal.aborted) return;
    try {
      await work();
    } catch (error) {
      context.log.error({ err: error, about }, 'an edition could not be prepared');
      failures.push(error);
    }
  };
  for (const newsletter of await listNewsletters(context.db)) {
    if (!newsletter.enabled) continue;
    for (const rhythm of RHYTHMS) {
      await attempt(newsletter.slug, () => prepareRhythm(context, newsletter, rhythm));
    }
    for (const edition of await openEditions(context, newsletter)) {
      await attempt(`${newsletter.slug}/${edition.name}`, async () => {
        if (!(await dropUnscheduled(context, newsletter, edition)))
          await reselect(context, newsletter, edition);
      });
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Some editions could not be prepared.');
}

async function prepareRhythm(context: Context, newsletter: Newsletter, rhythm: Rhythm): Promise<void> {
  const { db, log } = context;
  const now = context.now();
  const { lead_time, grace } = newsletter.timing;
  const known = await knownSlots(context, newsletter, rhythm);
  // Before a copy was put back: that edition may have gone out, and the copy does not know.
  const restored = (await restoredCopy(db))?.at.epochMilliseconds ?? 0;
  const since = Math.max(newsletter.enabledAt, restored, now.epochMilliseconds - LOOK_BACK);
  const due = slotsBetween(
    newsletter,
    rhythm,
    Temporal.Instant.fromEpochMilliseconds(since),
    now.add({ milliseconds: lead_time }),
  ).filter((slot) => !known.has(slot.at.epochMilliseconds));
  const missed = due.filter((slot) => Temporal.Instant.compare(slot.at, now) < 0);
  // Of several missed ones the last is made up: readers want one late edition, not three.
  const madeUp = missed.findLast(
    (slot) => slot.at.add({ milliseconds: grace }).epochMilliseconds > now.epochMilliseconds,
  );
  for (const slot of due) {
    if (!missed.includes(slot) || slot === madeUp) {
      await prepareEdition(context, newsletter, rhythm, slot.at);
      continue;
    }
    const note = missedNote(newsletter, slot, madeUp);
    if (await recordMissedSlot(db, newsletter, rhythm, slot.at, note, now)) {
      log.warn({ edition: `${newsletter.slug}/${editionName(newsletter, slot)}` }, note);
    }
  }
}

function missedNote(newsletter: Newsletter, slot: Slot, madeUp: Slot | undefined): string {
  const time = (each: Slot) =>
    each.at.toZonedDateTimeISO(newsletter.time_zone).toPlainTime().toString({ smallestUnit: 'minute' });
  const missed = `Broadsheet was not running at ${time(slot)}`;
  return madeUp ? `${missed}; the edition of ${time(madeUp)} takes its stories` : missed;
}

async function knownSlots(
  { db, now }: Context,
  newsletter: Newsletter,
  rhythm: Rhythm,
): Promise<Set<number>> {
  const rows = await db
    .selectFrom('editions')
    .select('slot_at')
    .where('newsletter_id', '=', newsletter.id)
    .where('rhythm', '=', rhythm)
    .where('kind', '=', 'scheduled')
    .where('slot_at', '>=', now().epochMilliseconds - LOOK_BACK)
    .execute();
  return new Set(rows.map((row) => row.slot_at));
}

async function openEditions({ db }: Context, newsletter: Newsletter) {
  return db
    .selectFrom('editions')
    .selectAll()
    .where('newsletter_id', '=', newsletter.id)
    .where('kind', '=', 'scheduled')
    .where('state', 'in', ['draft', 'approved', 'held'])
    .orderBy('slot_at')
    .execute();
}

type OpenEdition = Awaited<ReturnType<typeof openEditions>>[number];

/** A draft that nobody touched, for a time that the schedule no longer names, would go out beside the right one. */
async function dropUnscheduled(
  context: Context,
  newsletter: Newsletter,
  edition: OpenEdition,
): Promise<boolean> {
  const now = context.now();
  if (edition.touched === 1 || edition.state !== 'draft' || edition.slot_at <= now.epochMilliseconds)
    return false;
  // Only drafts from before the schedule's last change: an edition may be made for a time of a person's choice.
  if (edition.created_at >= newsletter.enabledAt) return false;
  const at = Temporal.Instant.fromEpochMilliseconds(edition.slot_at);
  const named = slotsBetween(newsletter, edition.rhythm as Rhythm, at.subtract({ milliseconds: 1 }), at);
  if (named.length > 0) return false;
  const why = { reason: 'schedule_changed', note: 'the schedule changed' } as const;
  return skip(context.db, edition.id, why, now, edition);
}
