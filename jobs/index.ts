import type { Job } from '../src/scheduler.ts';
import * as ageDeliveries from './age-deliveries.ts';
import * as pollSources from './poll-sources.ts';
import * as prepareEditions from './prepare-editions.ts';
import * as prune from './prune.ts';
import * as readMailbox from './read-mailbox.ts';
import * as releaseEditions from './release-editions.ts';
import * as retryDeliveries from './retry-deliveries.ts';
import * as stopEditions from './stop-editions.ts';
import * as watch from './watch.ts';
import * as withdrawStories from './withdraw-stories.ts';

/** Everything that happens by the clock, by the name under which its runs are noted. */
export const jobs: Record<string, Job> = {
  'poll-sources': pollSources,
  'prepare-editions': prepareEditions,
  'release-editions': releaseEditions,
  'age-deliveries': ageDeliveries,
  'retry-deliveries': retryDeliveries,
  'stop-editions': stopEditions,
  'read-mailbox': readMailbox,
  'withdraw-stories': withdrawStories,
  watch,
  prune,
};
