import { sql } from 'kysely';
import type { Db } from '../../src/database/connect.ts';
import { isPostgres } from '../../src/database/dialect.ts';

/** Who holds what while nothing goes on. */
export async function standstill(db: Db): Promise<object> {
  return {
    edition: await db.selectFrom('editions').select(['state', 'state_note']).execute(),
    senders: await db.selectFrom('senders').select(['id', 'pid']).execute(),
    places: await db.selectFrom('places').select(['name', 'number', 'sender_id']).execute(),
    batches: await db
      .selectFrom('batches')
      .select(['id', 'lane', 'state', 'sender_id', 'epoch'])
      .where('state', '=', 'claimed')
      .execute(),
    inFlight: await db.selectFrom('in_flight').selectAll().execute(),
    lanes: await db.selectFrom('lanes').selectAll().execute(),
    asked: isPostgres(db) ? await asked(db) : [],
  };
}

/** What PostgreSQL is asked by others, and what that waits for. */
async function asked(db: Db): Promise<unknown[]> {
  const { rows } =
    await sql`select pid, state, wait_event_type, wait_event, pg_blocking_pids(pid) as blocked_by,
    round(extract(epoch from clock_timestamp() - state_change)::numeric, 1)::float as seconds, left(query, 80) as query
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(db);
  return rows;
}
