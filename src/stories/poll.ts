import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { SourceTable } from '../database/tables/sources.ts';
import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { FetchFailure } from '../sources/fetch-failure.ts';
import { guardedFetch } from '../sources/guarded-fetch.ts';
import type { KindTools } from '../sources/kind.ts';
import { kindOf } from '../sources/kinds/index.ts';
import { nextPollAt, type PollOutcome } from '../sources/poll-times.ts';
import { readApart } from '../sources/read-apart.ts';
import { recentOnly, type SinceWhen } from './first-window.ts';
import { type ImportReport, storeStories } from './import.ts';

type SourceRow = Selectable<SourceTable>;

/** What became of one poll. */
export interface PollReport {
  source: { id: number; name: string };
  /** null: nothing has changed, or it failed. */
  stories: ImportReport | null;
  /** Stories left out because they were published before the source was added. */
  older: number;
  /** Why it failed, for the operator; null when it went well. */
  error: string | null;
}

/** Hosts asked at once. Each is asked for one thing at a time. */
const HOSTS_AT_ONCE = 6;
/** Due sources taken at one tick; the next takes the others. */
const MOST_DUE = 200;
/** A process that took a source and died has lost it after so long: more than reading one ever takes. */
const CLAIM = 10 * 60_000;

/**
 * Reads one source now and stores what is new, and when to ask it next. A source that cannot be read is no error:
 * the report and its row say why.
 * @throws RefusedError when there is no such source, or nobody polls its kind.
 */
export async function pollSource(
  context: Context,
  sourceId: number,
  signal?: AbortSignal,
): Promise<PollReport> {
  const { db } = context;
  const source = await db.selectFrom('sources').selectAll().where('id', '=', sourceId).executeTakeFirst();
  if (source === undefined) throw new RefusedError(`There is no source number ${sourceId}.`);
  if (source.kind === 'file')
    throw new RefusedError(
      `“${source.name}” is imported from files: nothing to poll. Use broadsheet import.`,
    );
  return poll(context, source, signal);
}

/**
 * Polls every source that is due: several hosts at once, each for one source after the other. What goes wrong with one
 * source is in its report, and costs no other.
 */
export async function pollDueSources(context: Context, signal?: AbortSignal): Promise<PollReport[]> {
  const hosts = Map.groupBy(await listDue(context), ({ kind, url }) =>
    kind === 'folder' ? url : (URL.parse(url)?.host ?? url),
  );
  const waiting = [...hosts.values()];
  const reports: PollReport[] = [];
  const work = async () => {
    for (let sources = waiting.shift(); sources !== undefined; sources = waiting.shift()) {
      for (const source of sources) {
        if (signal?.aborted) return;
        const report = await pollClaimed(context, source, signal);
        // Another process is at this host; what it leaves is still due at the next tick.
        if (report === undefined) break;
        reports.push(report);
      }
    }
  };
  await Promise.all(Array.from({ length: HOSTS_AT_ONCE }, work));
  return reports;
}

/** Polls a source unless another process has taken it; undefined then, and when we are stopped. Throws for nothing. */
async function pollClaimed(
  context: Context,
  source: SourceRow,
  signal: AbortSignal | undefined,
): Promise<PollReport | undefined> {
  try {
    return (await claim(context, source)) ? await poll(context, source, signal) : undefined;
  } catch (error) {
    if (signal?.aborted) return undefined;
    context.log.error({ source: source.name, err: error }, 'A source could not be polled');
    const message = `It could not be polled: ${error instanceof Error ? error.message : error}.`;
    return { source: { id: source.id, name: source.name }, stories: null, older: 0, error: message };
  }
}

function listDue({ db, now }: Context): Promise<SourceRow[]> {
  return db
    .selectFrom('sources')
    .selectAll()
    .where('next_poll_at', '<=', now().epochMilliseconds)
    .orderBy('next_poll_at')
    .limit(MOST_DUE)
    .execute();
}

/** Puts off the next poll of a source when its turn has come, so that no other process takes it as well. */
async function claim({ db, now }: Context, source: SourceRow): Promise<boolean> {
  const claimed = await db
    .updateTable('sources')
    .set({ next_poll_at: now().epochMilliseconds + CLAIM })
    .where('id', '=', source.id)
    .where('next_poll_at', '=', source.next_poll_at)
    .executeTakeFirst();
  return claimed.numUpdatedRows === 1n;
}

async function poll(
  context: Context,
  source: SourceRow,
  signal: AbortSignal | undefined,
): Promise<PollReport> {
  const { db, now, log } = context;
  const about = { source: { id: source.id, name: source.name } };
  try {
    const reading = await kindOf(source.kind).read(
      { url: source.url, etag: source.etag, lastModified: source.last_modified, language: source.language },
      toolsFor(context, source, signal),
    );
    const { read, older } =
      reading.read === null ? { read: null, older: 0 } : recentOnly(reading.read, sinceOf(source), now());
    const stories = read === null ? null : await storeStories(db, source, read, now());
    const news = (stories?.new ?? 0) + (stories?.changed ?? 0) > 0;
    await noteMove(context, source, reading.movedTo ?? null);
    await noteSuccess(context, source, {
      etag: reading.etag,
      lastModified: reading.lastModified,
      stories,
      news,
    });
    if (news)
      log.info(
        {
          source: source.name,
          new: stories?.new,
          changed: stories?.changed,
          refused: stories?.refused.length,
        },
        'Stories came in',
      );
    return { ...about, stories, older, error: null };
  } catch (error) {
    if (signal?.aborted) {
      await release(context, source);
      throw error;
    }
    const message =
      error instanceof RefusedError
        ? error.message
        : `It could not be read: ${error instanceof Error ? error.message : error}.`;
    const outcome: PollOutcome = {
      kind: 'failed',
      failures: source.failures + 1,
      retryAfter: error instanceof FetchFailure ? error.retryAfter : null,
    };
    const gone = error instanceof FetchFailure && error.gone;
    await noteFailure(context, source, message, outcome, gone);
    log.warn(
      {
        source: source.name,
        url: maskUrl(source.url),
        ...(error instanceof RefusedError ? {} : { err: error }),
      },
      message,
    );
    return { ...about, stories: null, older: 0, error: message };
  }
}

/** Stopped by us: the source keeps its time, and is polled at the next start. */
async function release({ db }: Context, source: SourceRow): Promise<void> {
  await db
    .updateTable('sources')
    .set({ next_poll_at: source.next_poll_at })
    .where('id', '=', source.id)
    .execute();
}

function sinceOf({ kind, created_at, polled_at }: SourceRow): SinceWhen {
  return { addedAt: kind === 'folder' ? null : created_at, first: polled_at === null };
}

function toolsFor(
  { db, config, now }: Context,
  source: SourceRow,
  signal: AbortSignal | undefined,
): KindTools {
  return {
    read: (bytes, about) => readApart(bytes, about, { signal }),
    fetch: (url, since) => guardedFetch(url, { config, signal, ...(since ?? {}) }),
    known: async (urls) => {
      const rows = await db
        .selectFrom('stories')
        .select('url')
        .where('source_id', '=', source.id)
        .where('url', 'in', urls)
        .execute();
      return new Set(rows.flatMap(({ url }) => (url === null ? [] : [url])));
    },
    now: now(),
  };
}

/** A feed that has moved for good is asked at its new address from now on, unless another source is asked there. */
async function noteMove({ db, log }: Context, source: SourceRow, url: string | null): Promise<void> {
  if (url === null || url === source.url) return;
  const moved = await db
    .updateTable('sources')
    .set({ url })
    .where('id', '=', source.id)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('sources as other').select('other.id').where('other.url', '=', url))),
    )
    .executeTakeFirst();
  if (moved.numUpdatedRows === 1n)
    log.info({ source: source.name, from: maskUrl(source.url), to: maskUrl(url) }, 'A source has moved');
}

async function noteSuccess(
  { db, now }: Context,
  source: SourceRow,
  {
    etag,
    lastModified,
    stories,
    news,
  }: { etag: string | null; lastModified: string | null; stories: ImportReport | null; news: boolean },
): Promise<void> {
  const interval = source.polled_at === null ? null : Math.max(0, now().epochMilliseconds - source.polled_at);
  await db
    .updateTable('sources')
    .set({
      etag,
      last_modified: lastModified,
      polled_at: now().epochMilliseconds,
      next_poll_at: nextPollAt(now(), interval, { kind: news ? 'news' : 'nothing' }),
      failures: 0,
      last_error: nothingTaken(stories),
    })
    .where('id', '=', source.id)
    .execute();
}

/** A source of which nothing at all can be taken is read well and still useless: its operator should know. */
function nothingTaken(stories: ImportReport | null): string | null {
  const [first] = stories?.refused ?? [];
  if (stories === null || first === undefined || stories.new + stories.changed + stories.unchanged > 0)
    return null;
  return `All ${stories.refused.length} items were refused; the first: ${first.place}: ${first.reason}.`;
}

async function noteFailure(
  { db, now }: Context,
  source: SourceRow,
  message: string,
  outcome: PollOutcome & { kind: 'failed' },
  gone: boolean,
): Promise<void> {
  await db
    .updateTable('sources')
    .set({
      polled_at: source.polled_at,
      next_poll_at: gone ? null : nextPollAt(now(), null, outcome),
      failures: outcome.failures,
      last_error: message,
    })
    .where('id', '=', source.id)
    .execute();
}
