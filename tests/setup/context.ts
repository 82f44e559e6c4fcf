import { readConfig } from '../../src/config.ts';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { createLog } from '../../src/log.ts';

export const TEST_SECRET = 'secret-of-the-tests-32-letters-long';

/** A context on `db` with a silent log, a clock that stands at `now`, and settings as `env` would give them. */
export function testContext(
  db: Db,
  {
    env = {},
    now = '2026-11-24T07:00:00Z',
  }: { env?: NodeJS.ProcessEnv; now?: string | (() => Temporal.Instant) } = {},
): Context {
  const at = typeof now === 'string' ? Temporal.Instant.from(now) : null;
  return {
    db,
    ...readConfig({ SECRET_KEY: TEST_SECRET, PUBLIC_URL: 'https://news.example', ...env }, '/'),
    now: typeof now === 'function' ? now : () => at as Temporal.Instant,
    log: createLog('silent', { pretty: false }),
  };
}
