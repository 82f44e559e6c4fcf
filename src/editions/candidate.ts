/** A stored story as selection sees it. Times in ms UTC. */
export interface Candidate {
  id: number;
  code: string;
  headline: string;
  section: string | null;
  language: string | null;
  clusterId: number | null;
  sourceId: number;
  sourceName: string;
  sourceTags: string[];
  sourceWeight: number;
  /** Whose report it is: its credit, else its source's name. */
  voice: string;
  hasPicture: boolean;
  /** Whether it can be opened: a link under "More news" is nothing else. */
  hasLink: boolean;
  /** false: its source gives no date, and `publishedAt` is when it reached us. */
  isDated: boolean;
  publishedAt: number;
  /** First stored. */
  createdAt: number;
  changedAt: number | null;
  withdrawnAt: number | null;
}

/** Why a story is in or out: a closed set, stored and explained by `why`. */
export type Reason =
  | 'lead'
  | 'section'
  | 'more'
  | 'same_event'
  | 'source_full'
  | 'no_link'
  | 'below'
  | 'carried'
  | 'later'
  | 'older'
  | 'other_section'
  | 'no_section'
  | 'other_source'
  | 'language'
  | 'withdrawn';

/** The factors of a score, and what the reason refers to. */
export interface Parts {
  /** Age at the slot, ms, and what it leaves of the score. */
  age: number;
  fresh: number;
  source: string;
  weight: number;
  /** How many voices report the event, and what that multiplies by. */
  reports: number;
  event: number;
  /** Left out where no editor pinned it. */
  pin?: number;
  picture: boolean;
  /** same_event: the story that stands for it. */
  standsFor?: string;
  /** carried: what was carried, in which edition (its name and slot, ms UTC). carried in though: developed since. */
  carriedAs?: { code: string; edition: string; slotAt: number };
  /** below: the last score that got in, and how many stand between (0: next in line). */
  last?: number;
  ahead?: number;
}

export interface Verdict {
  storyId: number;
  code: string;
  section: string | null;
  verdict: 'in' | 'out';
  reason: Reason;
  score: number;
  parts: Parts;
}
