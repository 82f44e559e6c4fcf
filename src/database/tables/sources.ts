import type { Generated } from 'kysely';

export interface SourceTable {
  id: Generated<number>;
  name: string;
  /** The file in `sources/kinds/` that reads it: `feed`, `page`, `folder`, `file`. */
  kind: string;
  url: string;
  /** JSON: string[]. */
  tags: Generated<string>;
  section: string | null;
  language: string | null;
  /** Multiplies the score of its stories; 1 is ordinary. */
  weight: Generated<number>;
  etag: string | null;
  last_modified: string | null;
  /** ms UTC; null: never polled. */
  polled_at: number | null;
  /** ms UTC; null for sources that nobody polls (imported files). */
  next_poll_at: number | null;
  /** Failed polls in a row. */
  failures: Generated<number>;
  /** A sentence for the operator; null when the last poll went well. */
  last_error: string | null;
  created_at: number;
}
