import { sql } from 'kysely';
import type { Db } from '../../../src/database/connect.ts';
import { isPostgres } from '../../../src/database/dialect.ts';

/** Makes the one edition as it was before it went out, so that it can be sent once more. */
export async function rewind(db: Db): Promise<void> {
  if (isPostgres(db)) {
    // What is only deleted stays in its tables, and slows the next run.
    await sql`truncate deliveries, batches cascade`.execute(db);
    await sql`vacuum analyze editions, senders, in_flight, paces, places`.execute(db);
  } else {
    await db.deleteFrom('deliveries').execute();
    await db.deleteFrom('batches').execute();
    await sql`pragma wal_checkpoint(truncate)`.execute(db);
  }
  await db
    .updateTable('editions')
    .set({ state: 'approved', frozen_to: null, frozen_at_id: 0, frozen_revision: null })
    .execute();
}
