import type { DateReading, ReadMoment } from '../dates.ts';
import type { DecodedText } from '../decode.ts';
import type { DocumentAbout, ReadDocument } from '../format.ts';
import { cleanLink } from '../links.ts';
import { assemble } from '../news-text/assemble.ts';
import type { Draft } from '../news-text/draft.ts';
import { readLines } from '../news-text/read-lines.ts';
import { lineOfText } from '../plain-text.ts';
import type { RawStory, RefusedItem } from '../raw-story.ts';
import { storyGuid } from '../story-guid.ts';
import { endOfStory } from '../story-text.ts';

/**
 * Reads the plain text of a news page: section labels, headlines, dates, datelines, "Source: …", "More news" and
 * further stories. Stories without a date of their own take their dateline's, else the one of the story above.
 */
export function readNewsText({ text, broken }: DecodedText, about: DocumentAbout): ReadDocument {
  const setting = { now: about.now, timeZone: about.timeZone };
  const { masthead, day, drafts } = assemble(readLines(text, setting), setting);
  const stories: RawStory[] = [];
  const refused: RefusedItem[] = [];
  let above = day !== undefined && 'at' in day ? day : undefined;
  for (const draft of drafts) {
    const date = dateOf(draft, above);
    const fault = faultOf(draft, date, broken);
    if (fault !== undefined) refused.push(fault);
    else stories.push(storyOf(draft, date as ReadMoment | undefined, about));
    if (date !== undefined && 'at' in date) above = date;
  }
  return { title: masthead, format: 'news page (text)', stories, refused };
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

function faultOf(
  draft: Draft,
  date: DateReading | undefined,
  broken: DecodedText['broken'],
): RefusedItem | undefined {
  const place = `line ${draft.first}`;
  const byte = broken.find(({ line }) => line >= draft.first && line <= draft.last);
  if (byte !== undefined) {
    const hex = byte.byte.toString(16).toUpperCase().padStart(2, '0');
    return { place: `line ${byte.line}`, reason: `not UTF-8 (byte ${hex}); save the file as UTF-8` };
  }
  if (draft.headline === null) return { place, reason: draft.fault ?? 'no headline' };
  if (date !== undefined && 'fault' in date) {
    const line = draft.dates[0]?.line ?? draft.dateline?.line ?? draft.first;
    return { place: `line ${line}`, reason: date.fault };
  }
  if (draft.paragraphs.length === 0 && draft.url === null) {
    return { place, reason: 'only a headline: no text and no link' };
  }
  return undefined;
}

function storyOf(draft: Draft, date: ReadMoment | undefined, about: DocumentAbout): RawStory {
  const headline = lineOfText(draft.headline).replace(/\s*[:：]$/u, '');
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
