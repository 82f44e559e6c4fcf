import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { onEachDatabase } from '../setup/databases.ts';
import type { Case } from './cases.ts';
import { prepare } from './databases.ts';
import { clockJumps, diskFull, killed, relayDies, silentCommits, stopped } from './incidents.ts';
import { runTrial, type Trial } from './trial.ts';

/** `npm run prove` in small: its telling incidents, with few readers and seeds that stay. */
const PEOPLE = 300;

onEachDatabase((database) => {
  async function tried(trial: Omit<Case, 'name' | 'what'>, senders: number, seed: number): Promise<Trial> {
    const { url } = await database.create();
    await prepare(url, PEOPLE);
    const folder = mkdtempSync(join(tmpdir(), 'broadsheet-prove-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const log = join(folder, 'senders.log');
    const options = { databaseUrl: url, people: PEOPLE, senders, seed, answersAfter: 8 };
    const result = await runTrial({ name: 'small', what: 'in the suite', ...trial }, options, log);
    expect(result.faults, readFileSync(log, 'utf8')).toEqual([]);
    return result;
  }

  test('two senders, one killed, the relay away, the disk full, the clock set, refusals: it all adds up', async () => {
    const result = await tried(
      {
        incidents: [killed, relayDies, diskFull, clockJumps],
        shares: {
          'no such user': 0.02,
          'mailbox full': 0.03,
          greylisted: 0.03,
          'local error': 0.03,
          closing: 0.01,
        },
      },
      2,
      11,
    );
    expect(result).toMatchObject({ people: PEOPLE, lost: 0, unknown: 0 });
    expect(result.sent + result.refused).toBe(PEOPLE);
    expect(result.refused).toBeGreaterThan(3);
    expect(result.looks).toBeGreaterThan(3);
  }, 60_000);

  test('held in doubt: whoever had no answer gets no second copy', async () => {
    const result = await tried(
      {
        incidents: [killed, stopped, ...(database.kind === 'postgres' ? [silentCommits] : [])],
        shares: { 'dropped and kept': 0.01, 'dropped and lost': 0.01, 'nonsense for a message': 0.01 },
        env: { IN_DOUBT: 'hold' },
      },
      1,
      12,
    );
    expect(result).toMatchObject({ lost: 0, doubles: 0, mostCopies: 1 });
    expect(result.unknown).toBe(result.inDoubt);
    expect(result.unknown).toBeGreaterThan(2);
  }, 60_000);
});
