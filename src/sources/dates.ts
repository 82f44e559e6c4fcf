import { readDays, takeTime, type WrittenDay, type WrittenTime } from './date-forms.ts';

/** What dates are read by. */
export interface DateSetting {
  /** When it is read. Decides the year of "30 November", and what lies in the future. */
  now: Temporal.Instant;
  /** IANA zone of times that name none; default UTC. */
  timeZone?: string | undefined;
}

export interface ReadMoment {
  /** ms UTC. */
  at: number;
  /** The day as it was written: `2026-11-30`. */
  day: string;
  /** Whether a time of day stood there. */
  said: 'moment' | 'day';
  /** Whether a year stood there. */
  year: boolean;
}

export type DateReading =
  | ReadMoment
  /** Written as a date, but there is no such day or it cannot be: a sentence part. */
  | { fault: string };

/** Clocks of newsrooms differ from ours by so much at most; later is "the future". */
const CLOCKS_DIFFER = 60 * 60_000;
/** Feeds write year 1 or 1970 for "no date". */
const FIRST_YEAR = 1980;

/**
 * Reads a text that is a date and nothing else, in the forms of news pages, feeds and mail: "30 November 2026",
 * "Updated: Nov 30, 2026 09:15 IST", "2026-11-30T09:15:00Z", "Mon, 30 Nov 2026 09:15:00 +0530", "30.11.2026",
 * "ngày 30 tháng 11 năm 2026", "٣٠ نوفمبر ٢٠٢٦".
 * A day without a time counts as its noon, or as now when that is earlier, so that today's news is never ahead.
 * @returns undefined when it is no date at all.
 */
export function readDate(text: string, setting: DateSetting): DateReading | undefined {
  if (text.length > 120) return undefined;
  const plain = unlabelled(westernDigits(text));
  const relative = readRelative(plain, setting);
  if (relative !== undefined) return relative;
  const { rest, time } = takeTime(plain);
  const days = readDays(rest);
  if (days === undefined) return undefined;
  const candidates = days.flatMap((day) =>
    day.year === undefined ? latestOf(day, setting) : [{ ...day, year: day.year }],
  );
  const readings = candidates.map((day) => moment(day, days[0]?.year !== undefined, time, setting));
  const sound = readings.filter((reading): reading is ReadMoment => !('fault' in reading));
  // Of 11/12/2026's two meanings the later one that has come is meant; news is dated near its day.
  const past = sound.sort((a, b) => b.at - a.at)[0];
  return past ?? readings[0] ?? { fault: `the date “${text.trim()}” does not exist` };
}

/** The date at the end of a dateline ("Seoul [South Korea], November 30"), and where it starts. */
export function takeDateAtEnd(
  text: string,
  setting: DateSetting,
): { start: number; reading: DateReading } | undefined {
  const starts = [...text.matchAll(/(?<=[\s,،])\S/gu)].map((match) => match.index).slice(-5);
  for (const start of starts) {
    const tail = text.slice(start).replace(/^(le|el|den|am|ngày|on)\s+/iu, '');
    if (!/[\d\u0660-\u0669\u06F0-\u06F9]/.test(tail)) break;
    const reading = readDate(tail, setting);
    if (reading !== undefined && !/^[\d\s]+$/.test(tail)) return { start, reading };
  }
  return undefined;
}

function moment(
  day: WrittenDay & { year: number },
  yearSaid: boolean,
  time: WrittenTime | undefined,
  { now, timeZone = 'UTC' }: DateSetting,
): DateReading {
  const name = `${day.year}-${pad(day.month)}-${pad(day.day)}`;
  if (day.year < FIRST_YEAR) return { fault: `the date ${name} is no date of news` };
  let date: Temporal.PlainDate;
  try {
    date = Temporal.PlainDate.from(day, { overflow: 'reject' });
  } catch {
    return { fault: `the date ${name} does not exist` };
  }
  if (time === undefined) {
    // It is that day already somewhere (UTC+14).
    const begun = date.toZonedDateTime('+14:00').epochMilliseconds;
    if (begun > now.epochMilliseconds) return { fault: `dated ${name}, which is in the future` };
    const noon = date.toZonedDateTime({ timeZone, plainTime: '12:00' }).epochMilliseconds;
    return { at: Math.min(noon, now.epochMilliseconds), day: name, said: 'day', year: yearSaid };
  }
  const clock = date.toPlainDateTime({ hour: time.hour, minute: time.minute, second: time.second });
  const at =
    time.offset === undefined
      ? clock.toZonedDateTime(timeZone).epochMilliseconds
      : clock.toZonedDateTime('UTC').epochMilliseconds - time.offset * 60_000;
  if (at > now.epochMilliseconds + CLOCKS_DIFFER) {
    return {
      fault: `dated ${Temporal.Instant.fromEpochMilliseconds(at).toString({ smallestUnit: 'minute' })}, which is in the future`,
    };
  }
  return { at, day: name, said: 'moment', year: yearSaid };
}

/** "30 November" is the latest one that has come: in January, last year's. */
function latestOf(day: WrittenDay, { now }: DateSetting): (WrittenDay & { year: number })[] {
  const tomorrow = now.add({ hours: 14 }).toZonedDateTimeISO('UTC').toPlainDate();
  for (let year = tomorrow.year; year > tomorrow.year - 5; year--) {
    try {
      const date = Temporal.PlainDate.from({ ...day, year }, { overflow: 'reject' });
      if (Temporal.PlainDate.compare(date, tomorrow) <= 0) return [{ ...day, year }];
    } catch {
      // 29 February of an ordinary year: an earlier one is meant.
    }
  }
  return [];
}

const LABEL =
  /^(?:(?:last|first|zuletzt|dernière|última)\s+)?(?:updated?|published|posted|modified|issued|released|filed|dated?|cập nhật(?: lúc)?|ngày đăng|ngày(?=\s+\d{1,2}[./-])|đăng(?: lúc)?|xuất bản|veröffentlicht|aktualisiert|stand|datum|publié|mis à jour|mise à jour|publicado|actualizado|fecha|data|pubblicato|aggiornato|تاريخ النشر|نشر في|نُشر في|آخر تحديث|تم التحديث|التاريخ)\s*(?:on|at|am|um|le|el|il|em|في)?\s*[:：-]?\s*/iu;

function unlabelled(text: string): string {
  return text
    .replace(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^[([]\s*(.*?)\s*[)\]]$/u, '$1')
    .replace(LABEL, '')
    .trim();
}

/** "2 hours ago", "an hour ago". */
function readRelative(text: string, { now }: DateSetting): DateReading | undefined {
  const ago = /^(\d{1,3}|an?)\s+(minute|min|hour|hr|day)s?\s+ago$/i.exec(text);
  if (ago === null) return undefined;
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[(ago[2] ?? 'm').charAt(0).toLowerCase()] ?? 0;
  const at = now.epochMilliseconds - (Number(ago[1]) || 1) * unit;
  const day = Temporal.Instant.fromEpochMilliseconds(at).toString().slice(0, 10);
  return { at, day, said: 'moment', year: true };
}

function westernDigits(text: string): string {
  return text
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
