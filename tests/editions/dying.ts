import type { KyselyPlugin } from 'kysely';
import type { Db } from '../../src/database/connect.ts';

/** What a process that dies leaves behind: nothing of its open transaction, and everything before it. */
export class Died extends Error {}

/** `db` as a process sees it that dies when it is about to run its query number `count` (from 1). */
function dyingAt(db: Db, count: number): Db {
  let queries = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      queries += 1;
      if (queries >= count) throw new Died(`died at query ${queries}`);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return db.withPlugin(plugin);
}

/**
 * Runs `work` again and again, each time dying one query later, until it gets through.
 * @returns how often it died.
 */
export async function dyingEverywhere(db: Db, work: (db: Db) => Promise<void>): Promise<number> {
  for (let count = 1; ; count += 1) {
    try {
      await work(dyingAt(db, count));
      return count - 1;
    } catch (error) {
      if (!causedByDeath(error)) throw error;
    }
  }
}

function causedByDeath(error: unknown): boolean {
  return error instanceof Died || (error instanceof AggregateError && error.errors.every(causedByDeath));
}
