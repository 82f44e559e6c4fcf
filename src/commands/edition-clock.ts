import type { Newsletter } from '../newsletters/newsletter.ts';

/** Tells a moment (ms UTC) as people of a newsletter read it. */
export type Clock = (at: number) => string;

/**
 * `07:12` on the day of `from`; on another one with its date: `25 Nov, 08:15`.
 * @param from ms UTC: the edition's slot.
 */
export function clockOf({ time_zone }: Pick<Newsletter, 'time_zone'>, from: number): Clock {
  const local = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(time_zone);
  const day = local(from).toPlainDate();
  return (at) => {
    const date = local(at).toPlainDate();
    const time = local(at).toPlainTime().toString({ smallestUnit: 'minute' });
    if (date.equals(day)) return time;
    return `${date.toLocaleString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`;
  };
}
