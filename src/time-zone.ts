import { nearest } from './nearest.ts';

/** Whether it is an IANA zone that has a place (`Europe/London`), or UTC. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name.includes('/') || name === 'UTC';
  } catch {
    return false;
  }
}

/** The IANA zone that a person means: `europe/london`, or its place alone (`London`, `new york`); undefined: none. */
export function timeZoneNamed(text: string): string | undefined {
  const name = text.trim().replace(/\s+/g, '_');
  if (/^(?:utc|gmt)$/i.test(name)) return 'UTC';
  const zones = Intl.supportedValuesOf('timeZone');
  const known =
    zones.find((zone) => placeOf(zone).toLowerCase() === name.toLowerCase()) ??
    // Places that go by another name in that list: Asia/Kolkata is its Asia/Calcutta.
    [name, ...new Set(zones.map((zone) => `${zone.split('/')[0]}/${name}`))].find(isTimeZone);
  // In the letters that the list writes.
  return known && new Temporal.ZonedDateTime(0n, known).timeZoneId;
}

/** For people who named a zone that there is not: what is expected, and the one they most likely meant. */
export function expectedTimeZone(given: string): string {
  const near = timeZoneNamed(given) ?? nearestTimeZone(given);
  return `expected a time zone such as Europe/London, found ${given === '' ? 'nothing' : given}${
    near === undefined ? '' : ` (did you mean ${near}?)`
  }`;
}

function nearestTimeZone(given: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone');
  const name = given.replace(/\s+/g, '_');
  // Everything is near to what is very short.
  const place = placeOf(name).length < 5 ? undefined : nearest(placeOf(name), zones.map(placeOf));
  return nearest(name, zones) ?? zones.find((zone) => placeOf(zone) === place);
}

/** `London` of `Europe/London`. */
function placeOf(zone: string): string {
  return zone.slice(zone.lastIndexOf('/') + 1);
}
