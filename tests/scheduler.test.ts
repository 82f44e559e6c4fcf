import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { openContext } from '../src/context.ts';
import { createLog } from '../src/log.ts';
import { type Job, startScheduler } from '../src/scheduler.ts';
import { onEachDatabase, sqlite } from './setup/databases.ts';

const EVERY_SECOND = '* * * * * *';

onEachDatabase((database) => {
  test('two schedulers at once run each tick once, and a failing job is noted and runs again', async () => {
    const { db, url } = await database.create();
    const ran: Record<string, number[]> = { one: [], other: [] };
    const jobs = (name: string): Record<string, Job> => ({
      count: {
        schedule: EVERY_SECOND,
        run: async () => {
          ran[name]?.push(Math.floor(Temporal.Now.instant().epochMilliseconds / 1000));
        },
      },
      fail: {
        schedule: EVERY_SECOND,
        run: async () => {
          throw new Error('the disk is full');
        },
      },
    });
    const one = startScheduler(open(url), jobs('one'));
    const other = startScheduler(open(url), jobs('other'));
    await pause(2200);
    await Promise.all([one.stop(), other.stop()]);

    const seconds = [...(ran.one ?? []), ...(ran.other ?? [])].sort();
    expect(seconds.length).toBeGreaterThanOrEqual(2);
    expect(new Set(seconds).size).toBe(seconds.length);
    const rows = await db.selectFrom('job_runs').selectAll().orderBy('at').execute();
    expect(rows.filter(({ job }) => job === 'count')).toHaveLength(seconds.length);
    const failed = rows.filter(({ job }) => job === 'fail');
    expect(failed.length).toBeGreaterThanOrEqual(2);
    expect(failed.every((row) => row.error === 'the disk is full' && row.finished_at !== null)).toBe(true);
  });
});

test('a stop tells the jobs, waits for those that run, and lets none begin', async () => {
  const { db, url } = await sqlite.create();
  const events: string[] = [];
  const scheduler = startScheduler(open(url), {
    slow: {
      schedule: EVERY_SECOND,
      run: async (_context, signal) => {
        events.push('began');
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => setTimeout(resolve, 50)));
        events.push('ended');
      },
    },
  });
  await expect.poll(() => events.length, { timeout: 3000 }).toBe(1);
  await scheduler.stop();
  expect(events).toEqual(['began', 'ended']);
  await pause(1100);
  expect(events).toEqual(['began', 'ended']);
  expect(await db.selectFrom('job_runs').select('error').execute()).toEqual([{ error: null }]);
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
