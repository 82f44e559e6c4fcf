import type { Db } from '../database/connect.ts';
import type { EditionRow } from '../editions/transition.ts';

/**
 * How many of those who got an edition have left its newsletter since, and have not come back.
 * @param from ms UTC: when the first of them got it.
 */
export async function leftSince(
  db: Db,
  { id, newsletter_id }: Pick<EditionRow, 'id' | 'newsletter_id'>,
  from: number,
): Promise<number> {
  const { people } = await db
    .selectFrom('consents')
    .innerJoin('deliveries', (join) =>
      join
        .onRef('deliveries.subscriber_id', '=', 'consents.subscriber_id')
        .on('deliveries.edition_id', '=', id),
    )
    .innerJoin('subscriptions', (join) =>
      join
        .onRef('subscriptions.subscriber_id', '=', 'consents.subscriber_id')
        .on('subscriptions.newsletter_id', '=', newsletter_id),
    )
    .select((eb) => eb.fn.count<number>('consents.subscriber_id').distinct().as('people'))
    .where('consents.what', '=', 'left')
    .where('consents.at', '>=', from)
    .where((eb) =>
      eb.or([
        eb('consents.newsletter_id', '=', newsletter_id),
        // They left everything at once.
        eb('consents.newsletter_id', 'is', null),
      ]),
    )
    .where('deliveries.state', '=', 'sent')
    .where('subscriptions.state', '=', 'unsubscribed')
    .where('subscriptions.left_at', '>=', from)
    .executeTakeFirstOrThrow();
  return people;
}
