import { type ExpressionBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import type { Schema } from '../database/schema.ts';
import { EVENT_SPAN, EventIndex, type Report } from './event-index.ts';
import { BEGINNING, type Terms, termsOf } from './similarity.ts';

interface Story {
  id: number;
  source_id: number;
  credit: string | null;
  cluster_id: number | null;
  url: string | null;
  guid: string;
  headline: string;
  description: string | null;
  body: string;
  published_at: number;
}

/** Stories grouped with one reading of their recent past. */
const AT_ONCE = 1000;
/** At most so many recent stories are compared with: some days of a large newsroom. */
const MOST_RECENT = 2000;
/** Stories of an archive are compared with what came before them, and hardly with what came later. */
const AHEAD = 2 * 24 * 3_600_000;
/** Below SQLite's limit of bound values. */
const LIST = 500;

/**
 * Puts each story into the cluster of the event that it reports, or into a new one. What an editor decided holds;
 * a story at the same address, or with the same worldwide identity, joins at once; the others by likeness to the
 * stories of the days around them. A story that already has company stays where it is.
 * Reads only those days, whatever the database holds. Call it inside the transaction that stored the stories.
 */
export async function assignClusters(tx: Db, storyIds: readonly number[]): Promise<void> {
  // Two imports at once would each begin a cluster for one event; SQLite lets only one write anyway.
  if (isPostgres(tx)) await sql`select pg_advisory_xact_lock(hashtext('broadsheet clusters'))`.execute(tx);
  const touched = new Set<number>();
  let known = new Map<number, Terms>();
  for (const ids of slices(await inOrder(tx, storyIds), AT_ONCE)) {
    known = await groupStories(tx, await readStories(tx, ids), { known, touched });
  }
  await keepTimes(tx, [...touched]);
}

/** The keys by time of appearance. */
async function inOrder(tx: Db, ids: readonly number[]): Promise<number[]> {
  const rows: { id: number; published_at: number }[] = [];
  for (const some of slices(ids)) {
    rows.push(
      ...(await tx.selectFrom('stories').select(['id', 'published_at']).where('id', 'in', some).execute()),
    );
  }
  return rows.sort((a, b) => a.published_at - b.published_at || a.id - b.id).map(({ id }) => id);
}

async function readStories(tx: Db, ids: readonly number[]): Promise<Story[]> {
  const stories: Story[] = [];
  for (const some of slices(ids)) {
    stories.push(...(await selectStories(tx).where('id', 'in', some).execute()));
  }
  return stories.sort((a, b) => a.published_at - b.published_at || a.id - b.id);
}

function selectStories(tx: Db) {
  return tx
    .selectFrom('stories')
    .select([
      'id',
      'source_id',
      'credit',
      'cluster_id',
      'url',
      'guid',
      'headline',
      'description',
      'published_at',
    ])
    .select(sql<string>`substr(body, 1, ${sql.lit(BEGINNING)})`.as('body'));
}

interface Run {
  /** Words of stories that were compared just before, by story. */
  known: ReadonlyMap<number, Terms>;
  /** Clusters whose times may have changed. */
  touched: Set<number>;
}

/** @returns the words of all stories that were compared. */
async function groupStories(tx: Db, stories: Story[], { known, touched }: Run): Promise<Map<number, Terms>> {
  const mine = new Set(stories.map((story) => story.id));
  const recent = (await readRecent(tx, stories)).filter((story) => !mine.has(story.id));
  const clusterOf = await readAddresses(tx, stories);
  const decisions = await readDecisions(tx, stories);
  for (const story of recent) note(clusterOf, story, story.cluster_id);
  const compared = new Map<number, Terms>();
  const reportOf = (story: Story): Report => {
    const terms = known.get(story.id) ?? termsOf(story);
    compared.set(story.id, terms);
    return { voice: voiceOf(story), at: story.published_at, terms };
  };
  const index = new EventIndex(recent.map((story) => ({ ...reportOf(story), clusterId: story.cluster_id })));

  for (const story of stories) {
    const decided = decisions.get(story.id);
    const not = decided?.not ?? new Set<number>();
    const report = reportOf(story);
    const stays = story.cluster_id !== null && !not.has(story.cluster_id) ? story.cluster_id : undefined;
    const clusterId =
      decided?.same ??
      (stays !== undefined && (await hasCompany(tx, story)) ? stays : undefined) ??
      identitiesOf(story)
        .map((identity) => clusterOf.get(identity))
        .find((id) => id !== undefined && !not.has(id)) ??
      index.nearest(report, not) ??
      stays ??
      (await beginCluster(tx, story));
    if (clusterId !== story.cluster_id) await moveStory(tx, story, clusterId);
    if (story.cluster_id !== null) touched.add(story.cluster_id);
    touched.add(clusterId);
    note(clusterOf, story, clusterId);
    index.add(report, clusterId);
  }
  return compared;
}

/** Grouped stories of the days around these, the latest ones when there are too many. */
async function readRecent(tx: Db, stories: Story[]): Promise<(Story & { cluster_id: number })[]> {
  const first = stories[0]?.published_at ?? 0;
  const last = stories.at(-1)?.published_at ?? 0;
  const rows = await selectStories(tx)
    .where('published_at', '>=', first - EVENT_SPAN)
    .where('published_at', '<=', last + AHEAD)
    .where('cluster_id', 'is not', null)
    .where('withdrawn_at', 'is', null)
    .orderBy('published_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MOST_RECENT)
    .execute();
  return rows.reverse() as (Story & { cluster_id: number })[];
}

/** Clusters of stories at the same addresses, however old. */
async function readAddresses(tx: Db, stories: Story[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const mine = new Set(stories.map((story) => story.id));
  const urls = stories.flatMap((story) => story.url ?? []);
  for (const some of slices(urls)) {
    const rows = await tx
      .selectFrom('stories')
      .select(['id', 'url', 'cluster_id'])
      .where('url', 'in', some)
      .where('cluster_id', 'is not', null)
      .orderBy('id')
      .execute();
    for (const { id, url, cluster_id } of rows) {
      if (url !== null && cluster_id !== null && !mine.has(id)) found.set(url, cluster_id);
    }
  }
  return found;
}

interface Decided {
  same: number | undefined;
  not: Set<number>;
}

async function readDecisions(tx: Db, stories: Story[]): Promise<Map<number, Decided>> {
  const decisions = new Map<number, Decided>();
  for (const some of slices(stories.map((story) => story.id))) {
    const rows = await tx
      .selectFrom('cluster_decisions')
      .selectAll()
      .where('story_id', 'in', some)
      .orderBy('at')
      .execute();
    for (const row of rows) {
      const decided = decisions.get(row.story_id) ?? { same: undefined, not: new Set<number>() };
      if (row.verdict === 'same') decided.same = row.cluster_id;
      else decided.not.add(row.cluster_id);
      decisions.set(row.story_id, decided);
    }
  }
  return decisions;
}

async function hasCompany(tx: Db, story: Story): Promise<boolean> {
  const other = await tx
    .selectFrom('stories')
    .select('id')
    .where('cluster_id', '=', story.cluster_id)
    .where('id', '!=', story.id)
    .limit(1)
    .executeTakeFirst();
  return other !== undefined;
}

async function beginCluster(tx: Db, story: Story): Promise<number> {
  const { id } = await tx
    .insertInto('clusters')
    .values({ first_at: story.published_at, last_at: story.published_at })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx.updateTable('clusters').set({ thread_id: id }).where('id', '=', id).execute();
  return id;
}

async function moveStory(tx: Db, story: Story, clusterId: number): Promise<void> {
  await tx.updateTable('stories').set({ cluster_id: clusterId }).where('id', '=', story.id).execute();
}

/** Sets the times of clusters from their stories, and drops those that lost their last one. */
async function keepTimes(tx: Db, clusterIds: number[]): Promise<void> {
  for (const some of slices(clusterIds)) {
    await tx
      .deleteFrom('clusters')
      .where('id', 'in', some)
      .where(
        'id',
        'not in',
        tx.selectFrom('cluster_decisions').select('cluster_id').where('cluster_id', 'in', some),
      )
      .where((eb) => eb.not(eb.exists(storiesOfCluster(eb).select('stories.id'))))
      .execute();
    await tx
      .updateTable('clusters')
      .set((eb) => ({
        first_at: eb.fn.coalesce(earliest(eb), 'first_at'),
        last_at: eb.fn.coalesce(latest(eb), 'last_at'),
      }))
      .where('id', 'in', some)
      .execute();
  }
}

type InCluster = ExpressionBuilder<Schema, 'clusters'>;

function storiesOfCluster(eb: InCluster) {
  return eb.selectFrom('stories').whereRef('stories.cluster_id', '=', 'clusters.id');
}

function earliest(eb: InCluster) {
  return storiesOfCluster(eb).select((story) => story.fn.min('stories.published_at').as('at'));
}

function latest(eb: InCluster) {
  return storiesOfCluster(eb).select((story) => story.fn.max('stories.published_at').as('at'));
}

function note(clusterOf: Map<string, number>, story: Story, clusterId: number): void {
  for (const identity of identitiesOf(story)) clusterOf.set(identity, clusterId);
}

/** Its address, and its guid where that is unique in the world (RFC 4287 4.2.6: an IRI) and not a counter. */
function identitiesOf({ url, guid }: Story): string[] {
  const identities = /^(?:https?:\/\/|urn:|tag:)/.test(guid) ? [guid] : [];
  return url === null ? identities : [url, ...identities];
}

/** Whom it credits, else where it stands: one source may carry the stories of many papers. */
function voiceOf({ credit, url, source_id }: Story): string {
  const host = url === null ? undefined : URL.parse(url)?.hostname;
  return (credit ?? host ?? `source ${source_id}`).toLowerCase();
}

function* slices<T>(values: readonly T[], length = LIST): Generator<T[]> {
  for (let from = 0; from < values.length; from += length) yield values.slice(from, from + length);
}
