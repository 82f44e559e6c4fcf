import { sql } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import type { Context } from '../../context.ts';
import { type Db, noticingSilence } from '../../database/connect.ts';
import type { Served, Unwanted } from '../batches.ts';
import type { Handout, OfferedBatch } from '../handout.ts';

const QUEUE = 'broadsheet_batches';
/** How often every due open batch is offered again, ms: what was lost on the way is late by so much at most. */
const SWEEP_EVERY = 60_000;
/** Jobs a call: others want some too. */
const MOST = 8;

interface Job {
  batchId: number;
}

/**
 * pg-boss hands batches to the senders of several machines: one job a batch, in a group per edition and lane, sent in the
 * transaction that makes the batch. A job is settled as soon as it is fetched: whether its batch can be had is told
 * by the batch's row, and what goes wrong after that is mended by the sweep. (A job could not be the lease: one
 * abandoned three times is never handed out again, and a late owner's settling closes the new owner's.)
 */
export async function pgBossHandout(
  { db, secrets, log }: Pick<Context, 'db' | 'secrets' | 'log'>,
  { sweepEvery = SWEEP_EVERY } = {},
): Promise<Handout> {
  const boss = new PgBoss({
    connectionString: secrets.databaseUrl,
    max: 2,
    schedule: false,
    ...noticingSilence(),
  });
  boss.on('error', (error) => log.error({ cause: String(error) }, 'Handing out batches failed'));
  await boss.start();
  // `short`: at most one job a batch waits, however often it is offered.
  await boss.createQueue(QUEUE, { policy: 'short', retryLimit: 0, deleteAfterSeconds: 3_600 });
  let sweptAt = Number.NEGATIVE_INFINITY;

  async function offer(to: Db, batches: OfferedBatch[]): Promise<void> {
    if (batches.length === 0) return;
    const jobs = batches.map(({ batchId, editionId, lane, dueAt }) => ({
      data: { batchId },
      singletonKey: String(batchId),
      startAfter: new Date(dueAt),
      group: { id: groupOf(editionId, lane) },
    }));
    await boss.insert(QUEUE, jobs, { db: fromKysely(to) });
  }

  async function sweep(now: Temporal.Instant): Promise<void> {
    const batches = await db
      .selectFrom('batches')
      .innerJoin('editions', 'editions.id', 'batches.edition_id')
      .select([
        'batches.id as batchId',
        'batches.edition_id as editionId',
        'batches.lane',
        'batches.due_at as dueAt',
      ])
      .where('batches.state', '=', 'open')
      .where('batches.due_at', '<=', now.epochMilliseconds)
      .where('editions.state', '=', 'sending')
      .execute();
    await offer(db, batches);
  }

  return {
    offer,
    due: async (now, { served: others, closedLanes }) => {
      if (performance.now() - sweptAt > sweepEvery) {
        sweptAt = performance.now();
        await sweep(now);
      }
      const found: number[] = [];
      const served = [...others];
      while (found.length < MOST) {
        const ignoreGroups = await groupsToSkip(db, { served, closedLanes });
        const [job] = await boss.fetch<Job>(QUEUE, { ignoreGroups, includeMetadata: true });
        if (job === undefined) break;
        await boss.complete(QUEUE, { id: job.id, retryCount: job.retryCount });
        found.push(job.data.batchId);
        const own = await servedBy(db, job.data.batchId);
        if (own !== undefined) served.push(own);
      }
      return found;
    },
    [Symbol.asyncDispose]: () => boss.stop({ graceful: false }),
  };
}

/**
 * Groups with something open that is not to be sent now: their edition does not go out, or not yet (its audience is
 * still being frozen), or it is not wanted. A hint is gone once it is fetched.
 */
async function groupsToSkip(db: Db, { served, closedLanes }: Unwanted): Promise<string[]> {
  const rows = await db
    .selectFrom('batches')
    .innerJoin('editions', 'editions.id', 'batches.edition_id')
    .select(['editions.id', 'batches.lane'])
    .distinct()
    // In the words of the partial index `batches_due`.
    .where(sql<boolean>`batches.state <> 'done'`)
    .where((eb) =>
      eb.or([
        eb('editions.state', '<>', 'sending'),
        ...(closedLanes.length > 0 ? [eb('batches.lane', 'in', closedLanes)] : []),
        ...served.map(({ newsletterId, lane }) =>
          eb.and([eb('editions.newsletter_id', '=', newsletterId), eb('batches.lane', '=', lane)]),
        ),
      ]),
    )
    .execute();
  return rows.map(({ id, lane }) => groupOf(id, lane));
}

function groupOf(editionId: number, lane: string): string {
  return `${editionId} ${lane}`;
}

function servedBy(db: Db, batchId: number): Promise<Served | undefined> {
  return db
    .selectFrom('batches')
    .innerJoin('editions', 'editions.id', 'batches.edition_id')
    .select(['editions.newsletter_id as newsletterId', 'batches.lane'])
    .where('batches.id', '=', batchId)
    .executeTakeFirst();
}
