import { foldName, MONTHS, WEEKDAYS, ZONE_MINUTES } from './calendar-words.ts';

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

interface Day {
  year: number | undefined;
  month: number;
  day: number;
}

interface Time {
  hour: number;
  minute: number;
  second: number;
  /** Minutes east of UTC. */
  offset: number | undefined;
}

function moment(
  day: Day & { year: number },
  yearSaid: boolean,
  time: Time | undefined,
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
function latestOf(day: Day, { now }: DateSetting): (Day & { year: number })[] {
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

const ZONE = String.raw`\(?(?:(?:UTC|GMT)\s*)?([+\-−]\d{1,2}(?::?\d{2})?)\)?|\(?([A-Za-z]{1,5})\)?`;
const TIME = new RegExp(
  String.raw`(?:^|(?<=[\s,T|(–—-]))(?:at|um|lúc|à|الساعة)?\s*(?:(\d{1,2})[:.hH](\d{2})(?::(\d{2})(?:[.,]\d+)?)?|(\d{1,2})(?=\s*[ap]\.?m\b))\s*([ap]\.?m\b\.?|uhr|giờ|hrs?|h\b|[صم](?=\s|$))?\s*(?:${ZONE})?(?=$|[\s,|)–—-])`,
  'iu',
);

/** Cuts the time out of `text`; what is left is the day. */
function takeTime(text: string): { rest: string; time: Time | undefined } {
  const spaced = text.replace(/(\d)T(\d)/, '$1 $2');
  for (let from = 0; from < spaced.length; ) {
    const match = TIME.exec(spaced.slice(from));
    if (match === null) break;
    const time = timeOf(match);
    // "30.11.2026" begins like a time of day.
    const after = spaced.slice(from + match.index + match[0].length);
    if (time !== undefined && !/^[./-]\d/.test(after)) {
      const zone = match[7]?.toLowerCase();
      const named = zone === undefined || ZONE_MINUTES.has(zone);
      const end = from + match.index + match[0].length;
      const kept = named ? '' : (match[7] ?? '');
      const rest = `${spaced.slice(0, from + match.index)} ${kept}${spaced.slice(end)}`;
      return { rest, time };
    }
    from += match.index + Math.max(1, match[0].length);
  }
  return { rest: spaced, time: undefined };
}

function timeOf(match: RegExpExecArray): Time | undefined {
  const half = match[5]?.toLowerCase();
  let hour = Number(match[1] ?? match[4]);
  if (half?.startsWith('p') || half === 'م') hour = (hour % 12) + 12;
  else if (half?.startsWith('a') || half === 'ص') hour %= 12;
  const minute = Number(match[2] ?? 0);
  const second = Number(match[3] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = match[7]?.toLowerCase();
  return { hour, minute, second, offset: match[6] ? offsetOf(match[6]) : ZONE_MINUTES.get(zone ?? '') };
}

function offsetOf(text: string): number {
  const digits = text.replace(/[^\d]/g, '');
  const hours = Number(digits.length > 2 ? digits.slice(0, -2) : digits);
  const minutes = digits.length > 2 ? Number(digits.slice(-2)) : 0;
  return (text.startsWith('+') ? 1 : -1) * (hours * 60 + minutes);
}

/** The day that `text` is and nothing else; two when 11/12/2026 may be read in two ways. */
function readDays(text: string): Day[] | undefined {
  const bare = text
    .replace(/\b(?:GMT|UTC)\b/gi, ' ')
    .replace(/(?<=\d)(?:st|nd|rd|th|er|º)\b/gi, '')
    .replace(/(?<=\d)\.(?=\s|$)/g, ' ')
    .trim();
  const numeric = /^(?:(.+?)[,\s]+)?(?:ngày\s+)?(\d{1,4})([./-])(\d{1,2})(?:\3(\d{2,4}))?\.?$/iu.exec(
    trimEnds(bare),
  );
  if (numeric !== null) {
    if (numeric[1] !== undefined && !isWeekday(numeric[1])) return undefined;
    return numericDays(numeric[2] ?? '', numeric[4] ?? '', numeric[5], numeric[3] ?? '');
  }
  const east = /^(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]/u.exec(bare);
  if (east !== null) return [{ year: Number(east[1]), month: Number(east[2]), day: Number(east[3]) }];
  const vietnamese =
    /^(?:.*?\bngày\s+|thứ \p{L}+,?\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})(?:\s*,?\s*(?:năm\s+)?(\d{4}))?$/iu.exec(
      trimEnds(bare),
    );
  if (vietnamese !== null) {
    const year = vietnamese[3] === undefined ? undefined : Number(vietnamese[3]);
    return [{ year, month: Number(vietnamese[2]), day: Number(vietnamese[1]) }];
  }
  return namedDay(bare);
}

function numericDays(
  first: string,
  second: string,
  third: string | undefined,
  mark: string,
): Day[] | undefined {
  if (first.length === 4) {
    return third === undefined
      ? undefined
      : [{ year: Number(first), month: Number(second), day: Number(third) }];
  }
  // "3-1" is a score and "24/7" a saying; only 30/11 and 30.11. stand for a day without its year.
  if (third === undefined && mark === '-') return undefined;
  if (first.length > 2 || third?.length === 3) return undefined;
  const year = third === undefined ? undefined : third.length === 2 ? 2000 + Number(third) : Number(third);
  const dayFirst = { year, month: Number(second), day: Number(first) };
  const monthFirst = { year, month: Number(first), day: Number(second) };
  if (mark === '.' || monthFirst.month > 12) return [dayFirst];
  return dayFirst.month > 12 ? [monthFirst] : [dayFirst, monthFirst];
}

const FILLERS = new Set([
  'of',
  'de',
  'del',
  'den',
  'der',
  'at',
  'on',
  'le',
  'el',
  'the',
  'um',
  'am',
  'في',
  'م',
  'года',
  'г',
  'р',
  'year',
]);

/** A day with its month as a word. Every word must belong to the date. */
function namedDay(text: string): Day[] | undefined {
  const found: { year?: number; month?: number; day?: number } = {};
  for (const word of text.split(/[\s,،|/·•()–—-]+/u).filter((part) => part !== '')) {
    const name = foldName(word);
    const number = /^\d+$/.test(name) ? Number(name) : undefined;
    if (number !== undefined && name.length === 4 && found.year === undefined) found.year = number;
    else if (number !== undefined && name.length <= 2 && found.day === undefined) found.day = number;
    else if (number !== undefined && name.length === 2 && found.year === undefined && found.month)
      found.year = 2000 + number;
    else if (found.month === undefined && MONTHS.has(name)) found.month = MONTHS.get(name) ?? 0;
    else if (!isWeekday(name) && !FILLERS.has(name)) return undefined;
  }
  if (found.month === undefined || found.day === undefined) return undefined;
  return [{ year: found.year, month: found.month, day: found.day }];
}

function isWeekday(text: string): boolean {
  const name = foldName(text.trim().replace(/[,،]$/u, ''));
  return WEEKDAYS.has(name) || /^thứ (?:hai|ba|tư|năm|sáu|bảy)$|^chủ nhật$/u.test(name);
}

function trimEnds(text: string): string {
  return text.replace(/^[\s,|·•–—-]+|[\s,|·•–—-]+$/gu, '');
}

function westernDigits(text: string): string {
  return text
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x0660))
    .replace(/[\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0));
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
