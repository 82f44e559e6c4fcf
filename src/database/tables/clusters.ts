import type { Generated } from 'kysely';

/** Stories that report the same event. */
export interface ClusterTable {
  id: Generated<number>;
  /** The first cluster of the development this one continues; its own id when it begins one. */
  thread_id: number | null;
  /** ms UTC of its earliest and latest story. */
  first_at: number;
  last_at: number;
}

/** What an editor said about a story and an event, remembered over any later grouping. */
export interface ClusterDecisionTable {
  story_id: number;
  cluster_id: number;
  verdict: 'same' | 'not';
  decided_by: string;
  at: number;
}
