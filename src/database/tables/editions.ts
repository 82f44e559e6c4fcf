import type { Generated } from 'kysely';

export const EDITION_STATES = [
  'draft',
  'approved',
  'held',
  'sending',
  'paused',
  'sent',
  'skipped',
  'cancelled',
] as const;
export type EditionState = (typeof EDITION_STATES)[number];

export type PausedReason = 'person' | 'approval' | 'lint' | 'refusals' | 'stale' | 'relay' | 'restored';

/** Why an edition was skipped. `alerts/ended-well.ts` says which of them are as it should be. */
export type SkippedReason =
  | 'nothing_new'
  | 'few_stories'
  | 'schedule_changed'
  | 'switched_off'
  | 'not_approved'
  | 'held'
  | 'not_running';

export type EditionKind = 'scheduled' | 'special' | 'correction';

/** What a newsletter says at one slot of one rhythm. Only functions in `editions/` change `state`. */
export interface EditionTable {
  id: Generated<number>;
  newsletter_id: number;
  kind: EditionKind;
  /** null for special editions. */
  rhythm: string | null;
  /** ms UTC. Unique with newsletter and rhythm for scheduled editions: that row is the right to the slot. */
  slot_at: number;
  /** `2026-11-24`, or `2026-11-24T1800` where a day has several; unique within the newsletter. */
  name: string;
  state: EditionState;
  paused_reason: PausedReason | null;
  /** Set when it is skipped; `state_note` says the same in words. */
  skipped_reason: SkippedReason | null;
  /** Why it is held, paused, skipped or stopped, in the words of who did it. */
  state_note: string | null;
  /** Who moved it to its present state (`Mai`, or `broadsheet`), and when (ms UTC). */
  state_by: string | null;
  state_at: number;
  revision: Generated<number>;
  approved_revision: number | null;
  approved_by: string | null;
  approved_at: number | null;
  /** 1 once a person changed it: selection then only suggests. */
  touched: Generated<number>;
  corrects_edition_id: number | null;
  /** Stories published or changed in [window_from, window_to) were looked at (ms UTC). */
  window_from: number;
  window_to: number;
  /** ms UTC; selection is frozen since. */
  selected_at: number | null;
  /** ms UTC: the last moment of those at which editors are reminded that was claimed. */
  reminded_at: number | null;
  /** Highest subscription id of the audience while it is being frozen; null before. */
  frozen_to: number | null;
  /** The last subscription id that the freeze has done. */
  frozen_at_id: Generated<number>;
  /** The revision by which the freeze decides who has nothing in it; null before. */
  frozen_revision: number | null;
  created_at: number;
  sending_at: number | null;
  sent_at: number | null;
}

/** One state of an edition's content. Null texts take their automatic form when a message is composed. */
export interface RevisionTable {
  edition_id: number;
  number: number;
  subject: string | null;
  preheader: string | null;
  greeting: string | null;
  made_by: string;
  at: number;
}

export const PLACES = ['lead', 'story', 'brief', 'more'] as const;
export type Place = (typeof PLACES)[number];

export interface EditionItemTable {
  edition_id: number;
  revision: number;
  story_id: number;
  place: Place;
  /** The section it belongs to, also for the lead and "More news": readers choose by it. */
  section: string | null;
  /** 1 is the first of the edition. */
  position: number;
  headline: string;
  /** Plain text; empty for a link under "More news". */
  summary: string;
  pinned: Generated<number>;
}

/** What selection saw: the best and all that a rule threw out, with the reason. */
export interface EditionCandidateTable {
  edition_id: number;
  story_id: number;
  verdict: 'in' | 'out';
  /** A closed code of `editions/candidate.ts`: `older`, `same_event`, `carried`, … */
  reason: string;
  score: number;
  /** JSON: the factors of the score, and what the reason refers to. */
  parts: string;
}
