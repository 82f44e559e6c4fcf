import type { Generated } from 'kysely';

export type SectionBy = 'label' | 'source' | 'guess' | 'editor';

export type SummaryBy = 'editor' | 'feed' | 'extract' | 'model';

export interface StoryTable {
  id: Generated<number>;
  /** Four or more letters and digits that people type: `k7q2`. Unique. */
  code: string;
  source_id: number;
  /** The source's own identity of the story; unique within the source. */
  guid: string;
  /** Canonical link, or null for a story that stands only in a mailed release. */
  url: string | null;
  headline: string;
  section: string | null;
  section_by: SectionBy | null;
  /** BCP 47. */
  language: string | null;
  dateline: string | null;
  byline: string | null;
  /** Who is named as the origin ("Source: …"), else null and the source's name is shown. */
  credit: string | null;
  /** ms UTC. */
  published_at: number;
  /** 1: its source gives no date, and published_at is when it reached us. */
  undated: Generated<number>;
  /** Plain text, paragraphs separated by a blank line. */
  body: string;
  /** The source's own description, as plain text; null when it has none. */
  description: string | null;
  picture_url: string | null;
  picture_alt: string | null;
  picture_credit: string | null;
  /** An editor's or the feed's whole-prose summary; null: extracted when an edition is made. */
  summary: string | null;
  summary_by: SummaryBy | null;
  cluster_id: number | null;
  /** SHA-256 hex over what the source said, to tell changed from unchanged. */
  digest: string;
  created_at: number;
  /** ms UTC of the last change by its source. */
  changed_at: number | null;
  corrected_at: number | null;
  withdrawn_at: number | null;
}
