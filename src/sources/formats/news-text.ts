import type { DateReading, ReadMoment } from '../dates.ts';
import type { DecodedText } from '../decode.ts';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import { cleanLink } from '../links.ts';
import { assemble } from '../news-text/assemble.ts';
import type { Draft } from '../news-text/draft.ts';
import { readLines } from '../news-text/read-lines.ts';
import { isLabelShaped, withoutDeskTags } from '../news-text/words.ts';
import { lineOfText } from '../plain-text.ts';
import { LONGEST_BODY, type RawStory, type RefusedItem } from '../raw-story.ts';
import { storyGuid } from '../story-guid.ts';
import { endOfStory } from '../story-text.ts';

/** Longest line, characters: no paragraph is so long. */
const LONGEST_LINE = 100_000;
/** Thousands of stories. What is longer is no page, and looking at a line costs more than its length. */
const MOST_LINES = 200_000;

/** A line that cannot be taken, and with it the story that it belongs to. */
interface LineFault {
  line: number;
  reason: string;
}

/**
 * Reads the plain text of a news page: section labels, headlines, dates, datelines, "Source: …", "More news" and
 * further stories. Stories without a date of their own take their dateline's, else the one of the story above.
 */
export function readNewsText(decoded: DecodedText, about: DocumentAbout): ReadDocument {
  const setting = { now: about.now, timeZone: about.timeZone };
  const { text, faults, cut } = checkLines(decoded);
  const { masthead, day, drafts } = assemble(readLines(text, setting), setting);
  const stories: RawStory[] = [];
  const refused: RefusedItem[] = [];
  let above = day !== undefined && 'at' in day ? day : undefined;
  for (const draft of drafts) {
    const date = dateOf(draft, above);
    const fault = faultOf(draft, date, faults);
    if (fault !== undefined) refused.push(fault);
    else stories.push(storyOf(draft, date as ReadMoment | undefined, about));
    if (date !== undefined && 'at' in date) above = date;
  }
  if (cut)
    refused.push({
      place: `line ${MOST_LINES + 1}`,
      reason: `a page has at most ${MOST_LINES} lines; this one and those after it were not read`,
    });
  if (drafts.length === 0)
    refused.push({ place: 'line 1', reason: 'no story found: expected a headline and text under it' });
  return { title: masthead, format: 'news page (text)', stories, refused };
}

/** Lines that are not UTF-8 or too long; of the latter only the beginning is kept, so that the rest stays readable. */
function checkLines({ text, broken }: DecodedText): { text: string; faults: LineFault[]; cut: boolean } {
  const faults = broken.map(({ line, byte }): LineFault => {
    const hex = byte.toString(16).toUpperCase().padStart(2, '0');
    return { line, reason: `not UTF-8 (byte ${hex}); save the file as UTF-8` };
  });
  const all = text.split(/\r\n|[\r\n\f\u2028\u2029]/, MOST_LINES + 1);
  const cut = all.length > MOST_LINES;
  const lines = all.slice(0, MOST_LINES).map((line, index) => {
    if (line.length <= LONGEST_LINE) return line;
    faults.push({
      line: index + 1,
      reason: `${(line.length / 1e6).toFixed(1)} MB in one line; a paragraph has at most ${LONGEST_LINE / 1e6} MB`,
    });
    return `${line.slice(0, 300)}.`;
  });
  return { text: lines.join('\n'), faults, cut };
}

/** Its own date, else its dateline's, else the one of the story above it. */
function dateOf(draft: Draft, above: ReadMoment | undefined): DateReading | undefined {
  const published =
    draft.dates.find(({ text }) => /publish|posted|đăng|نشر|veröff|publi/iu.test(text)) ?? draft.dates[0];
  const own = published?.reading ?? draft.dateline?.date;
  const yearless = own !== undefined && 'at' in own && !own.year;
  // "November 30" under a story of 30 November 2025 is of that year.
  if (yearless && above?.year && own.day.slice(5) === above.day.slice(5)) return above;
  return own ?? above;
}

function faultOf(draft: Draft, date: DateReading | undefined, faults: LineFault[]): RefusedItem | undefined {
  const place = `line ${draft.first}`;
  const fault = faults.find(({ line }) => line >= draft.first && line <= draft.last);
  if (fault !== undefined) return { place: `line ${fault.line}`, reason: fault.reason };
  if (draft.headline === null) return { place, reason: draft.fault ?? 'no headline' };
  if (date !== undefined && 'fault' in date) {
    const line = draft.dates[0]?.line ?? draft.dateline?.line ?? draft.first;
    return { place: `line ${line}`, reason: date.fault };
  }
  const length = draft.paragraphs.reduce((sum, paragraph) => sum + paragraph.length, 0);
  if (length > LONGEST_BODY)
    return { place, reason: `its text has ${length} characters; at most ${LONGEST_BODY} are one story` };
  // Names in a list, such as a page's tags, are no story either.
  const names = [draft.headline, ...draft.paragraphs].every(isLabelShaped);
  if ((draft.paragraphs.length === 0 || names) && draft.url === null) {
    return { place, reason: 'only a headline: no text and no link' };
  }
  return undefined;
}

function storyOf(draft: Draft, date: ReadMoment | undefined, about: DocumentAbout): RawStory {
  const headline = withoutDeskTags(lineOfText(draft.headline).replace(/\s*[:：]$/u, ''));
  const { body, agency } = endOfStory(draft.paragraphs.join('\n\n'));
  // A link between two paragraphs is something that the text shows, not the story's own.
  const own =
    draft.url !== null && [0, draft.paragraphs.length].includes(draft.url.after) ? draft.url.text : null;
  const url = cleanLink(own?.replace(/^www\./i, 'https://www.'), about.url);
  return {
    guid: storyGuid(null, url, headline, date?.day ?? null),
    url,
    headline,
    section: draft.section,
    language: about.language ?? null,
    dateline: draft.dateline?.text || null,
    byline: draft.byline,
    credit: draft.credit ?? agency,
    publishedAt: date?.at ?? null,
    body,
    description: null,
    picture: null,
  };
}
