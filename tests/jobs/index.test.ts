import { readdirSync } from 'node:fs';
import cron from 'node-cron';
import { expect, test } from 'vitest';
import { jobs } from '../../jobs/index.ts';

test('every file of jobs/ is run, under its own name, at times that can be understood', () => {
  const files = readdirSync(new URL('../../jobs/', import.meta.url)).filter((name) => name.endsWith('.ts'));
  const expected = files.filter((name) => name !== 'index.ts').map((name) => name.replace('.ts', ''));
  expect(Object.keys(jobs).sort()).toEqual(expected.sort());
  for (const [name, job] of Object.entries(jobs)) expect(cron.validate(job.schedule), name).toBe(true);
});
