import type { Db } from '../database/connect.ts';

/**
 * An edition's audience in slices of `size` people, as bounds of the index that names each person's delivery: above
 * `from`, up to and including `to`. A query between two bounds costs a slice, whatever else it asks for and whatever the
 * database believes that it will find.
 */
export async function* audienceSlices(
  db: Db,
  editionId: number,
  size: number,
): AsyncGenerator<{ from: number; to: number }> {
  for (let from = 0; ; ) {
    const keys = db
      .selectFrom('deliveries')
      .select('subscriber_id')
      .where('edition_id', '=', editionId)
      .where('subscriber_id', '>', from)
      .orderBy('subscriber_id')
      .limit(size);
    const { to } = await db
      .selectFrom(keys.as('slice'))
      .select((eb) => eb.fn.max<number | null>('subscriber_id').as('to'))
      .executeTakeFirstOrThrow();
    if (to === null) return;
    yield { from, to };
    from = to;
  }
}
