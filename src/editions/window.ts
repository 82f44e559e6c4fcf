import type { NewsletterSettings, Rhythm } from '../newsletters/settings.ts';

const HOUR = 3_600_000;

/** What an edition's stories may be from. All in ms UTC. */
export interface Window {
  /** Stories published in [from, to) are news. */
  from: number;
  to: number;
  /** A story first seen within the window counts too when it was published after this: feeds are read late. */
  lateFrom: number;
  /** Older ones are not even looked at, unless they changed. */
  seenFrom: number;
  /** After so long a story counts half. */
  halfLife: number;
}

/**
 * The window of the edition of a slot: it ends at the freeze and begins where the previous edition's ended,
 * so that nothing falls between two. The first one looks back a day, or a week for a weekly rhythm.
 * @param previousTo end of the previous edition's window (or where that of a skipped one began), ms UTC; null for
 *   the first.
 */
export function editionWindow(
  newsletter: Pick<NewsletterSettings, 'timing'>,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
  previousTo: number | null,
): Window {
  const first = rhythm === 'weekly' ? 7 * 24 * HOUR : 24 * HOUR;
  const to = slotAt.epochMilliseconds - newsletter.timing.freeze;
  // After a long silence: no month-old news. Twice a week, or four days (a long weekend of a weekday rhythm).
  const longest = rhythm === 'weekly' ? 2 * first : 4 * first;
  const from = previousTo === null ? to - first : Math.min(to, Math.max(previousTo, to - longest));
  return {
    from,
    to,
    lateFrom: previousTo === null ? from : from - LATE,
    seenFrom: from - 2 * first,
    // 2 hours old in the morning is as good as new; yesterday's is worth less than half.
    halfLife: 0.75 * first,
  };
}

/**
 * Where the next edition's window begins, ms UTC: what comes in after an edition last chose its stories is news for
 * the one after it, be it that a person changed this one early or sent it before its time.
 */
export function lookedUntil({ to }: Pick<Window, 'to'>, now: Temporal.Instant): number {
  return Math.min(to, now.epochMilliseconds);
}

/** A story can reach us so long after it was published: a feed read hourly, an agency's mail by hand. */
const LATE = 12 * HOUR;
