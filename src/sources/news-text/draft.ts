import type { DateReading } from '../dates.ts';

/** A story while its lines are gathered. */
export interface Draft {
  /** Lines of the file that it stands on, from 1. */
  first: number;
  last: number;
  /** null: none was found; it is refused with `fault`. */
  headline: string | null;
  /** Why it cannot be taken, as a sentence part. */
  fault: string | null;
  section: string | null;
  dates: { reading: DateReading; text: string; line: number }[];
  byline: string | null;
  credit: string | null;
  /** A link on a line of its own, and how many paragraphs stand above it. */
  url: { text: string; after: number } | null;
  dateline: { text: string; date: DateReading | undefined; line: number } | null;
  paragraphs: string[];
}

/** A story that begins at `line`. */
export function newDraft(line: number, headline: string | null): Draft {
  return {
    first: line,
    last: line,
    headline,
    fault: null,
    section: null,
    dates: [],
    byline: null,
    credit: null,
    url: null,
    dateline: null,
    paragraphs: [],
  };
}
