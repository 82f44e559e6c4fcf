import { setTimeout } from 'node:timers/promises';
import { pendingMigrations } from '../../database/migrate.ts';
import { NONCE, proofOf } from '../../installation.ts';
import type { AddRoutes, Site } from '../site.ts';

/** A database that takes longer than this to answer is not ready, ms. */
const PATIENCE = 3000;

/**
 * `/healthz`: this process lives; asked with a nonce, it proves that it has the SECRET_KEY of who asks, so that
 * `broadsheet check` takes no other server for it. `/readyz`: it can serve: its database answers and is up to date.
 */
export const addHealth: AddRoutes = (app, site) => {
  app.get<{ Querystring: { nonce?: unknown } }>('/healthz', async (request, reply) => {
    const { nonce } = request.query;
    const { secretKey } = site.secrets;
    const asked = typeof nonce === 'string' && NONCE.test(nonce) && secretKey !== null;
    return reply
      .header('cache-control', 'no-store')
      .send({ alive: true, ...(asked ? { proof: proofOf(secretKey, nonce) } : {}) });
  });

  app.get('/readyz', async (_request, reply) => {
    const why = await whyNotReady(site);
    return reply
      .code(why === null ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(why === null ? { ready: true } : { ready: false, why });
  });
};

/** null when all is well. The cause goes to the log: it may name hosts. */
async function whyNotReady({ db, log }: Site): Promise<string | null> {
  const done = new AbortController();
  const late = setTimeout(PATIENCE, 'late' as const, { signal: done.signal });
  late.catch(() => {});
  try {
    const pending = await Promise.race([pendingMigrations(db), late]);
    if (pending === 'late') return 'the database does not answer';
    return pending.length === 0 ? null : 'the database is not up to date: run  broadsheet migrate';
  } catch (error) {
    log.warn(
      { error: error instanceof Error ? error.message : String(error) },
      'the database does not answer',
    );
    return 'the database does not answer';
  } finally {
    done.abort();
  }
}
