import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { type Origin, recordConsent } from './consent.ts';
import { subscriberByToken } from './subscribers.ts';

export interface Choices {
  /** Names of sections; all of them counts as "all, future ones too". */
  sections?: string[];
  /** One that the newsletter offers. */
  rhythm?: string;
  /** `07:00` on the reader's own clock; null: when the edition goes out. */
  hour?: string | null;
}

/**
 * Changes what a reader gets of one newsletter; what is not named stays.
 * @throws RefusedError when it is not offered, or no section is left, or nobody reads it by that token.
 */
export async function changeChoices(
  db: Db,
  token: string,
  newsletter: Newsletter,
  choices: Choices,
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  const set = {
    ...(choices.sections && { sections: sectionsOf(newsletter, choices.sections) }),
    ...(choices.rhythm !== undefined && { rhythm: rhythmOf(newsletter, choices.rhythm) }),
    ...(choices.hour !== undefined && { hour: hourOf(choices.hour) }),
  };
  await change(db, token, newsletter, set, 'changed', origin, now);
}

/**
 * No editions until the morning of the day that is `days` days from now in the newsletter's zone. @returns that instant.
 * @throws RefusedError when that is not within a year, or nobody reads it by that token.
 */
export async function pauseFor(
  db: Db,
  token: string,
  newsletter: Newsletter,
  days: number,
  origin: Origin,
  now: Temporal.Instant,
): Promise<Temporal.Instant> {
  if (days < 1 || days > 366) throw new RefusedError(`Expected 1 to 366 days, found ${days}.`);
  const day = now.toZonedDateTimeISO(newsletter.time_zone).toPlainDate().add({ days });
  const until = day.toZonedDateTime(newsletter.time_zone).toInstant();
  const set = { state: 'paused' as const, paused_until: until.epochMilliseconds };
  await change(db, token, newsletter, set, 'paused', origin, now);
  return until;
}

/** Ends a pause. */
export async function resume(
  db: Db,
  token: string,
  newsletter: Newsletter,
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  await change(db, token, newsletter, { state: 'active', paused_until: null }, 'resumed', origin, now);
}

/** Only who reads a newsletter has choices: neither a wish nor a leaving is undone through them. */
async function change(
  db: Db,
  token: string,
  newsletter: Newsletter,
  set: {
    sections?: string | null;
    rhythm?: string;
    hour?: string | null;
    state?: 'active' | 'paused';
    paused_until?: number | null;
  },
  what: 'changed' | 'paused' | 'resumed',
  origin: Origin,
  now: Temporal.Instant,
): Promise<void> {
  if (Object.keys(set).length === 0) return;
  await db.transaction().execute(async (tx) => {
    const person = await subscriberByToken(tx, token);
    const changed = await tx
      .updateTable('subscriptions')
      .set(set)
      .where('subscriber_id', '=', person?.id ?? 0)
      .where('newsletter_id', '=', newsletter.id)
      .where('state', 'in', ['active', 'paused'])
      .executeTakeFirst();
    if (person === undefined || changed.numUpdatedRows === 0n) {
      throw new RefusedError(`Nobody gets ${newsletter.name} by this link.`);
    }
    await recordConsent(tx, { subscriberId: person.id, newsletterId: newsletter.id }, what, origin, now);
  });
}

function sectionsOf(newsletter: Newsletter, wanted: string[]): string | null {
  const offered = newsletter.sections.map((section) => section.name);
  const unknown = wanted.find((name) => !offered.includes(name));
  if (unknown !== undefined) throw new RefusedError(`${newsletter.name} has no section “${unknown}”.`);
  const chosen = offered.filter((name) => wanted.includes(name));
  if (chosen.length === 0) throw new RefusedError('Choose at least one section, or leave the newsletter.');
  return chosen.length === offered.length ? null : JSON.stringify(chosen);
}

function rhythmOf(newsletter: Newsletter, wanted: string): string {
  if (Object.keys(newsletter.rhythms).includes(wanted)) return wanted;
  const offered = Object.keys(newsletter.rhythms).join(', ');
  throw new RefusedError(`${newsletter.name} comes ${offered}; found “${wanted}”.`);
}

function hourOf(hour: string | null): string | null {
  if (hour === null || /^([01]\d|2[0-3]):[0-5]\d$/.test(hour)) return hour;
  throw new RefusedError(`Expected an hour such as 07:00, found “${hour}”.`);
}
