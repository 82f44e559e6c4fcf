import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { EditionTable } from '../database/tables/editions.ts';
import { getNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { approveAtSlot, BROADSHEET, skip } from './life.ts';
import { remindEditors } from './reminders.ts';
import { reselect } from './reselect.ts';

/** Editors are first reminded so long before the slot, ms. */
const FIRST_REMINDER = 20 * 60_000;

/** What the clock does with an edition now. */
export type Step =
  | { do: 'wait' }
  | { do: 'remind' }
  /** Selection has not been frozen yet though its time has come. */
  | { do: 'settle' }
  | { do: 'approve' }
  | { do: 'send' }
  | { do: 'skip'; note: string };

/**
 * One tick: brings every edition whose time has come on its way, or says why it does not go.
 * Safe to run twice and at once: each step is a conditional update, and a step that was begun and not ended is
 * taken up again by the next tick.
 * @param freezeAudience what sends an approved edition (delivery's, which is a later stage); safe to call again.
 * @throws AggregateError after all were tried, with what went wrong.
 */
export async function releaseDueEditions(
  context: Context,
  signal: AbortSignal,
  freezeAudience: (context: Context, editionId: number) => Promise<unknown>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const { id, name } of await openEditions(context)) {
    if (signal.aborted) break;
    try {
      await releaseEdition(context, id, freezeAudience);
    } catch (error) {
      context.log.error({ err: error, edition: name }, 'an edition could not be released');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Some editions could not be released.');
}

async function openEditions({ db, now }: Context): Promise<{ id: number; name: string }[]> {
  return db
    .selectFrom('editions')
    .select(['id', 'name'])
    .where('state', 'in', ['draft', 'approved', 'held'])
    .where('slot_at', '<=', now().epochMilliseconds + FIRST_REMINDER)
    .orderBy('slot_at')
    .execute();
}

/** Takes one edition as many steps as are due: settled, approved, sent. */
async function releaseEdition(
  context: Context,
  id: number,
  freezeAudience: (context: Context, editionId: number) => Promise<unknown>,
): Promise<void> {
  for (let taken = 0; taken < 3; taken += 1) {
    const edition = await readEdition(context, id);
    const newsletter = await getNewsletter(context.db, edition.newsletter_id);
    const step = nextStep(edition, newsletter, context.now().epochMilliseconds);
    if (step.do === 'wait') return;
    if (step.do === 'remind') {
      await remindEditors(context, newsletter, edition);
      return;
    }
    if (step.do === 'skip') {
      const skipped = await skip(context.db, id, step.note, BROADSHEET, context.now(), edition);
      if (skipped)
        context.log.warn({ edition: `${newsletter.slug}/${edition.name}` }, `skipped: ${step.note}`);
      return;
    }
    if (step.do === 'send') {
      await freezeAudience(context, id);
      return;
    }
    if (step.do === 'settle') await reselect(context, newsletter, edition);
    else await approveAtSlot(context.db, id, edition.revision, context.now());
  }
}

type Edition = Selectable<EditionTable> & { items: number };

async function readEdition({ db }: Context, id: number): Promise<Edition> {
  return db
    .selectFrom('editions')
    .selectAll('editions')
    .select((eb) =>
      eb
        .selectFrom('edition_items')
        .select(({ fn }) => fn.countAll<number>().as('items'))
        .whereRef('edition_items.edition_id', '=', 'editions.id')
        .whereRef('edition_items.revision', '=', 'editions.revision')
        .as('items'),
    )
    .where('editions.id', '=', id)
    .executeTakeFirstOrThrow()
    .then((row) => ({ ...row, items: row.items ?? 0 }));
}

/** Decides. Pure: `now` in ms UTC. */
export function nextStep(
  edition: Edition,
  newsletter: Pick<Newsletter, 'enabled' | 'approval' | 'limits' | 'timing' | 'time_zone'>,
  now: number,
): Step {
  const { slot_at: slot, state } = edition;
  const deadline = slot + newsletter.timing.grace;
  // A freeze that was begun holds its claim on the slot: what it left unfinished is finished, however late.
  if (state === 'approved' && edition.frozen_to !== null) return { do: 'send' };
  if (!newsletter.enabled) {
    return now < deadline ? { do: 'wait' } : { do: 'skip', note: 'the newsletter was switched off' };
  }
  if (now < slot) {
    const wanted = state === 'draft' && newsletter.approval === 'required' && edition.items > 0;
    return { do: wanted ? 'remind' : 'wait' };
  }
  const late = lateNote(edition, newsletter, now);
  if (late !== null) return { do: 'skip', note: late };
  if (state === 'held') return { do: 'wait' };
  if (edition.selected_at === null && edition.kind === 'scheduled') return { do: 'settle' };
  const few = fewNote(edition, newsletter);
  if (few !== null) return { do: 'skip', note: few };
  if (state === 'draft') return newsletter.approval === 'required' ? { do: 'remind' } : { do: 'approve' };
  return now >= goesOutAt(edition, newsletter) ? { do: 'send' } : { do: 'wait' };
}

/**
 * When an approved edition leaves, ms UTC: at its slot, or as soon as the approval can no longer be taken back.
 */
export function goesOutAt(
  edition: Pick<Edition, 'slot_at' | 'approved_at' | 'approved_by'>,
  { timing }: Pick<Newsletter, 'timing'>,
): number {
  const undo = edition.approved_by === BROADSHEET ? 0 : timing.undo;
  return Math.max(edition.slot_at, (edition.approved_at ?? 0) + undo);
}

/** Why it is too late for it, or null. */
function lateNote(
  edition: Edition,
  { approval, timing, time_zone }: Pick<Newsletter, 'approval' | 'timing' | 'time_zone'>,
  now: number,
): string | null {
  const deadline = edition.slot_at + timing.grace;
  const until = clock(deadline, time_zone);
  if (edition.state === 'held') {
    if (now < deadline) return null;
    const waited = edition.state_note === null ? '' : ` (${edition.state_note})`;
    return `still held by ${edition.state_by} at ${until}${waited}`;
  }
  if (edition.state === 'draft') {
    if (now < deadline) return null;
    return approval === 'required' ? `not approved by ${until}` : `Broadsheet was not running until ${until}`;
  }
  // One that was approved late has its own grace: it only waited for the undo.
  const limit = Math.max(edition.slot_at, edition.approved_at ?? 0) + timing.grace;
  return now < limit ? null : `Broadsheet was not running until ${clock(limit, time_zone)}`;
}

/** Why there is not enough in it, or null. What a person looked at goes out as it is, unless it is empty. */
function fewNote({ items, touched }: Edition, { limits }: Pick<Newsletter, 'limits'>): string | null {
  if (items === 0) return 'nothing new';
  if (items >= limits.min_stories || touched === 1) return null;
  return `${items} ${items === 1 ? 'story' : 'stories'}, ${limits.min_stories} are needed`;
}

function clock(at: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timeZone)
    .toPlainTime()
    .toString({ smallestUnit: 'minute' });
}
