import { takeDateline } from '../dateline.ts';
import { type DateReading, type DateSetting, readDate } from '../dates.ts';
import { withoutSignature } from '../story-text.ts';
import { type Draft, newDraft } from './draft.ts';
import { isSentenceUnderLabel, readHead, runEnd } from './head.ts';
import type { Line, LineKind } from './line.ts';

/** The stories of a page, in its order, and the name of the page when it has one above the first story. */
export interface Page {
  masthead: string | null;
  /** The day that stands beside the page's name. */
  day: DateReading | undefined;
  drafts: Draft[];
}

/**
 * Puts lines together to stories. A story begins at a title that what follows (a date, a dateline, a paragraph where the
 * last story is over) shows to be a headline; everything else belongs to the story above it. A paragraph that belongs
 * to none becomes a draft without a headline, so that it is refused and not lost.
 */
export function assemble(lines: Line[], setting: DateSetting): Page {
  const page: Page = { masthead: null, day: undefined, drafts: [] };
  const state: State = {
    lines,
    setting,
    current: undefined,
    over: true,
    signed: false,
    more: false,
    list: false,
    marked: isMarked(lines, 3),
    section: null,
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as Line;
    if (line.kind === 'more' || line.kind === 'rule') {
      if (line.kind === 'more' && !state.more) {
        state.more = true;
        // Below the full stories there are often short ones without their marks.
        state.marked = isMarked(lines.slice(at), 2);
      }
      state.over = true;
      state.signed = false;
      at += 1;
      if (line.kind === 'more') state.section = null;
    } else if (line.kind === 'heading') {
      state.section = line.text;
      state.over = true;
      state.signed = false;
      at += 1;
    } else if (beginsStory(state, at)) {
      const head = readHead(lines, at, { more: state.more, first: page.drafts.length === 0, setting });
      page.masthead ??= head.masthead;
      page.day ??= head.day;
      for (const draft of head.drafts) draft.section ??= state.section;
      page.drafts.push(...head.drafts);
      state.current = head.drafts.at(-1);
      state.over = state.current === undefined;
      state.signed = false;
      state.list = line.kind === 'bullet';
      at = head.next;
    } else {
      const draft = state.over && !belongsUnder(state, line) ? orphan(line) : state.current;
      if (draft === undefined) throw new Error('a line without a story');
      if (draft !== state.current) page.drafts.push(draft);
      state.current = addLine(state, draft, line, page);
      at += 1;
    }
  }
  return page;
}

/** Whether lines say where stories end or begin: by their source, or by so many dates. */
function isMarked(lines: Line[], dates: number): boolean {
  return (
    lines.some(({ kind }) => kind === 'source') || lines.filter(({ kind }) => kind === 'date').length >= dates
  );
}

interface State {
  lines: Line[];
  setting: DateSetting;
  current: Draft | undefined;
  /** The story above has ended, by its source line or a rule. */
  over: boolean;
  /** It is over only by an agency's signature, under which its text may still go on. */
  signed: boolean;
  /** We are under "More news", where stories are short. */
  more: boolean;
  /** The story above is an item of a list. */
  list: boolean;
  /** The page's stories end with their source or begin with their date: titles alone begin none. */
  marked: boolean;
  /** The underlined heading that we are under. */
  section: string | null;
}

/** Whether the line at `at` is the first of a story. */
function beginsStory(state: State, at: number): boolean {
  const line = state.lines[at] as Line;
  const kinds = (index: number): LineKind | 'end' => state.lines[index]?.kind ?? 'end';
  if (line.kind === 'headline') return true;
  if (line.kind === 'label') {
    const headed = isTitleKind(kinds(at + 1)) || isSentenceUnderLabel(state.lines, at + 1, [line]);
    return state.over || headed || kinds(at + 1) === 'date';
  }
  if (line.kind === 'date' || line.kind === 'byline') {
    // A date above its headline.
    if (!isTitleKind(kinds(at + 1))) return false;
    if (state.over) return line.kind === 'date' || state.current === undefined;
    const after = kinds(runEnd(state.lines, at + 1));
    return (state.current?.paragraphs.length ?? 0) > 0 && (after === 'prose' || after === 'dateline');
  }
  // "ANI | November 30, 2026" above its headline; under a text an agency's name is its signature.
  if (line.kind === 'credit') {
    const next = state.lines[at + 1];
    if (next?.kind === 'date' && next.number === line.number) return beginsStory(state, at + 1);
    return state.current === undefined && (isTitleKind(kinds(at + 1)) || beginsStory(state, at + 1));
  }
  if (line.kind === 'title') return titleBegins(state, at);
  if (line.kind === 'bullet') {
    const next = kinds(at + 1);
    if (next === 'date' || next === 'dateline') return line.text.length <= 160;
    return state.more && (state.over || state.list) && line.text.length <= 160;
  }
  if (line.kind === 'prose') return sentenceIsHeadline(state, at);
  return false;
}

function titleBegins(state: State, at: number): boolean {
  const line = state.lines[at] as Line;
  if (state.over || isBare(state)) return true;
  // A paragraph's last line may end with "Corp." too: no title further down makes it a headline.
  if (line.text.endsWith('.') && !['date', 'dateline', 'byline'].includes(state.lines[at + 1]?.kind ?? ''))
    return false;
  const end = runEnd(state.lines, at);
  const after = state.lines[state.lines[end]?.kind === 'credit' ? end + 1 : end];
  const words = line.text.split(/\s+/).length;
  const long = words >= 6 || line.text.length >= 40;
  switch (after?.kind) {
    case 'date':
    case 'byline':
    case 'dateline':
      return true;
    case 'url':
      return state.more || (line.gap > 0 && words >= 4);
    case 'prose':
      // Standing on its text and apart from the one above, it is a headline in any layout.
      if (line.gap > 0 && after.gap === 0) return long || (state.more && words >= 3);
      // "VIENNA: Police held …" is what a story begins with, not a paragraph under a heading within one.
      if (state.more && words >= 3 && beginsWithPlace(after.text, state.setting)) return true;
      // Where stories are marked, a title without a mark is a heading or a caption within one.
      if (state.marked) return false;
      if (state.more) return words >= 3 && (line.gap > 0 || after.gap === 0) && !/[:：,;]$/.test(line.text);
      return line.gap > 1 || (line.gap > 0 && long && !/[:：,;]$/.test(line.text));
    case undefined:
    case 'more':
    case 'rule':
      return state.more && words >= 3 && (line.gap > 0 || end - at > 1);
    default:
      return false;
  }
}

function beginsWithPlace(text: string, setting: DateSetting): boolean {
  const place = takeDateline(text, setting)?.text ?? '';
  return /\p{Lu}{3}/u.test(place) && place === place.toUpperCase();
}

/** A story of a list of links: whatever follows its link is the next. */
function isBare({ current, list }: State): boolean {
  return current !== undefined && current.paragraphs.length === 0 && (list || current.url !== null);
}

/** "Eleven ports agree." above a date or a dateline is a headline with a full stop. */
function sentenceIsHeadline(state: State, at: number): boolean {
  const line = state.lines[at] as Line;
  const next = state.lines[at + 1];
  if (next === undefined || line.text.length > 140 || /[.!?]["”]?\s+\p{Lu}/u.test(line.text)) return false;
  const apart = state.over || line.gap > 0;
  // Under a sentence and above a title, the date is the next story's.
  if (next.kind === 'date') return apart && (state.over || !isTitleKind(state.lines[at + 2]?.kind ?? 'end'));
  if (next.kind === 'dateline') return state.over || (apart && Boolean(state.current?.dateline));
  return state.over && !state.signed && next.kind === 'prose' && next.gap === 0 && line.text.length <= 100;
}

/** What may still stand under a story that is over. */
function belongsUnder({ current, signed }: State, line: Line): boolean {
  if (current === undefined) return false;
  return signed || ['url', 'date', 'byline', 'source', 'credit'].includes(line.kind);
}

function orphan(line: Line): Draft {
  const draft = newDraft(line.number, null);
  draft.fault = line.kind === 'dateline' ? 'no headline above the dateline' : 'no headline above this text';
  return draft;
}

/** Adds a line to the story it belongs to; returns that story, which is a new one where a headline is missing. */
function addLine(state: State, draft: Draft, line: Line, page: Page): Draft {
  const { setting } = state;
  draft.last = line.last;
  // What has no headline goes on until something begins: one refusal, not one a paragraph.
  if (draft.headline === null) state.over = false;
  switch (line.kind) {
    case 'source':
      draft.credit ??= line.text;
      if (draft.paragraphs.length > 0 || draft.headline === null) {
        state.over = true;
        state.signed = false;
      }
      break;
    case 'credit':
      draft.credit ??= line.text;
      if (draft.paragraphs.length > 0) sign(state);
      break;
    case 'url':
      draft.url = draft.url?.after === 0 ? draft.url : { text: line.text, after: draft.paragraphs.length };
      break;
    case 'date':
      addDate(draft, line, setting);
      break;
    case 'byline':
      draft.byline ??= line.text;
      break;
    case 'dateline': {
      const found = takeDateline(line.text, setting);
      const second = draft.dateline !== null && found?.certainty === 'sure' && found.date !== undefined;
      if (second && draft.headline !== null) {
        const next = orphan(line);
        page.drafts.push(next);
        return addLine(state, next, line, page);
      }
      const first = draft.paragraphs.length === 0 || (draft.dateline === null && found?.certainty === 'sure');
      if (found === undefined || !first)
        addParagraph(state, draft, found?.certainty === 'sure' ? found.rest : line.text);
      else addDateline(state, draft, found, line.number);
      break;
    }
    default: {
      const found = draft.paragraphs.length === 0 ? takeDateline(line.text, setting) : undefined;
      if (found !== undefined && line.kind === 'prose') addDateline(state, draft, found, line.number);
      else addParagraph(state, draft, line.text);
    }
  }
  return draft;
}

function addDateline(
  state: State,
  draft: Draft,
  found: NonNullable<ReturnType<typeof takeDateline>>,
  line: number,
): void {
  draft.dateline = { text: found.text, date: found.date, line };
  draft.credit ??= found.agency;
  addParagraph(state, draft, found.rest);
}

function addParagraph(state: State, draft: Draft, paragraph: string): void {
  const { text, agency, ends } = withoutSignature(paragraph);
  if (text !== '') draft.paragraphs.push(text);
  draft.credit ??= agency;
  if (state.signed) state.over = false;
  state.signed = false;
  if (ends) sign(state);
}

function sign(state: State): void {
  state.signed ||= !state.over;
  state.over = true;
}

function addDate(draft: Draft, line: Line, setting: DateSetting): void {
  const reading = readDate(line.text, setting);
  if (reading !== undefined) draft.dates.push({ reading, text: line.text, line: line.number });
}

function isTitleKind(kind: LineKind | 'end'): boolean {
  return kind === 'title' || kind === 'label' || kind === 'headline';
}
