import { type ExpressionBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import type { Schema } from '../database/schema.ts';
import { EVENT_SPAN, EventIndex, type Report } from './event-index.ts';
import { BEGINNING, type Terms, termsOf } from './similarity.ts';

interface Story {
  id: number;
  source_id: number;
  cluster_id: number | null;
  url: string | null;
  guid: string;
  headline: string;
  description: string | null;
  body: string;
  published_at: number;
}

/** Stories grouped with one reading of their recent past. */
const AT_ONCE = 400;
/** At most so many recent stories are compared with: some days of a large newsroom. */
const MOST_RECENT = 3000;
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
  const stories = await readStories(tx, storyIds);
  const terms = new Map<number, Terms>();
  const touched = new Set<number>();
  for (let from = 0; from < stories.length; from += AT_ONCE) {
    await groupStories(tx, stories.slice(from, from + AT_ONCE), { terms, touched });
  }
  await keepTimes(tx, [...touched]);
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
    .select(['id', 'source_id', 'cluster_id', 'url', 'guid', 'headline', 'description', 'published_at'])
    .select(sql<string>`substr(body, 1, ${sql.lit(BEGINNING)})`.as('body'));
}

interface Run {
  /** Words of the stories read so far, by story. */
  terms: Map<number, Terms>;
  /** Clusters whose times may have changed. */
  touched: Set<number>;
}

async function groupStories(tx: Db, stories: Story[], { terms, touched }: Run): Promise<void> {
  const mine = new Set(stories.map((story) => story.id));
  const recent = (await readRecent(tx, stories)).filter((story) => !mine.has(story.id));
  const clusterOf = await readAddresses(tx, stories);
  const decisions = await readDecisions(tx, stories);
  for (const story of recent) note(clusterOf, story, story.cluster_id);
  const index = new EventIndex(
    recent.map((story) => ({ ...reportOf(story, terms), clusterId: story.cluster_id })),
  );

  for (const story of stories) {
    const decided = decisions.get(story.id);
    const not = decided?.not ?? new Set<number>();
    const report = reportOf(story, terms);
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

/** Its words are counted once in a run. */
function reportOf(story: Story, terms: Map<number, Terms>): Report {
  const words = terms.get(story.id) ?? termsOf(story);
  terms.set(story.id, words);
  return { sourceId: story.source_id, at: story.published_at, terms: words };
}

function* slices<T>(values: readonly T[]): Generator<T[]> {
  for (let from = 0; from < values.length; from += LIST) yield values.slice(from, from + LIST);
}
