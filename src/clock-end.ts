import type { Context } from './context.ts';
import type { Db } from './database/connect.ts';

/** ms UTC at which a clock last stopped in order. */
const NAME = 'clock_ended_at';

/** Writes down that this clock stops, as a sender's row goes: else it would seem to run until its silence is noticed. */
export async function noteClockEnd({ db, now }: Pick<Context, 'db' | 'now'>): Promise<void> {
  const value = String(now().epochMilliseconds);
  await db
    .insertInto('settings')
    .values({ name: NAME, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** ms UTC at which a clock last stopped in order, on whatever machine; what began later, another ran. null: none did. */
export async function clockEndedAt(db: Db): Promise<number | null> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', NAME).executeTakeFirst();
  return row === undefined ? null : Number(row.value);
}
