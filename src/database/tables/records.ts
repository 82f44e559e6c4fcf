import type { Generated } from 'kysely';

/** Who did what to what: append-only. */
export interface AuditTable {
  id: Generated<number>;
  who: string;
  /** `edition.approved`, `newsletter.changed`, … */
  what: string;
  /** What it was done to: `morning/2026-11-24`. */
  subject: string;
  at: number;
  /** JSON or null. */
  before: string | null;
  after: string | null;
}

/** A log of the clock's ticks. Its unique (job, at) also elects one scheduler; no other right rests on it. */
export interface JobRunTable {
  job: string;
  /** ms UTC of the tick. */
  at: number;
  started_at: number;
  finished_at: number | null;
  error: string | null;
}

/** What the database remembers of its installation: `public_url`, `secret_fingerprint`, `suppression_key`, … */
export interface SettingTable {
  name: string;
  value: string;
}

/** Something that is, or was, wrong with the running of the system; `alerts/` finds it and tells of it. */
export interface ProblemTable {
  /** What it is about, the same each time it is found: `source:12`, `relay`. */
  name: string;
  subject: string;
  /** What is wrong, and what to do. */
  text: string;
  /** ms UTC at which it was first seen this time. */
  since: number;
  /** ms UTC at which ALERT_TO was told that it is wrong; null: not yet. */
  told_at: number | null;
  /** ms UTC at which it was no longer found; null: it is still so. */
  over_at: number | null;
}
