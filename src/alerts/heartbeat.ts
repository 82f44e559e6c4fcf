import type { Context } from '../context.ts';
import { guardedFetch } from '../sources/guarded-fetch.ts';
import { endedEditions } from './ended-well.ts';
import type { Problem } from './problems.ts';

/**
 * Fetches HEARTBEAT_URL when, since the last time, an edition of the schedule ended well. A service
 * such as healthchecks.io then rings when a morning's mail did not go out, even if this whole machine is gone.
 * @returns what is wrong with the address, if anything; it is tried again at the next call.
 */
export async function beat(
  context: Pick<Context, 'db' | 'config' | 'now' | 'log'>,
  signal: AbortSignal,
): Promise<Problem | null> {
  const { db, config, now, log } = context;
  if (config.heartbeatUrl === null) return null;
  const since = await readMark(context);
  if (since === null) {
    // What ended before the address was set is no news.
    await writeMark(context, now().epochMilliseconds);
    return null;
  }
  const ended = await endedEditions(db, since);
  if (ended.length === 0) return null;
  if (ended.some(({ well }) => well)) {
    try {
      await guardedFetch(config.heartbeatUrl, { config, within: 15_000, mostBytes: 1_000_000, signal });
      log.debug('Heartbeat');
    } catch (error) {
      signal.throwIfAborted();
      return {
        name: 'heartbeat',
        subject: 'The heartbeat address does not answer',
        text: `Editions went out all the same. ${error instanceof Error ? error.message : String(error)}`,
      };
    }
  }
  await writeMark(context, Math.max(...ended.map((edition) => edition.endedAt)));
  return null;
}

/** ms UTC of the last end that was looked at. */
const MARK = 'heartbeat_at';

async function readMark({ db }: Pick<Context, 'db'>): Promise<number | null> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', MARK).executeTakeFirst();
  return row === undefined ? null : Number(row.value);
}

async function writeMark({ db }: Pick<Context, 'db'>, at: number): Promise<void> {
  const value = String(at);
  await db
    .insertInto('settings')
    .values({ name: MARK, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}
