const HOUR = 3_600_000;

/**
 * How long a copy of a rhythm's edition is worth sending, ms: yesterday's news is worse than none. A special edition
 * has no rhythm.
 */
export function expireAfter(rhythm: string | null): number {
  return rhythm === 'daily' || rhythm === 'weekdays' ? 12 * HOUR : 48 * HOUR;
}
