import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { EditionTable, SkippedReason } from '../database/tables/editions.ts';
import { getNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { approveAtSlot, BROADSHEET, skip } from './life.ts';
import { remindEditors } from './reminders.ts';
import { reselect } from './reselect.ts';

/** Editors are first reminded so long before the slot, ms. */
const FIRST_REMINDER = 20 * 60_000;

/** What the clock does with an edition now. */
type Step =
  | { do: 'wait' }
  | { do: 'remind' }
  /** Selection has not been frozen yet though its time has come. */
  | { do: 'settle' }
  | { do: 'approve' }
  /** Copies may leave from `dueAt` on, ms UTC: it is from then on that they grow old. */
  | { do: 'send'; dueAt: number }
  | ({ do: 'skip' } & Skipped);

/** Why it does not go: for programs, and for people. */
interface Skipped {
  reason: SkippedReason;
  note: string;
}

/** What sends an approved edition: delivery's, which is a later stage. Safe to call again. */
type FreezeAudience = (
  context: Context,
  editionId: number,
  options: { dueAt: Temporal.Instant; signal: AbortSignal },
) => Promise<unknown>;

/**
 * One tick: brings every edition whose time has come on its way, or says why it does not go.
 * Safe to run twice and at once: each step is a conditional update, and a step that was begun and not ended is
 * taken up again by the next tick.
 * @throws AggregateError after all were tried, with what went wrong.
 */
export async function releaseDueEditions(
  context: Context,
  signal: AbortSignal,
  freezeAudience: FreezeAudience,
): Promise<void> {
  const failures: unknown[] = [];
  for (const { id, name } of await openEditions(context)) {
    if (signal.aborted) break;
    try {
      await releaseEdition(context, id, signal, freezeAudience);
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
  signal: AbortSignal,
  freezeAudience: FreezeAudience,
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
      const skipped = await skip(context.db, id, step, context.now(), edition);
      if (skipped)
        context.log.warn({ edition: `${newsletter.slug}/${edition.name}` }, `skipped: ${step.note}`);
      return;
    }
    if (step.do === 'send') {
      await freezeAudience(context, id, {
        dueAt: Temporal.Instant.fromEpochMilliseconds(step.dueAt),
        signal,
      });
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
function nextStep(
  edition: Edition,
  newsletter: Pick<Newsletter, 'enabled' | 'approval' | 'limits' | 'timing' | 'time_zone'>,
  now: number,
): Step {
  const { slot_at: slot, state } = edition;
  if (!newsletter.enabled) {
    return now < slot + newsletter.timing.grace
      ? { do: 'wait' }
      : { do: 'skip', reason: 'switched_off', note: 'the newsletter was switched off' };
  }
  const late = tooLate(edition, newsletter, now);
  if (late !== null) return { do: 'skip', ...late };
  const send: Step = { do: 'send', dueAt: Math.max(slot, now) };
  // A freeze that was begun is finished: part of the readers are listed already.
  if (state === 'approved' && edition.frozen_to !== null) return send;
  if (now < slot) {
    const wanted = state === 'draft' && newsletter.approval === 'required' && edition.items > 0;
    return { do: wanted ? 'remind' : 'wait' };
  }
  if (state === 'held') return { do: 'wait' };
  if (edition.selected_at === null && edition.kind === 'scheduled') return { do: 'settle' };
  const few = tooFew(edition, newsletter);
  if (few !== null) return { do: 'skip', ...few };
  if (state === 'draft') return newsletter.approval === 'required' ? { do: 'remind' } : { do: 'approve' };
  return now >= goesOutAt(edition, newsletter) ? send : { do: 'wait' };
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
function tooLate(
  edition: Edition,
  newsletter: Pick<Newsletter, 'approval' | 'timing' | 'time_zone'>,
  now: number,
): Skipped | null {
  const { slot_at: slot, state, state_at, state_by, state_note } = edition;
  // Whoever approved or released it late could do so; it has its own grace then, for the undo and a restart.
  const from = state === 'approved' ? Math.max(slot, state_at) : slot;
  const deadline = from + newsletter.timing.grace;
  if (now < deadline) return null;
  const until = clock(deadline, slot, newsletter.time_zone);
  if (state === 'held') {
    const waited = state_note === null ? '' : ` (${state_note})`;
    return { reason: 'held', note: `still held by ${state_by} at ${until}${waited}` };
  }
  return state === 'draft' && newsletter.approval === 'required'
    ? { reason: 'not_approved', note: `not approved by ${until}` }
    : { reason: 'not_running', note: `Broadsheet was not running until ${until}` };
}

/** Why there is not enough in it, or null. What a person looked at goes out as it is, unless it is empty. */
export function tooFew(
  { items, touched }: Pick<Edition, 'items' | 'touched'>,
  { limits }: Pick<Newsletter, 'limits'>,
): Skipped | null {
  if (items === 0) return { reason: 'nothing_new', note: 'nothing new' };
  if (items >= limits.min_stories || touched === 1) return null;
  const found = `${items} ${items === 1 ? 'story' : 'stories'}`;
  return { reason: 'few_stories', note: `${found}, ${limits.min_stories} are needed` };
}

/** `09:00`; with its date when that is not the slot's: `2026-11-25, 01:00`. */
function clock(at: number, slot: number, timeZone: string): string {
  const local = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const day = local(at).toPlainDate();
  const time = local(at).toPlainTime().toString({ smallestUnit: 'minute' });
  return day.equals(local(slot).toPlainDate()) ? time : `${day}, ${time}`;
}
