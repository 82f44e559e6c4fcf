import { foldName, MONTHS, WEEKDAYS, ZONE_MINUTES } from './calendar-words.ts';

/** A day as it is written: the year may be left out, and there may be no such day. */
export interface WrittenDay {
  year: number | undefined;
  month: number;
  day: number;
}

/** A time of day as it is written. */
export interface WrittenTime {
  hour: number;
  minute: number;
  second: number;
  /** Minutes east of UTC. */
  offset: number | undefined;
}

const ZONE = String.raw`\(?(?:(?:UTC|GMT)\s*)?([+\-−]\d{1,2}(?::?\d{2})?)\)?|\(?([A-Za-z]{1,5})\)?`;
const TIME = new RegExp(
  String.raw`(?:^|(?<=[\s,T|(–—-]))(?:at|um|lúc|à|الساعة)?\s*(?:(\d{1,2})[:.hH](\d{2})(?::(\d{2})(?:[.,]\d+)?)?|(\d{1,2})(?=\s*[ap]\.?m\b))\s*([ap]\.?m\b\.?|uhr|giờ|hrs?|h\b|[صم](?=\s|$))?\s*(?:${ZONE})?(?=$|[\s,|)–—-])`,
  'iu',
);

/** Cuts the time out of `text`, with its zone; what is left is the day. */
export function takeTime(text: string): { rest: string; time: WrittenTime | undefined } {
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

function timeOf(match: RegExpExecArray): WrittenTime | undefined {
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
export function readDays(text: string): WrittenDay[] | undefined {
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
): WrittenDay[] | undefined {
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
function namedDay(text: string): WrittenDay[] | undefined {
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
