import type { EditionKind, EditionState, Place } from '../database/tables/editions.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';

/** One state of an edition's content with everything a message needs: what every later stage reads. */
export interface Revision {
  newsletter: Newsletter;
  edition: {
    id: number;
    /** `morning/2026-11-24`. */
    name: string;
    kind: EditionKind;
    rhythm: string | null;
    state: EditionState;
    /** ms UTC. */
    slotAt: number;
  };
  number: number;
  /** null: the automatic form, made when a message is composed (`messages/automatic.ts`). */
  subject: string | null;
  preheader: string | null;
  greeting: string | null;
  /** In order of position: lead, stories by section, briefs, more. */
  items: RevisionItem[];
}

export interface RevisionItem {
  storyId: number;
  code: string;
  place: Place;
  /** The section it belongs to, also for the lead and "More news": readers choose by it. */
  section: string | null;
  position: number;
  headline: string;
  /** Plain text; empty under "More news". */
  summary: string;
  pinned: boolean;
  url: string | null;
  /** Shown under the story: its credit, else its source's name. */
  sourceName: string;
  /** Names of other sources that report the same event. */
  alsoReportedBy: string[];
  byline: string | null;
  language: string | null;
  publishedAt: number;
  /** Words of the whole story, for its reading time. */
  words: number;
  picture: { url: string; alt: string | null; credit: string | null } | null;
}
