import { takeDateline } from '../dateline.ts';
import { type DateSetting, takeDateAtEnd } from '../dates.ts';
import { cleanText } from '../plain-text.ts';
import type { Line, LineKind } from './line.ts';
import { dateAndTime, isLink, type Mark, markRow } from './mark.ts';
import * as words from './words.ts';

/** A line as it stands in the file. */
interface PhysicalLine {
  text: string;
  number: number;
  gap: number;
  /** Columns before its first letter, and up to its last. */
  indent: number;
  width: number;
}

/** Longest title; longer is a paragraph whatever it ends with. */
const TITLE = 200;

/** The lines of a news page: columns parted, paragraphs that were wrapped joined, each with its kind. */
export function readLines(text: string, setting: DateSetting): Line[] {
  const marked = underlined(
    joinTimes(
      physicalLines(text).flatMap((line) => markLine(line, setting)),
      setting,
    ),
    setting,
  );
  const joined = joinWrapped(marked, setting);
  const more = joined.findIndex((line) => line.kind === 'more');
  // Under "More news" a bullet is a headline, with its link beside it.
  return joined.flatMap((line, index) =>
    line.kind === 'bullet' && more >= 0 && index > more ? settleBullet(line, setting) : settle(line, setting),
  );
}

type Marked = Omit<Line, 'kind'> & Pick<PhysicalLine, 'indent' | 'width'> & Mark;

function physicalLines(text: string): PhysicalLine[] {
  const lines: PhysicalLine[] = [];
  let gap = 0;
  const rows = withoutMailHeader(text.split(/\r\n|\r|\n|\f|\u2028|\u2029/));
  for (const [index, raw] of rows.entries()) {
    const unquoted = withoutMarkdown(raw.replace(/^(?:\s*>)+ ?/, '')).trimEnd();
    const line = unquoted.trimStart();
    if (cleanText(line) === '') gap += 1;
    else {
      const indent = unquoted.slice(0, unquoted.length - line.length).replaceAll('\t', '    ').length;
      lines.push({ text: line, number: index + 1, gap, indent, width: indent + line.length });
      gap = 0;
    }
  }
  return lines;
}

/** Emphasis and links as mail programs write them into plain text: the words stay, and a link that is the whole line. */
function withoutMarkdown(row: string): string {
  if (!/[*_\]]/.test(row)) return row;
  return row
    .replace(/^(\s*(?:#{1,6}\s+)?)\[([^[\]]+)\]\((https?:[^()\s]+)\)\s*$/, '$1$2 $3')
    .replace(/\[([^[\]]+)\]\(https?:[^()\s]+\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/^(\s*)([*_])(?=\S)([^*_]+)(?<=\S)\2\s*$/, '$1$3');
}

/** A mail saved with its header: of the header only the date counts. */
function withoutMailHeader(rows: string[]): string[] {
  const end = rows.findIndex((row) => row.trim() === '');
  const header = rows.slice(0, Math.max(0, end));
  const isField = (row: string) => /^(?:[A-Za-z][A-Za-z-]*: ?|[ \t]+\S)/.test(row);
  if (!header.every(isField) || !header.some((row) => /^(?:From|Subject): /i.test(row))) return rows;
  return rows.map((row, index) => (index < end && !/^Date: /i.test(row) ? '' : row));
}

function markLine({ text, ...place }: PhysicalLine, setting: DateSetting): Marked[] {
  const line = { ...place, last: place.number };
  const marks = markRow(text, setting).map((part) => ({ ...line, ...part }));
  return marks.map((part, index) => (index === 0 ? part : { ...part, gap: 0 }));
}

/** "9:14 AM GMT" right under its day. */
function joinTimes(lines: Marked[], setting: DateSetting): Marked[] {
  const joined: Marked[] = [];
  for (const line of lines) {
    const above = joined.at(-1);
    const time = above?.kind === 'date' && line.kind === 'text' && line.gap === 0 && /^\d/.test(line.text);
    const together = time ? dateAndTime(above.text, line.text, setting) : undefined;
    if (above !== undefined && together !== undefined) {
      above.text = together;
      above.last = line.last;
    } else joined.push({ ...line });
  }
  return joined;
}

/** A short line with a rule right under it is a heading; a long one is a headline without doubt. */
function underlined(lines: Marked[], setting: DateSetting): Marked[] {
  return lines.flatMap((line, index): Marked[] => {
    const [above, below] = [lines[index - 1], lines[index + 1]];
    if (below !== undefined && isUnderline(line, below))
      return [{ ...line, ...headingOf(line.text, setting) }];
    return above !== undefined && isUnderline(above, line) ? [] : [line];
  });
}

function isUnderline(line: Marked, rule: Marked): boolean {
  if (rule.kind !== 'rule' || rule.gap > 0 || !/^[=~_-]{3,}$/.test(rule.text)) return false;
  if (line.kind !== 'label' && (line.kind !== 'text' || endsSentence(line.text))) return false;
  return rule.text.length >= line.width / 2 && rule.text.length <= line.width + 30;
}

function headingOf(text: string, setting: DateSetting): Mark {
  // "The Morning Wire - November 30, 2026" is the page's name and day.
  if (takeDateAtEnd(text, setting) !== undefined) return { kind: 'text', text };
  const section = words.knownSection(text);
  if (section === undefined && !words.isLabelShaped(text)) return { kind: 'headline', text };
  return { kind: 'heading', text: section ?? words.calmCapitals(words.bareLabel(text)) };
}

/** Joins the lines that a mail program or an editor wrapped. */
function joinWrapped(lines: Marked[], setting: DateSetting): Marked[] {
  const width = wrapWidth(lines);
  const joined: Marked[] = [];
  for (const [index, line] of lines.entries()) {
    const above = joined.at(-1);
    const last = lines[index - 1];
    if (above !== undefined && last !== undefined && continues(last, line, above, width, setting)) {
      above.text = `${above.text} ${line.text}`;
      above.last = line.last;
    } else joined.push({ ...line });
  }
  return joined;
}

/**
 * The column at which lines were wrapped: the longest of those that surely were, because the next begins with a
 * small letter. 0: nothing was.
 */
function wrapWidth(lines: Marked[]): number {
  let wrapped = 0;
  let width = 0;
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1];
    if (next === undefined || next.gap > 0 || !isText(line) || next.kind !== 'text' || line.width > 100)
      continue;
    const caseless = /^\p{Lo}/u.test(next.text) && !endsSentence(line.text) && line.width >= 45;
    if (/^\p{Ll}/u.test(next.text) || caseless || /[,;،]["”]?$/u.test(line.text)) {
      wrapped += 1;
      width = Math.max(width, line.width);
    }
  }
  // One such line may be anything, unless it is as long as mail programs make them.
  return wrapped > 1 || width >= 60 ? width : 0;
}

function continues(last: Marked, line: Marked, above: Marked, width: number, setting: DateSetting): boolean {
  if (line.gap > 0 || line.number === last.number || !isText(above) || line.kind !== 'text') return false;
  const joined = above.last !== above.number;
  if (/^\p{Ll}/u.test(line.text) && !endsSentence(last.text) && (joined || last.text.length >= 20))
    return true;
  // An indented line begins a paragraph, but for the further lines of a bullet.
  if (line.indent > last.indent && above.kind !== 'bullet') return false;
  if (width === 0 || last.width > width + 1) return false;
  const first = line.text.split(/\s/, 1)[0] ?? '';
  if (last.width + 1 + first.length <= width) return false;
  const startsStory = takeDateline(line.text, setting)?.certainty === 'sure' && !/[,;–—-]$/.test(last.text);
  return joined || !startsStory;
}

function isText(line: Marked): boolean {
  return line.kind === 'text' || line.kind === 'bullet';
}

/** "The mill will close. One of them works for Lantern Corp." */
function isTwoSentences(text: string): boolean {
  const parts = text.split(/(?<=[.!?]["”]?)\s+(?=["“]?\p{Lu})/u);
  return parts.slice(0, -1).some((part) => !words.ABBREVIATION_AT_END.test(part));
}

function endsSentence(text: string): boolean {
  return /(?:[.!?…؟。]["'”’»)\]]*|■|\bEnditem)$/u.test(text);
}

function settleBullet(line: Marked, setting: DateSetting): Line[] {
  const [title, ...beside] = settleTitle(line.text, setting).filter((part) => part.kind !== 'label');
  return [
    { ...lineOf(line, 'bullet'), text: title?.text ?? line.text },
    ...beside.map((part) => ({ ...lineOf(line, part.kind), text: part.text, gap: 0 })),
  ];
}

function lineOf({ text, number, last, gap }: Marked, kind: LineKind): Line {
  return { kind, text, number, last, gap };
}

/** What a whole line is, and the parts that were glued to it. */
function settle(line: Marked, setting: DateSetting): Line[] {
  // "Source: https://…" names the story's link, and whose it is.
  if (line.kind === 'source' && isLink(line.text)) {
    const host =
      URL.parse(line.text.replace(/^(?!https?:)/i, 'https://'))?.hostname.replace(/^www\./, '') ?? line.text;
    return [lineOf(line, 'url'), { ...lineOf(line, 'source'), text: host, gap: 0 }];
  }
  if (line.kind !== 'text') return line.text === '' ? [] : [lineOf(line, line.kind)];
  const at = (kind: LineKind, text: string, gap = 0): Line => ({ ...lineOf(line, kind), text, gap });
  const trailing = words.SOURCE_AT_END.exec(line.text);
  const source = trailing?.[1] ?? trailing?.[2];
  if (trailing !== null && source !== undefined && trailing.index > 0) {
    return [...settle({ ...line, text: line.text.slice(0, trailing.index) }, setting), at('source', source)];
  }
  const dateline = takeDateline(line.text, setting);
  const proseAfter = dateline !== undefined && (endsSentence(dateline.rest) || dateline.rest.length > 90);
  if (proseAfter && (dateline.certainty === 'sure' || line.text.length > 120))
    return [at('dateline', line.text, line.gap)];
  if (!isTitle(line.text)) return [at('prose', line.text, line.gap)];
  return settleTitle(line.text, setting).map((part, index) =>
    at(part.kind, part.text, index === 0 ? line.gap : 0),
  );
}

/** A title without what stands on its line beside it: its section before, its date or its link after. */
function settleTitle(text: string, setting: DateSetting): { kind: LineKind; text: string }[] {
  const link = /^(.*?\S)[\s:–—-]*[(<[]?\s*(https?:\/\/[^\s)>\]]+)\s*[)>\]]?$/i.exec(text);
  if (link?.[1] !== undefined && link[2] !== undefined) {
    return [...settleTitle(link[1], setting), { kind: 'url', text: link[2] }];
  }
  const dated = takeDateAtEnd(text, setting);
  const bare = dated === undefined ? text : text.slice(0, dated.start).replace(/[\s\-–—|,(]+$/, '');
  const withYear = dated !== undefined && /\p{Nd}{4}/u.test(text.slice(dated.start));
  if (dated !== undefined && withYear && bare.length > 15) {
    const between = text.slice(bare.length, dated.start + 1);
    if (/[-–—|,(]/.test(between)) {
      return [...settleTitle(bare, setting), { kind: 'date', text: text.slice(dated.start) }];
    }
  }
  const glued =
    /^([[(【]?[^:：|»›–—\])】]{2,30}?[\])】]?)(?:\s*[:：|»›]\s*|\s+[–—-]\s+|(?<=[\])】])\s*)(\S.*)$/u.exec(
      text,
    ) ??
    /^(\p{Lu}[\p{Lu} &/]+\p{Lu})\s+(\p{Lu}?[\p{Ll}\p{N}].*)$/u.exec(text) ??
    /^(\p{Lu}{4,})(\p{Lu}\p{Ll}.*)$/u.exec(text);
  const section = glued?.[1] === undefined ? undefined : words.knownSection(glued[1]);
  // "World | Harbour Wire" is a section and the paper's name.
  if (section !== undefined && /^[^:：]*\s[|–—-]\s/u.test(text) && words.isLabelShaped(glued?.[2] ?? '')) {
    return [{ kind: 'label', text: section }];
  }
  if (section !== undefined && glued?.[2] !== undefined && glued[2].length > 8) {
    return [
      { kind: 'label', text: section },
      { kind: 'title', text: glued[2] },
    ];
  }
  return [{ kind: 'title', text: text.replace(/^#{1,6}\s+|^\*\*(?=.*\*\*$)|(?<=^\*\*.*)\*\*$/g, '') }];
}

/** A sentence, or more than one, is prose; a question or a cry may be a headline. */
function isTitle(text: string): boolean {
  if (text.length > TITLE) return false;
  // “We are tired,” she said: a quotation with its speaker is a paragraph, whatever it ends with.
  if (/[,،]["”»]\s/u.test(text)) return false;
  if (text.length > 100 && /\p{Ll}{2}[.!?؟]["”]?\s+["“]?\p{Lu}/u.test(text)) return false;
  if (/[!?؟]["'”’»]?$/u.test(text))
    return !/[.!?؟]["”]?\s+\p{Lu}/u.test(text.slice(0, -1)) && text.length <= 120;
  if (/\.{3}$|…$/.test(text)) return text.length <= 120;
  return !endsSentence(text) || (words.ABBREVIATION_AT_END.test(text) && !isTwoSentences(text));
}
