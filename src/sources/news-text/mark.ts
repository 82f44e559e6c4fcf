import { agencyAlone } from '../agencies.ts';
import { takeDateline } from '../dateline.ts';
import { type DateSetting, readDate } from '../dates.ts';
import { cleanText } from '../plain-text.ts';
import type { LineKind } from './line.ts';
import * as words from './words.ts';

/** What a line, or a part of one, is by its looks. An empty text drops it. */
export interface Mark {
  /** `text` awaits joining: whether it is title or prose is seen when it is whole. */
  kind: LineKind | 'text';
  text: string;
}

/** "World | 30 November 2026 | By Jane Doe", "NOVEMBER 30, 2026 / 9:14 AM", columns parted by tabs. */
const BETWEEN = /\t+|\s+[|·•/]\s+/;
/** "Nov 30, 2026 - Harbour Wire": a dash parts a row too, but only behind or before a whole date. */
const DASH = /\s+[–—-]\s+/;
/** How those who wrote a story sign: by their address, or by their letters as "bur-abc/de". */
const SIGNED =
  /^(?:[([<]?(?:[Ee]-?mail:\s*)?[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+[)\]>]?|[a-z]{2,4}(?:[/-][a-z]{2,4}){1,4}\/?|\(\(.*\)\))$/u;
/** Other parts than these beside a date are a headline. */
const FEW_WORDS = 3;

/** The parts of a line that stand beside each other, each with its kind; one when it is whole. */
export function markRow(row: string, setting: DateSetting): Mark[] {
  // "November 30, 20269:14 AM" is what copying two columns of a page makes.
  const clean = cleanText(row).replace(/(?<=\b(?:19|20)\d{2})(?=\d{1,2}:\d{2}\s*[AP]M\b)/i, ' ');
  const whole = mark(clean, setting);
  const parts = joinTimes(partsOf(clean === cleanText(row) ? row : clean), setting);
  const kept = whole?.text === '' && parts.length > 1 && parts.some((part) => isDate(part, setting));
  if (whole !== undefined && whole.kind !== 'byline' && !kept) return [whole];
  const marks = parts.map((part) => marksOf(part, setting));
  // What stands beside a name alone is where they work.
  const named = marks[0]?.[0]?.kind === 'byline' && marks.slice(1).every((each) => each === undefined);
  if (parts.length === 1 || named || marks.every((each) => each === undefined))
    return marks[0] ?? [{ kind: 'text', text: clean }];
  const kinds = marks.flatMap((each) => each?.map(({ kind }) => kind) ?? []);
  return parts.flatMap((part, index) => marks[index] ?? markBeside(part, index, kinds));
}

/** Whether a paragraph is the page's and not the story's: a date or byline alone, "Subscribe to our newsletter!". */
export function isFurniture(paragraph: string, setting: DateSetting): boolean {
  const found = mark(paragraph, setting);
  return (
    found !== undefined && (found.text === '' || ['date', 'byline', 'more', 'rule'].includes(found.kind))
  );
}

function marksOf(part: string, setting: DateSetting): Mark[] | undefined {
  const whole = mark(part, setting);
  if (whole?.kind === 'byline') return nameAndDesk(whole.text);
  return whole === undefined ? (nameAndAgency(part) ?? dated(part, setting)) : [whole];
}

/** Beside a date, who published: "NYT | 30 November 2026", "Updated 30 November 2026 | Harbour Wire". */
function markBeside(part: string, index: number, kinds: Mark['kind'][]): Mark {
  const dated = kinds.includes('date');
  const outlet =
    index === 0 ? /^[A-Z]{2,6}$/ : /^(?:[A-Z]{2,6}|.{1,30}\b\w*(?:[Ww]ire|News|Agency|Press|Desk|Bureau))$/;
  if (dated && outlet.test(part)) return { kind: 'credit', text: part };
  // "Seoul", "All, Japan, World" behind both say where the page filed it.
  const filed = dated && kinds.includes('credit') && index > 0 && part.split(' ').length <= FEW_WORDS;
  return filed ? { kind: 'rule', text: '' } : { kind: 'text', text: part };
}

function partsOf(row: string): string[] {
  return row
    .split(BETWEEN)
    .map(cleanText)
    .filter((part) => part !== '');
}

/** A date with the time of day that stands beside or under it, when they are one; else undefined. */
export function dateAndTime(date: string, time: string, setting: DateSetting): string | undefined {
  const together = `${date} ${time}`;
  return isDate(date, setting) && isDate(together, setting) ? together : undefined;
}

/** "November 30, 2026 | 9:14 AM" is one date. */
function joinTimes(parts: string[], setting: DateSetting): string[] {
  const joined: string[] = [];
  for (const part of parts) {
    const above = joined.at(-1);
    const together = above === undefined ? undefined : dateAndTime(above, part, setting);
    if (together !== undefined) joined[joined.length - 1] = together;
    else joined.push(part);
  }
  return joined;
}

/** "MARY ROE and JOHN DOE", "Jane Doe, Associated Press": names as they stand in a text, and for whom they write. */
function nameAndDesk(byline: string): Mark[] {
  const alone = agencyAlone(byline);
  if (alone !== null) return [{ kind: 'credit', text: alone }];
  const capitals = byline.replace(/\p{Lu}{2,}(?:[ -]\p{Lu}[\p{Lu}.'’]*)+/gu, (name) =>
    name.toLowerCase().replace(/(?<![\p{L}'’])\p{L}/gu, (letter) => letter.toUpperCase()),
  );
  const [, name, desk = ''] = /^(.+?)\s*[,|(–—-]\s*([^,|(]+?)\)?$/u.exec(byline) ?? [];
  const agency = agencyAlone(desk);
  if (name === undefined || agency === null) return [{ kind: 'byline', text: capitals }];
  return [
    { kind: 'byline', text: capitals.slice(0, name.length) },
    { kind: 'credit', text: agency },
  ];
}

/** "Minh Anh (TTXVN)", "Jane Doe/Reuters": who wrote it, and for whom. */
function nameAndAgency(row: string): Mark[] | undefined {
  const [, name, signed = ''] =
    /^(?:Theo )?(\p{Lu}[\p{L}.'’-]*(?: \p{Lu}[\p{L}.'’-]*){0,2})\s*[(/]\s*(.{2,40}?)\)?$/u.exec(row) ?? [];
  const agency = agencyAlone(signed);
  if (name === undefined || agency === null) return undefined;
  // "PV/VOV": any reporter of theirs.
  if (/^\p{Lu}{2,4}$/u.test(name)) return [{ kind: 'credit', text: agency }];
  return [
    { kind: 'byline', text: name },
    { kind: 'credit', text: agency },
  ];
}

/** A row with a dash that begins or ends with a whole date: "ANI - Nov 30, 2026", "30/11/2026 - Ports agree". */
function dated(row: string, setting: DateSetting): Mark[] | undefined {
  if (row.length > 200 || !/\p{Nd}/u.test(row)) return undefined;
  const [first = '', second] = row.split(DASH);
  if (second === undefined) return undefined;
  const rest = row.slice(first.length).replace(DASH, '');
  const credit = agencyAlone(first);
  if (credit !== null) {
    const behind = isDate(rest, setting) ? [{ kind: 'date' as const, text: rest }] : dated(rest, setting);
    return behind && [{ kind: 'credit', text: credit }, ...behind];
  }
  const wholeDate = isDate(first, setting) && /\p{Nd}{4}|\bago$/iu.test(first);
  if (!wholeDate || takeDateline(row, setting) !== undefined) return undefined;
  const beside = markRow(rest, setting);
  const few = rest.split(/\s+/).length <= FEW_WORDS && beside[0]?.kind === 'text';
  return [{ kind: 'date', text: first }, ...(few ? [] : beside)];
}

function isDate(text: string, setting: DateSetting): boolean {
  return /\p{Nd}|\bago$/iu.test(text) && readDate(text, setting) !== undefined;
}

/** What a text is when its looks leave no doubt. */
function mark(text: string, setting: DateSetting): Mark | undefined {
  if (words.RULE.test(text)) return { kind: 'rule', text };
  if (words.MORE.test(text)) return { kind: 'more', text };
  if (isLink(text)) return { kind: 'url', text: text.replace(/^<|>$/g, '') };
  if (isDate(text, setting)) return { kind: 'date', text };
  if (
    SIGNED.test(text) ||
    words.NOISE.test(text) ||
    words.CAPTION.test(text) ||
    words.PHOTO_CREDIT.test(text) ||
    words.DESK_NOTE.test(text)
  )
    return { kind: 'rule', text: '' };
  if (words.TEASER.test(text)) return { kind: 'rule', text: '' };
  const keyed = words.KEYED.exec(text);
  if (keyed?.[1] !== undefined && keyed[2] !== undefined) return markKeyed(keyed[1].toLowerCase(), keyed[2]);
  const source = words.SOURCE.exec(text)?.[1];
  if (source !== undefined && source.split(/\s+/).length <= 10) return { kind: 'source', text: source };
  const agency = agencyAlone(text);
  if (agency !== null) return { kind: 'credit', text: agency };
  const section = words.knownSection(text.replace(/^\d{1,2}[.)]\s+/, ''));
  if (section !== undefined) return { kind: 'label', text: section };
  const byline = text.length <= 120 ? words.BYLINE.exec(text)?.[1] : undefined;
  if (byline !== undefined) return { kind: 'byline', text: byline.replace(/\s*[(,|]?\s*\S+@\S+$/, '') };
  const bullet = /^(?:[•‣◦▪●·*►–—-]\s+|\d{1,2}[.)]\s+)(\S.*)$/u.exec(text)?.[1];
  if (bullet !== undefined) return { kind: 'bullet', text: bullet };
  return undefined;
}

function markKeyed(key: string, value: string): Mark {
  if (/^(?:section|category|desk|rubrik|ressort|chuyên mục)$/u.test(key)) {
    return { kind: 'label', text: words.knownSection(value) ?? words.calmCapitals(words.bareLabel(value)) };
  }
  if (/^(?:headline|title)$/.test(key)) return { kind: 'headline', text: value };
  if (/^slug ?line$/.test(key)) return { kind: 'rule', text: '' };
  const link = /https?:\/\/\S+/.exec(value)?.[0];
  if (link !== undefined && /^(?:link|url|full story|read|more|web|xem|chi)/u.test(key))
    return { kind: 'url', text: link };
  return { kind: 'text', text: value };
}

/** Whether `text` is the address of a page and nothing else. */
export function isLink(text: string): boolean {
  return /^<?(?:https?:\/\/|www\.)\S+>?$/i.test(text);
}
