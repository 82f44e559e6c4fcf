const MINUTE = 60_000;

/** Greylists open after 5 to 15 minutes (RFC 6647 §4); a full or busy mailbox wants hours. */
const DELAYS = [5 * MINUTE, 15 * MINUTE, 45 * MINUTE];
const THEN = 60 * MINUTE;
/** A relay that was down must not meet all of them again at the same second. */
const JITTER = 0.2;

/**
 * When to try again after `tries` attempts (1: the first one has just failed).
 * @param random from 0 up to 1, as Math.random gives it.
 * @returns ms UTC.
 */
export function nextTry(tries: number, now: number, random: number): number {
  const delay = DELAYS[Math.max(1, tries) - 1] ?? THEN;
  return Math.round(now + delay * (1 - JITTER + 2 * JITTER * random));
}
