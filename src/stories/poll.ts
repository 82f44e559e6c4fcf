import type { Selectable } from 'kysely';
import { asSentence } from '../as-sentence.ts';
import type { Context } from '../context.ts';
import type { SourceTable } from '../database/tables/sources.ts';
import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { FetchFailure } from '../sources/fetch-failure.ts';
import { type FetchedDocument, guardedFetch } from '../sources/guarded-fetch.ts';
import type { KindTools } from '../sources/kind.ts';
import { kindOf } from '../sources/kinds/index.ts';
import { nextPollAt, type PollOutcome } from '../sources/poll-times.ts';
import { readApart } from '../sources/read-apart.ts';
import { recentOnly, type SinceWhen } from './first-window.ts';
import { type ImportReport, storeStories } from './import.ts';

export type SourceRow = Selectable<SourceTable>;

/** What became of one poll. */
export interface PollReport {
  source: { id: number; name: string };
  /** null: nothing has changed, or it failed. */
  stories: ImportReport | null;
  /** Stories left out because they were published before the source was added. */
  older: number;
  /** Why it failed, for the operator; null when it went well. */
  error: string | null;
  /** ms UTC; null: never, it was taken down for good. */
  nextPollAt: number | null;
}

interface PollOptions {
  signal?: AbortSignal | undefined;
  /** The source's document, when it was fetched a moment ago: its server is not asked again. */
  fetched?: FetchedDocument | undefined;
}

/**
 * Reads one source now and stores what is new, and when to ask it next. A source that cannot be read is no error:
 * the report and its row say why.
 * @throws RefusedError when there is no such source, or nobody polls its kind.
 */
export async function pollSource(
  context: Context,
  sourceId: number,
  options: PollOptions = {},
): Promise<PollReport> {
  const { db } = context;
  const source = await db.selectFrom('sources').selectAll().where('id', '=', sourceId).executeTakeFirst();
  if (source === undefined) throw new RefusedError(`There is no source number ${sourceId}.`);
  if (source.kind === 'file')
    throw new RefusedError(
      `“${source.name}” is imported from files: nothing to poll. Use broadsheet import.`,
    );
  return pollRow(context, source, options);
}

/** As pollSource, for a source whose row is at hand. */
export async function pollRow(
  context: Context,
  source: SourceRow,
  { signal, fetched }: PollOptions = {},
): Promise<PollReport> {
  const { db, now, log } = context;
  const about = { source: { id: source.id, name: source.name } };
  try {
    const reading = await kindOf(source.kind).read(
      { url: source.url, etag: source.etag, lastModified: source.last_modified, language: source.language },
      toolsFor(context, source, { signal, fetched }),
    );
    const { read, older } =
      reading.read === null ? { read: null, older: 0 } : recentOnly(reading.read, sinceOf(source), now());
    const stories = read === null ? null : await storeStories(db, source, read, now());
    const news = (stories?.new ?? 0) + (stories?.changed ?? 0) > 0;
    await noteMove(context, source, reading.movedTo ?? null);
    const nextPollAt = await noteSuccess(context, source, {
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
    return { ...about, stories, older, error: null, nextPollAt };
  } catch (error) {
    if (signal?.aborted) {
      await release(context, source);
      throw error;
    }
    const message =
      error instanceof RefusedError
        ? error.message
        : asSentence(`It could not be read: ${error instanceof Error ? error.message : error}`);
    const outcome: PollOutcome = {
      kind: 'failed',
      failures: source.failures + 1,
      retryAfter: error instanceof FetchFailure ? error.retryAfter : null,
    };
    const gone = error instanceof FetchFailure && error.gone;
    const nextPollAt = await noteFailure(context, source, message, outcome, gone);
    log.warn(
      {
        source: source.name,
        url: maskUrl(source.url),
        ...(error instanceof RefusedError ? {} : { err: error }),
      },
      message,
    );
    return { ...about, stories: null, older: 0, error: message, nextPollAt };
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
  { signal, fetched }: PollOptions,
): KindTools {
  return {
    read: (bytes, about) => readApart(bytes, about, { signal }),
    fetch: async (url, since) =>
      fetched && url === source.url ? fetched : guardedFetch(url, { config, signal, ...(since ?? {}) }),
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
): Promise<number> {
  const interval = source.polled_at === null ? null : Math.max(0, now().epochMilliseconds - source.polled_at);
  const next = nextPollAt(now(), interval, { kind: news ? 'news' : 'nothing' });
  await db
    .updateTable('sources')
    .set({
      etag,
      last_modified: lastModified,
      polled_at: now().epochMilliseconds,
      next_poll_at: next,
      failures: 0,
      last_error: nothingTaken(stories),
    })
    .where('id', '=', source.id)
    .execute();
  return next;
}

/** A source of which nothing at all can be taken is read well and still useless: its operator should know. */
function nothingTaken(stories: ImportReport | null): string | null {
  const [first] = stories?.refused ?? [];
  if (stories === null || first === undefined || stories.new + stories.changed + stories.unchanged > 0)
    return null;
  const { length } = stories.refused;
  const which = length === 1 ? 'Its only item was refused' : `All ${length} items were refused; the first`;
  return asSentence(`${which}: ${first.place}: ${first.reason}`);
}

async function noteFailure(
  { db, now }: Context,
  source: SourceRow,
  message: string,
  outcome: PollOutcome & { kind: 'failed' },
  gone: boolean,
): Promise<number | null> {
  const next = gone ? null : nextPollAt(now(), null, outcome);
  await db
    .updateTable('sources')
    .set({
      polled_at: source.polled_at,
      next_poll_at: next,
      failures: outcome.failures,
      last_error: message,
    })
    .where('id', '=', source.id)
    .execute();
  return next;
}
