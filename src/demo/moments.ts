/** The sample newsroom is in Aberdeen: its days and weekdays are those of this zone. */
const ZONE = 'Europe/London';

const FORMATS: Record<string, (moment: Temporal.ZonedDateTime, language: string) => string> = {
  /** RSS: "Tue, 24 Nov 2026 05:00:00 +0000" (RFC 822 as RFC 5322 3.3 writes it). */
  rfc822: (moment) => {
    const date = moment.toLocaleString('en-GB', {
      weekday: 'short',
      day: '2-digit',
      month: 'short',
      year: 'numeric',
    });
    const time = moment.toPlainTime().toString({ smallestUnit: 'second' });
    return `${date.replace(/Sept/, 'Sep')} ${time} ${moment.offset.replace(':', '')}`;
  },
  /** Atom, JSON: "2026-11-24T05:00:00Z" (RFC 3339). */
  iso: (moment) => moment.toInstant().toString({ smallestUnit: 'second' }),
  /** "2026-11-24" */
  date: (moment) => moment.toPlainDate().toString(),
  /** "24 November 2026" */
  long: (moment, language) =>
    moment.toLocaleString(language, { day: 'numeric', month: 'long', year: 'numeric' }),
  /** "24 November 2026, 05:00" */
  timed: (moment) =>
    `${FORMATS.long?.(moment, 'en-GB')}, ${moment.toPlainTime().toString({ smallestUnit: 'minute' })}`,
  /** "November 24" */
  dateline: (moment, language) =>
    moment.toLocaleString(language === 'en-GB' ? 'en-US' : language, { day: 'numeric', month: 'long' }),
  /** "Tuesday" */
  weekday: (moment, language) => moment.toLocaleString(language, { weekday: 'long' }),
  /** "24/11/2026" */
  slashes: (moment) => moment.toLocaleString('en-GB', { day: '2-digit', month: '2-digit', year: 'numeric' }),
};

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
const MOMENT = /^(now|[+-]\d+[mhd])\s*\|\s*(\w+)(?:\s+([a-z]{2}(?:-[A-Z]{2})?))?$/;

/**
 * Fills `{{ -2h | rfc822 }}`, `{{ now | long }}`, `{{ -20h | weekday vi }}` and the `words` (`{{ pictures }}`) of a
 * sample: a moment before or after `now` in minutes, hours or days, how to write it, and in which language.
 * @throws Error for a placeholder that is none of these: the samples are ours.
 */
export function fillMoments(text: string, now: Temporal.Instant, words: Record<string, string> = {}): string {
  return text.replace(PLACEHOLDER, (whole, inside: string) => {
    const word = words[inside];
    if (word !== undefined) return word;
    const [, offset, format, language = 'en-GB'] = MOMENT.exec(inside) ?? [];
    const write = FORMATS[format ?? ''];
    if (offset === undefined || write === undefined) throw new Error(`No such placeholder: ${whole}`);
    return write(momentAt(now, offset), language);
  });
}

function momentAt(now: Temporal.Instant, offset: string): Temporal.ZonedDateTime {
  const moment = now
    .toZonedDateTimeISO(ZONE)
    .with({ second: 0, millisecond: 0, microsecond: 0, nanosecond: 0 });
  if (offset === 'now') return moment;
  const count = Number(offset.slice(0, -1));
  // A day is a calendar day; hours and minutes are as long as they are, whatever the clocks do.
  if (offset.endsWith('d')) return moment.add({ days: count });
  return moment.add(offset.endsWith('h') ? { hours: count } : { minutes: count });
}
