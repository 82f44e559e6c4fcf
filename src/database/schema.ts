import type { BounceTable } from './tables/bounces.ts';
import type { ClusterDecisionTable, ClusterTable } from './tables/clusters.ts';
import type {
  BatchTable,
  DeliveryTable,
  InFlightTable,
  LaneTable,
  NoticeTable,
  PacedHourTable,
  PaceTable,
  PlaceTable,
  SenderTable,
} from './tables/deliveries.ts';
import type {
  EditionCandidateTable,
  EditionItemTable,
  EditionTable,
  RevisionTable,
} from './tables/editions.ts';
import type { NewsletterTable } from './tables/newsletters.ts';
import type { AuditTable, JobRunTable, ProblemTable, SettingTable } from './tables/records.ts';
import type { SourceTable } from './tables/sources.ts';
import type { StoryTable } from './tables/stories.ts';
import type {
  ConsentTable,
  RefusalTable,
  SubscriberTable,
  SubscriptionTable,
  SuppressionTable,
} from './tables/subscribers.ts';

/**
 * The whole database, the same on SQLite and PostgreSQL.
 * Instants and counts are integers (ms UTC), booleans 0 and 1, JSON is text.
 */
export interface Schema {
  newsletters: NewsletterTable;
  sources: SourceTable;
  stories: StoryTable;
  clusters: ClusterTable;
  cluster_decisions: ClusterDecisionTable;
  editions: EditionTable;
  revisions: RevisionTable;
  edition_items: EditionItemTable;
  edition_candidates: EditionCandidateTable;
  subscribers: SubscriberTable;
  subscriptions: SubscriptionTable;
  consents: ConsentTable;
  suppressions: SuppressionTable;
  refusals: RefusalTable;
  deliveries: DeliveryTable;
  batches: BatchTable;
  senders: SenderTable;
  in_flight: InFlightTable;
  paces: PaceTable;
  paced_hours: PacedHourTable;
  places: PlaceTable;
  lanes: LaneTable;
  notices: NoticeTable;
  bounces: BounceTable;
  audit: AuditTable;
  job_runs: JobRunTable;
  problems: ProblemTable;
  settings: SettingTable;
}
