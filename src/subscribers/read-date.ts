/** A date that somebody's file gives: the instant, ms UTC, or why there is none. */
export type ReadDate = { at: number } | { fault: string };

/**
 * ISO 8601 and its near relations, UTC where no zone is said; 31/12/2023, 12/31/2023 and 31.12.2023 where only one
 * reading is a date; seconds or milliseconds since 1970. Pure.
 */
export function readDate(text: string): ReadDate {
  if (/^\d{10}$/.test(text)) return { at: Number(text) * 1000 };
  if (/^\d{13}$/.test(text)) return { at: Number(text) };
  const match = FORM.exec(text);
  if (match === null) return { fault: UNREADABLE };
  const { day, slashed, dotted, time = '00:00', zone = 'Z' } = match.groups as Groups;
  const date = day ?? (slashed === undefined ? dayMonthYear(dotted?.split('.') ?? []) : readSlashed(slashed));
  if (date === null) return { fault: AMBIGUOUS };
  try {
    const offset = /^(Z|UTC)$/i.test(zone) ? 'Z' : zone;
    return { at: Temporal.Instant.from(`${date}T${time.replace(/^\d:/, '0$&')}${offset}`).epochMilliseconds };
  } catch {
    return { fault: UNREADABLE };
  }
}

/** The same, of something that has happened. @param now ms UTC. */
export function readPastDate(text: string, now: number): ReadDate {
  const date = readDate(text);
  return 'at' in date && date.at > now ? { fault: 'the date is in the future' } : date;
}

const UNREADABLE = 'the date cannot be read';
const AMBIGUOUS = 'day and month of the date cannot be told apart';

const FORM =
  /^(?:(?<day>\d{4}-\d\d-\d\d)|(?<slashed>\d{1,2}[/-]\d{1,2}[/-]\d{4})|(?<dotted>\d{1,2}\.\d{1,2}\.\d{4}))(?:[T ]+(?<time>\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?))? ?(?<zone>Z|UTC|[+-]\d\d:?\d\d)?$/i;

type Groups = Partial<Record<'day' | 'slashed' | 'dotted' | 'time' | 'zone', string>>;

/** null: both are dates, and different ones. */
function readSlashed(text: string): string | null {
  const [one = '', two = '', year = ''] = text.split(/[/-]/);
  if (Number(one) <= 12 && Number(two) <= 12 && Number(one) !== Number(two)) return null;
  return Number(two) > 12 ? dayMonthYear([two, one, year]) : dayMonthYear([one, two, year]);
}

function dayMonthYear([day = '', month = '', year = '']: string[]): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
