import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { SourceTable } from '../database/tables/sources.ts';
import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { decodeMarkup } from '../sources/decode.ts';
import { type FetchedDocument, guardedFetch } from '../sources/guarded-fetch.ts';
import { feedLinks } from '../sources/page-links.ts';
import { readApart } from '../sources/read-apart.ts';
import { type PollReport, pollSource } from './poll.ts';

export interface NewSource {
  /** A web address, or the path of a folder (absolute). */
  url: string;
  name?: string | undefined;
  section?: string | undefined;
  tags?: string[] | undefined;
  /** Multiplies the score of its stories; 1 is ordinary. */
  weight?: number | undefined;
  language?: string | undefined;
}

export interface AddedSource {
  source: Selectable<SourceTable>;
  /** The page on which its feed was found; null when the feed's own address was given. */
  foundOn: string | null;
  poll: PollReport;
}

/**
 * Adds a source and reads it for the first time. A page that offers a feed stands for its feed.
 * @throws RefusedError when it cannot be read, is there already, or its name is taken; nothing is stored then.
 */
export async function addSource(
  context: Context,
  given: NewSource,
  signal?: AbortSignal,
): Promise<AddedSource> {
  const { db, now } = context;
  await refuseKnown(db, given.url);
  const found = isFolder(given.url) ? folderAt(given.url) : await findFeed(context, given.url, signal);
  if (found.url !== given.url) await refuseKnown(db, found.url);
  const name = given.name ?? (await freeName(db, found.title));
  await refuseTaken(db, name);
  const source = await db
    .insertInto('sources')
    .values({
      name,
      kind: found.kind,
      url: found.url,
      tags: JSON.stringify(given.tags ?? []),
      section: given.section ?? null,
      language: given.language ?? null,
      weight: given.weight ?? 1,
      next_poll_at: now().epochMilliseconds,
      created_at: now().epochMilliseconds,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const poll = await pollSource(context, source.id, { signal, fetched: found.fetched }).catch(
    async (error: unknown) => {
      await remove(db, source.id);
      throw error;
    },
  );
  if (poll.error !== null) {
    await remove(db, source.id);
    throw new RefusedError(poll.error);
  }
  return { source, foundOn: found.foundOn, poll };
}

interface Found {
  kind: string;
  url: string;
  title: string;
  foundOn: string | null;
  /** What stands at `url`; of a folder, nothing. */
  fetched?: FetchedDocument;
}

function isFolder(url: string): boolean {
  return !/^[a-z][a-z+.-]*:\/\//i.test(url) && /^(?:[/\\]|[A-Za-z]:[\\/])/.test(url);
}

function folderAt(path: string): Found {
  const title = path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
  return { kind: 'folder', url: path, title, foundOn: null };
}

async function findFeed({ config, now }: Context, url: string, signal?: AbortSignal): Promise<Found> {
  const answer = await guardedFetch(url, { config, signal });
  const read = await readFetched(answer, now());
  const title = read.title ?? new URL(answer.url).hostname.replace(/^www\./, '');
  if (read.format !== 'HTML page')
    return { kind: 'feed', url: answer.movedTo ?? url, title, foundOn: null, fetched: answer };
  const [feed] = feedLinks(decodeMarkup(answer.bytes, answer.contentType), answer.url);
  if (feed === undefined) return { kind: 'page', url, title, foundOn: null, fetched: answer };
  const found = await guardedFetch(feed.url, { config, signal });
  const { title: itself } = await readFetched(found, now());
  return {
    kind: 'feed',
    url: found.movedTo ?? feed.url,
    title: itself ?? title,
    foundOn: url,
    fetched: found,
  };
}

function readFetched({ bytes, url, contentType }: FetchedDocument, now: Temporal.Instant) {
  return readApart(bytes, { name: url, url, contentType, now });
}

async function refuseKnown(db: Db, url: string): Promise<void> {
  const known = await db.selectFrom('sources').select('name').where('url', '=', url).executeTakeFirst();
  if (known !== undefined) throw new RefusedError(`${maskUrl(url)} is there already, as “${known.name}”.`);
}

async function refuseTaken(db: Db, name: string): Promise<void> {
  const taken = await db.selectFrom('sources').select('url').where('name', '=', name).executeTakeFirst();
  if (taken !== undefined) {
    throw new RefusedError(
      `There is already a source called “${name}” (${maskUrl(taken.url)}). Give this one another name: --name`,
    );
  }
}

/** A site's sections often have feeds of the same title: the later ones are told apart by a number. */
async function freeName(db: Db, title: string): Promise<string> {
  const name = title.slice(0, 100);
  for (let number = 1; ; number++) {
    const tried = number === 1 ? name : `${name} ${number}`;
    const taken = await db.selectFrom('sources').select('id').where('name', '=', tried).executeTakeFirst();
    if (taken === undefined) return tried;
  }
}

async function remove(db: Db, id: number): Promise<void> {
  await db.deleteFrom('stories').where('source_id', '=', id).execute();
  await db.deleteFrom('sources').where('id', '=', id).execute();
}
