import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { postgres } from '../setup/databases.ts';

test('a connection to PostgreSQL that breaks while a transaction has it ends that transaction, not the process', async () => {
  const { db } = await postgres.create();
  const broken = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
    await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(db);
    // An error that nobody listens to is thrown on its own: the test would fail, and the program would end.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await sql`select 1`.execute(tx);
  });
  await expect(broken).rejects.toThrow();
  expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
});
