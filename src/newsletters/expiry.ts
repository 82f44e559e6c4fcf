const HOUR = 3_600_000;

/** A newsletter's own wishes, ms; not there: by rhythm. */
interface Ages {
  stale_after?: number | undefined;
  expire_after?: number | undefined;
}

/**
 * How long a copy of a rhythm's edition is worth sending, ms: yesterday's news is worse than none. A special edition
 * has no rhythm.
 */
export function expireAfter(rhythm: string | null, timing: Ages = {}): number {
  return timing.expire_after ?? (isDaily(rhythm) ? 12 * HOUR : 48 * HOUR);
}

/** After how long, ms, a copy that was never tried is no longer sent without asking a person. */
export function staleAfter(rhythm: string | null, timing: Ages = {}): number {
  return timing.stale_after ?? Math.min(isDaily(rhythm) ? 4 * HOUR : 24 * HOUR, expireAfter(rhythm, timing));
}

function isDaily(rhythm: string | null): boolean {
  return rhythm === 'daily' || rhythm === 'weekdays';
}
