import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { Pace } from '../../../src/delivery/limits/pace.ts';
import { onEachDatabase } from '../../setup/databases.ts';

const RATE = 100;
/** Only refills: nobody waits for a message. */
const atOnce = AbortSignal.abort();

onEachDatabase((database) => {
  /** Senders of one relay, on a clock that moves when told. */
  async function senders(count: number) {
    const { db } = await database.create();
    let now = 1_000_000;
    const clocks = { own: () => now, database: () => sql<number>`${sql.lit(now)}` };
    const paces = Array.from({ length: count }, () => new Pace(db, 'relay', RATE, clocks));
    /** Lets `ms` pass; `busy` senders use nothing of it. @returns when messages left. */
    const pass = async (ms: number, busy = false): Promise<number[]> => {
      const left: number[] = [];
      for (const end = now + ms; now < end; now += 5) {
        for (const pace of paces) {
          if (pace.low) await pace.ready(atOnce);
          const messages = busy ? 0 : pace.available();
          pace.take(messages);
          for (let n = 0; n < messages; n++) left.push(now);
        }
      }
      return left;
    };
    const set = (by: number) => {
      now += by;
    };
    return { db, pass, set };
  }

  test('neither one sender nor two together give a relay more than its rate, also after all lines were busy', async () => {
    for (const count of [1, 2]) {
      const { pass } = await senders(count);
      expect((await pass(2_000)).length).toBeGreaterThan(RATE * 1.6);
      await pass(3_000, true);
      const left = await pass(2_000);
      expect(left.length).toBeGreaterThan(RATE * 1.6);
      for (const start of left) {
        const within = left.filter((at) => at >= start && at < start + 1_000).length;
        // A slice whose last moment has come may leave whole 100 ms later: 80 and 100 ms.
        expect(within).toBeLessThanOrEqual(RATE * 1.18 + 1);
      }
    }
  });

  test('two senders of a rate that neither reaches take as much as each of them would alone', async () => {
    const { db } = await database.create();
    const silent = new AbortController();
    const use = async (pace: Pace, until: number) => {
      let left = 0;
      while (performance.now() < until) {
        if (pace.low) await pace.ready(silent.signal);
        const messages = Math.min(20, pace.available());
        pace.take(messages);
        left += messages;
        // What a round trip to the relay takes.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return left;
    };
    const paces = [1, 2].map(() => new Pace(db, 'relay', 100_000));
    const alone = await use(paces[0] as Pace, performance.now() + 400);
    const together = await Promise.all(paces.map((pace) => use(pace, performance.now() + 400)));
    // Each has at least two thirds of what it had alone: they do not take turns.
    for (const left of together) expect(left).toBeGreaterThan(alone * 0.66);
  });

  test('a clock that is set back stops nobody', async () => {
    const { db, pass } = await senders(1);
    await pass(1_000);
    await db
      .updateTable('paces')
      .set((eb) => ({ taken_until: eb('taken_until', '+', 3_600_000) }))
      .execute();
    expect((await pass(1_500)).length).toBeGreaterThan(RATE);
  });
});
