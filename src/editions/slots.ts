import { Cron } from 'croner';
import { type NewsletterSettings, RHYTHMS, type Rhythm } from '../newsletters/settings.ts';

/** One instant that a rhythm's schedule names. */
export interface Slot {
  rhythm: Rhythm;
  at: Temporal.Instant;
}

/** The part of a newsletter that says when. */
export type Schedule = Pick<NewsletterSettings, 'rhythms' | 'time_zone'>;

/** The next `count` slots of all rhythms strictly after an instant, soonest first. */
export function nextSlots(schedule: Schedule, after: Temporal.Instant, count: number): Slot[] {
  return clocks(schedule)
    .flatMap(({ rhythm, cron }) => cron.nextRuns(count, asDate(after)).map((run) => slot(rhythm, run)))
    .sort(byTime)
    .slice(0, count);
}

/** The last `count` slots of all rhythms strictly before an instant, latest first; the more frequent rhythm first. */
export function previousSlots(schedule: Schedule, before: Temporal.Instant, count: number): Slot[] {
  return clocks(schedule)
    .flatMap(({ rhythm, cron }) => cron.previousRuns(count, asDate(before)).map((run) => slot(rhythm, run)))
    .sort((one, other) => Temporal.Instant.compare(other.at, one.at) || byTime(one, other))
    .slice(0, count);
}

/** One rhythm's slots in (after, until], oldest first. */
export function slotsBetween(
  schedule: Schedule,
  rhythm: Rhythm,
  after: Temporal.Instant,
  until: Temporal.Instant,
): Slot[] {
  const cron = clocks(schedule).find((clock) => clock.rhythm === rhythm)?.cron;
  const slots: Slot[] = [];
  let run = cron?.nextRun(asDate(after)) ?? null;
  while (cron && run && run.getTime() <= until.epochMilliseconds) {
    slots.push(slot(rhythm, run));
    run = cron.nextRun(run);
  }
  return slots;
}

/**
 * What the edition of a slot is called: the slot's local date, `T1800` added where that day has several times,
 * and the rhythm where two rhythms share the instant (the more frequent one keeps the plain name).
 */
export function editionName(schedule: Schedule, { rhythm, at }: Slot): string {
  const local = at.toZonedDateTimeISO(schedule.time_zone);
  const day = local.startOfDay();
  // The day's slots lie in [midnight, next midnight): `slotsBetween` leaves its first bound out, so a ms earlier.
  const bounds = [day, day.add({ days: 1 })].map((start) => start.toInstant().subtract({ milliseconds: 1 }));
  const sameDay = RHYTHMS.flatMap((each) => slotsBetween(schedule, each, ...(bounds as [never, never])));
  const severalTimes = sameDay.some((other) => !other.at.equals(at));
  const shared = sameDay.find((other) => other.at.equals(at) && other.rhythm !== rhythm);
  const second = shared !== undefined && RHYTHMS.indexOf(shared.rhythm) < RHYTHMS.indexOf(rhythm);
  const time = severalTimes
    ? `T${local.toPlainTime().toString({ smallestUnit: 'minute' }).replace(':', '')}`
    : '';
  return `${local.toPlainDate()}${time}${second ? `-${rhythm}` : ''}`;
}

/**
 * The only place that reads a cron expression. With `no-wildcard` a time of day that a spring change leaves out
 * runs at the first minute after the gap, and one that an autumn change repeats runs the first time only.
 */
function clocks(schedule: Schedule): { rhythm: Rhythm; cron: Cron }[] {
  return RHYTHMS.flatMap((rhythm) => {
    const expression = schedule.rhythms[rhythm];
    if (expression === undefined) return [];
    const cron = new Cron(expression, {
      mode: '5-part',
      paused: true,
      timezone: schedule.time_zone,
      fixedTimeRule: 'no-wildcard',
    });
    return [{ rhythm, cron }];
  });
}

function slot(rhythm: Rhythm, run: Date): Slot {
  return { rhythm, at: Temporal.Instant.fromEpochMilliseconds(run.getTime()) };
}

function byTime(one: Slot, other: Slot): number {
  return (
    Temporal.Instant.compare(one.at, other.at) || RHYTHMS.indexOf(one.rhythm) - RHYTHMS.indexOf(other.rhythm)
  );
}

function asDate(instant: Temporal.Instant): Date {
  return new Date(instant.epochMilliseconds);
}
