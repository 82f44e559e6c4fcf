import { agencyAlone } from '../agencies.ts';
import { type DateReading, type DateSetting, readDate } from '../dates.ts';
import { type Draft, newDraft } from './draft.ts';
import type { Line } from './line.ts';
import { bareLabel, calmCapitals, isLabelShaped, knownSection } from './words.ts';

/** What stands above a story's text. */
export interface Head {
  /** The story that the head begins, last; before it, stories of which there is only a headline. */
  drafts: Draft[];
  /** The name of the page, when one stands above its first story. */
  masthead: string | null;
  /** The day of the page, under its name. */
  day?: DateReading | undefined;
  /** The line after the head. */
  next: number;
}

/** Most titles above one text: the page's name, a section, a headline, decks. */
const MOST_TITLES = 40;

const PLACE = /^(\p{Lu}[\p{L}\p{M} ,'’()-]{1,40}):$/u;

/** Reads the head that begins at `from`: label, headline, deck, date, byline, link and source, in any sensible order. */
export function readHead(
  lines: Line[],
  from: number,
  { more, first, setting }: { more: boolean; first: boolean; setting: DateSetting },
): Head {
  const titles: Line[] = [];
  const facts: Line[] = [];
  let next = from;
  for (; next < lines.length; next++) {
    const line = lines[next] as Line;
    const opens = next === from && (line.kind === 'prose' || line.kind === 'bullet');
    if (isTitle(line) || opens || isSentenceUnderLabel(lines, next, titles)) {
      if (titles[0]?.kind === 'bullet') break;
      if (facts.length > 0 && beginsAnother(lines, next, titles, facts)) break;
      if (next > from && line.kind === 'headline' && titles.some((title) => title.kind === 'headline')) break;
      titles.push(line);
      if (titles.length > MOST_TITLES) break;
    } else if (isFact(line)) {
      if (line.kind === 'url' && facts.some((fact) => fact.kind === 'url')) break;
      facts.push(line);
    } else break;
  }
  const end = lines[Math.min(next, lines.length - 1)] as Line;
  // The page's own name and day, above its first section or headline.
  if (
    first &&
    titles.length === 1 &&
    facts.every((fact) => fact.kind === 'date') &&
    (isTitle(end) || end.kind === 'heading') &&
    next < lines.length
  ) {
    const day = facts[0] === undefined ? undefined : readDate(facts[0].text, setting);
    return { drafts: [], masthead: titles[0]?.text ?? null, day, next };
  }
  // What stands under the headline's date is a deck or a caption, however much it looks like a headline.
  const above = titlesAbove(titles, facts);
  const { masthead, alone, label, headline, decks } = sortTitles(titles.slice(0, above), {
    more,
    first,
    text: next < lines.length && ['prose', 'dateline', 'bullet'].includes(end.kind),
    facts: facts.length > 0,
  });
  const start = (headline ?? label ?? titles[0] ?? facts[0] ?? end).number;
  const draft = newDraft(start, headline?.text ?? null);
  draft.last = (lines[next - 1] ?? end).last;
  draft.section = label === undefined ? null : sectionName(label);
  if (headline === undefined)
    draft.fault =
      draft.section === null
        ? 'no headline above this text'
        : `no headline under the label “${draft.section}”`;
  const under = [...decks, ...titles.slice(above)];
  // "Port Meridian:" alone above the text.
  const place = end.kind === 'prose' ? PLACE.exec(under.at(-1)?.text ?? '')?.[1] : undefined;
  if (place !== undefined)
    draft.dateline = { text: place, date: undefined, line: under.pop()?.number ?? start };
  draft.paragraphs.push(...under.map((deck) => deck.text));
  // A date under the headline is the story's before one above it, which may be the page's.
  const late = facts.filter((fact) => fact.number >= start);
  const early = facts.filter((fact) => fact.number < start);
  for (const fact of [...late, ...early]) addFact(draft, fact, setting);
  return { drafts: [...alone.map((title) => newDraft(title.number, title.text)), draft], masthead, next };
}

/** Where the titles that begin at `from` end. */
export function runEnd(lines: Line[], from: number): number {
  let end = from;
  const most = Math.min(lines.length, from + MOST_TITLES);
  while (end < most && isTitle(lines[end] as Line)) end += 1;
  return end;
}

/** "Eleven ports agree." under a section's name and above its date, dateline or text. */
export function isSentenceUnderLabel(lines: Line[], at: number, titles: Line[]): boolean {
  const [line, next] = [lines[at], lines[at + 1]];
  if (line?.kind !== 'prose' || line.text.length > 120 || next === undefined) return false;
  if (titles.length === 0 || titles.some(({ kind, text }) => kind !== 'label' && !isLabelShaped(text)))
    return false;
  if (/[.!?]["”]?\s+\p{Lu}\p{Ll}+\s/u.test(line.text)) return false;
  return ['date', 'dateline', 'byline'].includes(next.kind) || (next.kind === 'prose' && next.gap === 0);
}

/** How many of the titles stand above the first fact, when a headline is among those; else all. */
function titlesAbove(titles: Line[], facts: Line[]): number {
  const fact = facts[0];
  const above = fact === undefined ? titles : titles.filter((title) => title.number < fact.number);
  const label = above.length === 1 && isLabelShaped(above[0]?.text ?? '');
  return above.some((title) => title.kind !== 'label') && !label ? above.length : titles.length;
}

/** Whether the title at `at`, which stands under facts of a headline, is the next story's. */
function beginsAnother(lines: Line[], at: number, titles: Line[], facts: Line[]): boolean {
  const line = lines[at] as Line;
  const named = titles.filter((title) => title.kind !== 'label');
  if (named.length === 0) return false;
  if (line.kind === 'label' || line.kind === 'headline') return true;
  if (facts.some((fact) => fact.kind === 'url' || fact.kind === 'source')) return true;
  // A date between the label and its headline.
  if (titles.length === 1 && isLabelShaped(named[0]?.text ?? '')) return false;
  const after = lines[runEnd(lines, at)];
  // What else has a date of its own is a story of its own; a title between date and text is a deck.
  return after === undefined || after.kind === 'date' || after.kind === 'byline';
}

interface SortedTitles {
  masthead: string | null;
  /** Headlines with nothing under them. */
  alone: Line[];
  label: Line | undefined;
  headline: Line | undefined;
  decks: Line[];
}

function sortTitles(
  titles: Line[],
  { more, first, text, facts }: { more: boolean; first: boolean; text: boolean; facts: boolean },
): SortedTitles {
  // "Title: Evening bulletin" above the first section names the page.
  const page = first && titles.length > 2 && titles[1]?.kind === 'label' && titles[1].gap > 0;
  const marked = titles.findIndex((title, index) => title.kind === 'headline' && !(page && index === 0));
  const known = titles.findLastIndex((title, index) => title.kind === 'label' && index < titles.length - 1);
  if (marked >= 0) {
    const label = titles.find((title, index) => index !== marked && title.kind === 'label');
    const rest = titles.filter((title, index) => index > marked && title !== label);
    return { masthead: null, alone: [], label, headline: titles[marked], decks: rest };
  }
  if (known >= 0) {
    return { ...split(titles, known, known + 1), ...above(titles.slice(0, known), first) };
  }
  const last = titles.at(-1);
  if (last?.kind === 'label') {
    // Its only title: the headline is missing. Under a headline: a label that stands below.
    return { masthead: null, alone: titles.slice(0, -2), label: last, headline: titles.at(-2), decks: [] };
  }
  const shaped = titles.map((title) => isLabelShaped(title.text));
  if (titles.length >= 2 && shaped[0] && !shaped[1]) {
    const list = more && titles.length > 2 && !text;
    if (!list) return { masthead: null, alone: [], ...split(titles, 0, 1) };
  }
  if (first && titles.length >= 3 && shaped[1] && !shaped[2]) {
    return { ...split(titles, 1, 2), alone: [], masthead: titles[0]?.text ?? null };
  }
  // Under "More news" headlines may stand in a list; what follows them belongs to the last.
  const apart = titles.slice(1).some((title) => title.gap > 0);
  if (more && titles.length > 1 && (apart || !(facts || text))) {
    return { masthead: null, alone: titles.slice(0, -1), label: undefined, headline: last, decks: [] };
  }
  return { masthead: null, alone: [], ...split(titles, -1, 0) };
}

function split(
  titles: Line[],
  label: number,
  headline: number,
): Pick<SortedTitles, 'label' | 'headline' | 'decks'> {
  return { label: titles[label], headline: titles[headline], decks: titles.slice(headline + 1) };
}

/** Titles above a section's label: the page's own name when they are its first, else headlines without text. */
function above(titles: Line[], first: boolean): Pick<SortedTitles, 'masthead' | 'alone'> {
  const headlines = titles.filter((title) => title.kind !== 'label');
  return first ? { masthead: headlines[0]?.text ?? null, alone: [] } : { masthead: null, alone: headlines };
}

function addFact(draft: Draft, fact: Line, setting: DateSetting): void {
  if (fact.kind === 'byline') draft.byline ??= fact.text;
  if (fact.kind === 'source' || fact.kind === 'credit') draft.credit ??= fact.text;
  if (fact.kind === 'url') draft.url ??= { text: fact.text, after: 0 };
  const reading = fact.kind === 'date' ? readDate(fact.text, setting) : undefined;
  if (reading !== undefined) draft.dates.push({ reading, text: fact.text, line: fact.number });
}

/** The section that a label names; null for "AP Top News", which is the name of the page. */
function sectionName(label: Line): string | null {
  if (label.kind === 'label') return label.text;
  const [, agency, rest = ''] = /^(\S+) (.+)$/u.exec(bareLabel(label.text)) ?? [];
  if (agency !== undefined && agencyAlone(agency) !== null) return knownSection(rest) ?? null;
  return calmCapitals(bareLabel(label.text));
}

function isTitle(line: Line): boolean {
  return line.kind === 'title' || line.kind === 'label' || line.kind === 'headline';
}

function isFact(line: Line): boolean {
  return ['date', 'byline', 'url', 'source', 'credit'].includes(line.kind);
}
