import cron, { type Logger } from 'node-cron';
import { noteClockEnd } from './clock-end.ts';
import type { Context } from './context.ts';

/**
 * Something that happens by the clock. A job looks at what is due and not done, so that running it twice, at once
 * in two processes, or after a pause does no harm: one run at the start makes up for all that were missed.
 */
export interface Job {
  /** Five cron fields in UTC; a sixth in front means seconds. */
  schedule: string;
  /** `signal` is aborted when the program stops: finish what is begun, begin nothing new. */
  run: (context: Context, signal: AbortSignal) => Promise<void>;
}

export interface Scheduler {
  /** No further run begins; waits for those that are under way. */
  stop: () => Promise<void>;
}

/** Runs `jobs` now and then by the clock, each by its name, until stopped. Several schedulers may share one database. */
export function startScheduler(context: Context, jobs: Record<string, Job>): Scheduler {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<unknown>>();
  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
    return tracked;
  };
  const tasks = Object.entries(jobs).map(([name, job]) =>
    cron.schedule(job.schedule, ({ date }) => track(runOnce(context, name, date.getTime(), job, signal)), {
      name,
      timezone: 'UTC',
      noOverlap: true,
      distributed: true,
      // Its key is `name:instant`.
      runCoordinator: {
        shouldRun: (key) => track(elect(context, name, Date.parse(key.slice(name.length + 1)))),
      },
      logger: loggerFor(context, name),
    }),
  );
  for (const [name, job] of Object.entries(jobs)) track(runAtStart(context, name, job, signal));
  return {
    stop: async () => {
      await Promise.all(tasks.map((task) => task.destroy()));
      stopping.abort();
      await noteClockEnd(context).catch((error) =>
        context.log.error({ err: error }, 'The end of the clock could not be noted'),
      );
      // An election that is still under way may be followed by a run, which then finds itself stopped.
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** What became due while nothing ran does not wait for its next time. Never throws. */
async function runAtStart(context: Context, name: string, job: Job, signal: AbortSignal): Promise<void> {
  const at = context.now().epochMilliseconds;
  try {
    if (!(await elect(context, name, at))) return;
  } catch (error) {
    context.log.error({ job: name, err: error }, 'The clock failed');
    return;
  }
  await runOnce(context, name, at, job, signal);
}

/** The row (job, at) elects one of several schedulers: whoever inserts it runs. */
async function elect({ db, now }: Context, job: string, at: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows: claimed } = await db
    .insertInto('job_runs')
    .values({ job, at, started_at: now().epochMilliseconds })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return claimed === 1n;
}

function loggerFor({ log }: Context, job: string): Logger {
  return {
    info: (message) => log.debug({ job }, message),
    debug: (message) => log.debug({ job }, String(message)),
    // A run that takes longer than its interval, or a tick that came late, is caught up by the next one.
    warn: (message) => log.debug({ job }, message),
    error: (message, error) => log.error({ job, cause: String(error ?? message) }, 'The clock failed'),
  };
}

/** Never throws: a failing job is logged and noted, and runs again at its next time. */
async function runOnce(
  context: Context,
  name: string,
  at: number,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const { db, now, log } = context;
  const failure = await job.run(context, signal).then(
    () => null,
    (error: unknown) => {
      log.error({ job: name, err: error }, `Job ${name} failed`);
      return error instanceof Error ? error.message : String(error);
    },
  );
  try {
    await db
      .updateTable('job_runs')
      .set({ finished_at: now().epochMilliseconds, error: failure })
      .where('job', '=', name)
      .where('at', '=', at)
      .execute();
  } catch (error) {
    log.error({ job: name, err: error }, `The end of the task ${name} could not be noted`);
  }
}
