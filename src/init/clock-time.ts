/**
 * A time of day as people type it: `7`, `7am`, `7:30 pm`, `07:00`, `0730`, `7h`, `19.30`, `noon`. Pure.
 * @returns `07:00`; undefined when it is none.
 */
export function readClockTime(text: string): string | undefined {
  const words = text.trim().toLowerCase();
  if (words === 'noon') return '12:00';
  if (words === 'midnight') return '00:00';
  const match = CLOCK.exec(words);
  if (match === null) return undefined;
  const half = match[3]?.[0];
  const [given, minute] = [Number(match[1]), Number(match[2] ?? 0)];
  if (minute > 59 || given > 23) return undefined;
  if (half !== undefined && (given < 1 || given > 12)) return undefined;
  // 12 am is midnight, 12 pm is noon.
  const hour = half === undefined ? given : (given % 12) + (half === 'p' ? 12 : 0);
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

/**
 * Divides `7:30 pm New York` into a time and the zone behind it; the zone is empty when none is named. What does not
 * look like a time is divided at the first blank, so that each part can be judged. Pure.
 */
export function splitTimeAndZone(text: string): { time: string; zone: string } {
  const [, time = '', zone = ''] = TIME_AND_ZONE.exec(text.trim()) ?? [];
  return { time, zone: zone.replace(/^(?:in|at)\s+/i, '').replace(/^\((.*)\)$/, '$1') };
}

const CLOCK = /^(\d{1,2}?)(?:\s*[:.h]\s*)?(\d{2})?\s*(?:([ap])\.?\s?m\.?|h|uhr|o'clock)?$/;
const TIME_AND_ZONE = /^([^\s,]+(?:\s*(?:[ap]\.?\s?m\b\.?|h\b|uhr\b|o'clock\b))?)[\s,]*(.*)$/is;
