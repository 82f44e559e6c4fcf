const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long something is or was, ms, as people say it roughly: `35 min`, `5 h`, `3 days`. */
export function formatAge(length: number): string {
  if (length < HOUR) return `${Math.max(0, Math.round(length / MINUTE))} min`;
  const hours = Math.round(length / HOUR);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
