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

/** For people who named a zone that there is not: what is expected, and the one they most likely meant. */
export function expectedTimeZone(given: string): string {
  const near = nearest(given, Intl.supportedValuesOf('timeZone'));
  return `expected a time zone such as Europe/London, found ${given === '' ? 'nothing' : given}${
    near === undefined ? '' : ` (did you mean ${near}?)`
  }`;
}
