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
