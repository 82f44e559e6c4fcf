/** A line of a news page and what it is by its looks alone. */
export interface Line {
  kind: LineKind;
  /** What counts of it: the name of a byline, the address of a link, the words of a title. */
  text: string;
  /** Where it begins and ends in the file, from 1. */
  number: number;
  last: number;
  /** Blank lines above it. */
  gap: number;
}

export type LineKind =
  /** "More news": further stories follow. */
  | 'more'
  /** A rule or "ENDS": a story is over. */
  | 'rule'
  /** The name of a section that we know. */
  | 'label'
  /** A section's name that is underlined: it holds for all stories below. */
  | 'heading'
  /** "Headline: …": a headline without doubt. */
  | 'headline'
  /** A few words without the end of a sentence: a headline, a label, a heading, a deck. */
  | 'title'
  | 'date'
  | 'byline'
  /** "Source: …" */
  | 'source'
  /** An agency's name alone: "PTI", "Theo TTXVN", "-- IANS". */
  | 'credit'
  | 'url'
  | 'bullet'
  /** A paragraph that begins with a place and a day, or an agency. */
  | 'dateline'
  | 'prose';
