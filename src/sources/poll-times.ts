const MINUTE = 60_000;
/** A feed that always has news is asked so often, one that has none so seldom. */
const SHORTEST = 5 * MINUTE;
const LONGEST = 60 * MINUTE;
const FIRST = 15 * MINUTE;
/** After failures: 5, 10, 20 … minutes, at most so long. */
const FAILED_LONGEST = 6 * 60 * MINUTE;
const ASKED_LONGEST = 24 * 60 * MINUTE;

/** How a poll ended. */
export type PollOutcome =
  | { kind: 'news' }
  | { kind: 'nothing' }
  /** `retryAfter`: what the server asked for, seconds or a date (RFC 9110 section 10.2.3). */
  | { kind: 'failed'; failures: number; retryAfter: string | null };

/**
 * When a source is asked again, ms UTC. It adapts: half the time after news, half as long again after none; after
 * failures it doubles, and never comes before the server said.
 * @param interval between its last two polls, ms; null at the first.
 */
export function nextPollAt(now: Temporal.Instant, interval: number | null, outcome: PollOutcome): number {
  const at = now.epochMilliseconds;
  if (outcome.kind === 'failed') {
    const wait = Math.min(SHORTEST * 2 ** Math.min(outcome.failures - 1, 10), FAILED_LONGEST);
    return at + Math.max(wait, Math.min(askedFor(outcome.retryAfter, at), ASKED_LONGEST));
  }
  if (interval === null) return at + FIRST;
  const wished = outcome.kind === 'news' ? interval / 2 : interval * 1.5;
  return at + Math.round(Math.min(Math.max(wished, SHORTEST), LONGEST));
}

function askedFor(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return 0;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter) * 1000;
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
