import type { Context } from '../context.ts';
import type { EditionState } from '../database/tables/editions.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { editionName } from '../editions/slots.ts';
import { type Upcoming, upcomingEditions } from '../editions/upcoming.ts';
import { findNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { formatMoment } from '../terminal/moment.ts';

/**
 * Finds an edition that somebody wants to decide about. A newsletter's slug alone means its newest one in one of
 * `states`, for which that can be decided; else its newest that is not over.
 * @throws RefusedError as `findEdition` does; and where a draft is wanted and not made yet, saying when it is.
 */
export async function openEdition(
  context: Pick<Context, 'db' | 'now'>,
  typed: string,
  states: readonly EditionState[],
): Promise<EditionRow> {
  const { db } = context;
  const [slug = '', day] = typed.split('/', 2);
  const newsletter = await findNewsletter(db, slug);
  if (newsletter === undefined || (day !== undefined && (await exists(context, newsletter, day))))
    return findEdition(db, typed);
  if (day === undefined) {
    const name = (await newestIn(context, newsletter, states)) ?? (await newestIn(context, newsletter, OPEN));
    if (name !== undefined) return findEdition(db, `${slug}/${name}`);
  }
  if (states.includes('draft')) await refuseUnmade(context, newsletter, typed, day);
  return findEdition(db, typed);
}

const OPEN: readonly EditionState[] = ['draft', 'approved', 'held', 'sending', 'paused'];

/** How far ahead a name is looked for among the editions to come. */
const AHEAD = 30;

async function newestIn(
  { db }: Pick<Context, 'db'>,
  { id }: Newsletter,
  states: readonly EditionState[],
): Promise<string | undefined> {
  const row = await db
    .selectFrom('editions')
    .select('name')
    .where('newsletter_id', '=', id)
    .where('state', 'in', states)
    .orderBy('slot_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.name;
}

async function exists({ db }: Pick<Context, 'db'>, { id }: Newsletter, name: string): Promise<boolean> {
  const row = await db
    .selectFrom('editions')
    .select('id')
    .where('newsletter_id', '=', id)
    .where('name', '=', name)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Says when the draft that somebody asks for is made, and what to do until then. Returns when no such one is to come.
 * @param day the part of its name after the slash; undefined: the next one is meant.
 */
async function refuseUnmade(
  { db, now }: Pick<Context, 'db' | 'now'>,
  newsletter: Newsletter,
  typed: string,
  day: string | undefined,
): Promise<void> {
  if (!newsletter.enabled)
    throw new RefusedError(`${typed} has no draft, and gets none: the newsletter is switched off.`);
  const upcoming = await upcomingEditions(db, newsletter, now(), day === undefined ? 1 : AHEAD);
  const wanted = upcoming.find((each) => day === undefined || editionName(newsletter, each) === day);
  if (wanted !== undefined) throw new RefusedError(unmadeWords(newsletter, typed, wanted, now()));
}

function unmadeWords(newsletter: Newsletter, typed: string, { at }: Upcoming, now: Temporal.Instant): string {
  const { slug, name, time_zone, timing } = newsletter;
  const madeAt = at.subtract({ milliseconds: timing.lead_time });
  const draft = `The draft of ${dayWords(at, time_zone, now)} ${name}`;
  const moment = formatMoment(madeAt, time_zone, now);
  const made =
    Temporal.Instant.compare(madeAt, now) > 0
      ? `${draft} is made ${moment}.`
      : `${draft} was due ${moment}, and is made as soon as Broadsheet runs: broadsheet start.`;
  return `${typed} has no draft yet. ${made} What it would be now: broadsheet preview ${slug}`;
}

/** `today's`, `Wednesday's`; where that could be another week's: `2 December's`. */
function dayWords(at: Temporal.Instant, timeZone: string, now: Temporal.Instant): string {
  const day = at.toZonedDateTimeISO(timeZone).toPlainDate();
  const away = now.toZonedDateTimeISO(timeZone).toPlainDate().until(day).days;
  if (away === 0) return "today's";
  const words = away < 7 ? ({ weekday: 'long' } as const) : ({ day: 'numeric', month: 'long' } as const);
  return `${day.toLocaleString('en-GB', words)}'s`;
}
