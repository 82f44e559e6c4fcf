import cron, { type ScheduledTask } from 'node-cron';
import type { Context } from './context.ts';

/**
 * Something that happens by the clock. A job looks at what is due and not done, so that running it twice, at once
 * in two processes, or after a pause does no harm: node-cron makes up for no run that was missed, and need not.
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

/** Runs `jobs` by the clock, each by its name, until stopped. Several schedulers may share one database. */
export function startScheduler(context: Context, jobs: Record<string, Job>): Scheduler {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const tasks = Object.entries(jobs).map(([name, job]) =>
    schedule(context, name, job, (at) => {
      const run = runOnce(context, name, at, job, stopping.signal);
      running.add(run);
      return run.finally(() => running.delete(run));
    }),
  );
  return {
    stop: async () => {
      await Promise.all(tasks.map((task) => task.destroy()));
      stopping.abort();
      await Promise.all(running);
    },
  };
}

function schedule(
  { db, now, log }: Context,
  name: string,
  job: Job,
  run: (at: number) => Promise<void>,
): ScheduledTask {
  return cron.schedule(job.schedule, ({ date }) => run(date.getTime()), {
    name,
    timezone: 'UTC',
    noOverlap: true,
    distributed: true,
    runCoordinator: {
      /** The row (job, at) elects one of several schedulers: whoever inserts it runs. */
      shouldRun: async (key) => {
        const at = Date.parse(key.slice(name.length + 1));
        const { numInsertedOrUpdatedRows: claimed } = await db
          .insertInto('job_runs')
          .values({ job: name, at, started_at: now().epochMilliseconds })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        return claimed === 1n;
      },
    },
    logger: {
      info: (message) => log.debug({ job: name }, message),
      debug: (message) => log.debug({ job: name }, String(message)),
      // A run that takes longer than its interval, or a tick that came late, is caught up by the next one.
      warn: (message) => log.debug({ job: name }, message),
      error: (message, error) =>
        log.error({ job: name, cause: String(error ?? message) }, 'The clock failed'),
    },
  });
}

/** Never throws: a failing job is logged and noted, and runs again at its next time. */
async function runOnce(
  context: Context,
  name: string,
  at: number,
  job: Job,
  signal: AbortSignal,
): Promise<void> {
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
    log.error({ job: name, err: error }, `The end of job ${name} could not be noted`);
  }
}
