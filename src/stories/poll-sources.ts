import { asSentence } from '../as-sentence.ts';
import type { Context } from '../context.ts';
import { type PollReport, pollRow, type SourceRow } from './poll.ts';

/** Hosts asked at once. Each is asked for one thing at a time. */
const HOSTS_AT_ONCE = 6;
/** Due sources taken at one tick; the next takes the others. */
const MOST_DUE = 200;
/** A process that took a source and died has lost it after so long: more than reading one ever takes. */
const CLAIM = 10 * 60_000;

/**
 * Polls every source that is due: several hosts at once, each for one source after the other. What goes wrong with one
 * source is in its report, and costs no other.
 */
export async function pollDueSources(context: Context, signal?: AbortSignal): Promise<PollReport[]> {
  const reports: PollReport[] = [];
  await byHost(await listDue(context), async (source) => {
    if (signal?.aborted) return false;
    const report = await pollClaimed(context, source, signal);
    if (report !== undefined) reports.push(report);
    // Another process is at this host; what it leaves is still due at the next tick.
    return report !== undefined;
  });
  return reports;
}

/**
 * Polls these sources whether they are due or not, as pollDueSources does: a slow one holds up only its own host.
 * @param onReport hears of each as it ends. @returns the reports in the order of `sources`.
 */
export async function pollSources(
  context: Context,
  sources: SourceRow[],
  { signal, onReport }: { signal?: AbortSignal; onReport?: (report: PollReport) => void } = {},
): Promise<PollReport[]> {
  const reports = new Map<number, PollReport>();
  await byHost(sources, async (source) => {
    signal?.throwIfAborted();
    const report = await pollRow(context, source, { signal });
    reports.set(source.id, report);
    onReport?.(report);
    return true;
  });
  return sources.flatMap(({ id }) => reports.get(id) ?? []);
}

/** Does `work` on several hosts at once, on one source of each at a time; false leaves the rest of that host. */
async function byHost(sources: SourceRow[], work: (source: SourceRow) => Promise<boolean>): Promise<void> {
  const hosts = Map.groupBy(sources, ({ kind, url }) =>
    kind === 'folder' ? url : (URL.parse(url)?.host ?? url),
  );
  const waiting = [...hosts.values()];
  const worker = async () => {
    for (let own = waiting.shift(); own !== undefined; own = waiting.shift()) {
      for (const source of own) if (!(await work(source))) break;
    }
  };
  await Promise.all(Array.from({ length: HOSTS_AT_ONCE }, worker));
}

/** Polls a source unless another process has taken it; undefined then, and when we are stopped. Throws for nothing. */
async function pollClaimed(
  context: Context,
  source: SourceRow,
  signal: AbortSignal | undefined,
): Promise<PollReport | undefined> {
  try {
    return (await claim(context, source)) ? await pollRow(context, source, { signal }) : undefined;
  } catch (error) {
    if (signal?.aborted) return undefined;
    context.log.error({ source: source.name, err: error }, 'A source could not be polled');
    const message = asSentence(`It could not be polled: ${error instanceof Error ? error.message : error}`);
    const { id, name } = source;
    return { source: { id, name }, stories: null, older: 0, error: message, nextPollAt: source.next_poll_at };
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
