import { expect, onTestFinished, test } from 'vitest';
import { gatherFacts } from '../src/alerts/facts.ts';
import { clockRuns } from '../src/alerts/parts.ts';
import { readConfig } from '../src/config.ts';
import { openContext } from '../src/context.ts';
import { createLog } from '../src/log.ts';
import { type Job, startScheduler } from '../src/scheduler.ts';
import { onEachDatabase, sqlite } from './setup/databases.ts';

const EVERY_SECOND = '* * * * * *';

onEachDatabase((database) => {
  test('two schedulers at once run each tick once, and a failing job is noted and runs again', async () => {
    const { db, url } = await database.create();
    let ran = 0;
    const jobs: Record<string, Job> = {
      count: {
        schedule: EVERY_SECOND,
        run: async () => {
          ran += 1;
        },
      },
      fail: {
        schedule: EVERY_SECOND,
        run: async () => {
          throw new Error('the disk is full');
        },
      },
    };
    const schedulers = [startScheduler(open(url), jobs), startScheduler(open(url), jobs)];
    const finished = async (job: string) => {
      const rows = await db.selectFrom('job_runs').selectAll().where('job', '=', job).execute();
      return rows.filter((row) => row.finished_at !== null);
    };
    await expect.poll(async () => (await finished('count')).length, { timeout: 10_000 }).toBeGreaterThan(1);
    await expect.poll(async () => (await finished('fail')).length, { timeout: 10_000 }).toBeGreaterThan(1);
    await Promise.all(schedulers.map((scheduler) => scheduler.stop()));

    // A row is a tick of the clock, whoever ran it: a second run of the same tick would count without one.
    expect((await finished('count')).length).toBe(ran);
    expect((await finished('fail')).every(({ error }) => error === 'the disk is full')).toBe(true);
  });
});

test('a stop tells the jobs, waits for those that run, and lets none begin', async () => {
  const { db, url } = await sqlite.create();
  const events: string[] = [];
  const context = open(url);
  const scheduler = startScheduler(context, {
    slow: {
      schedule: EVERY_SECOND,
      run: async (_context, signal) => {
        events.push('began');
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 50)));
        events.push('ended');
      },
    },
  });
  await expect.poll(() => events.length, { timeout: 10_000 }).toBe(1);
  expect(clockRuns(await gatherFacts(context))).toBe(true);
  await scheduler.stop();
  expect(clockRuns(await gatherFacts(context))).toBe(false);
  expect(events).toEqual(['began', 'ended']);
  await pause(1100);
  expect(events).toEqual(['began', 'ended']);
  expect(await db.selectFrom('job_runs').select('error').execute()).toEqual([{ error: null }]);
});

test('what became due while nothing ran is seen to at the start, not at the next time', async () => {
  const { db, url } = await sqlite.create();
  let ran = 0;
  const scheduler = startScheduler(open(url), {
    yearly: {
      schedule: '17 3 29 2 *',
      run: async () => {
        ran += 1;
      },
    },
  });
  const noted = () => db.selectFrom('job_runs').select('finished_at').execute();
  await expect.poll(async () => (await noted())[0]?.finished_at).toBeGreaterThan(0);
  await scheduler.stop();
  expect(ran).toBe(1);
});

function open(databaseUrl: string) {
  const settings = readConfig({ DATABASE_URL: databaseUrl }, '/');
  const context = openContext(settings, { log: createLog('silent', { pretty: false }) });
  onTestFinished(() => context[Symbol.asyncDispose]());
  return context;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
