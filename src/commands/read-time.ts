import { MisuseError } from './misuse.ts';

/**
 * The instant that `option` names: `2026-11-24T07:00` is a time in `timeZone`, one with Z or an offset is its own.
 * @throws MisuseError when it is no time.
 */
export function readTime(text: string, timeZone: string, option = '--at'): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch {
    try {
      return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).toInstant();
    } catch {
      throw new MisuseError(`${option} expects a time such as 2026-11-24T07:00, not ${text}.`);
    }
  }
}
