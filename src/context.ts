import type { Config, Secrets } from './config.ts';
import { connect, type Db } from './database/connect.ts';
import type { Handout } from './delivery/handout.ts';
import { createLog, type Log } from './log.ts';

/** What the effects of every stage are given: built once per process, passed in, never global. */
export interface Context {
  db: Db;
  config: Config;
  secrets: Secrets;
  /** The clock; tests give their own. */
  now: () => Temporal.Instant;
  log: Log;
  /** Tells the senders of several machines what is due; absent: each looks for itself. */
  handout?: Handout;
}

export interface OpenContext extends Context, AsyncDisposable {}

/** Opens the database and the log that `config` and `secrets` name; `await using` closes them. */
export function openContext(
  settings: { config: Config; secrets: Secrets },
  { now = () => Temporal.Now.instant(), log = createLog(settings.config.logLevel) } = {},
): OpenContext {
  const db = connect(settings.secrets.databaseUrl);
  return { ...settings, db, now, log, [Symbol.asyncDispose]: () => db.destroy() };
}
