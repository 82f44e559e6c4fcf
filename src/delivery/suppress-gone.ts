import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';

/** A provider once said "no such user" of everybody for two days: above this, only the second time counts. */
const STORM = { share: 0.05, atLeast: 20 };

/**
 * Suppresses the addresses of an edition whose mailbox is gone: at once when their number is usual, in a storm
 * only those that were gone in an earlier edition too. Runs in the transaction that finishes the edition, when the
 * number is known.
 */
export async function suppressGone(tx: Db, editionId: number, now: Temporal.Instant): Promise<void> {
  const { gone, tried } = await tx
    .selectFrom('deliveries')
    .select((eb) => [
      eb.fn.countAll<number>().as('tried'),
      sql<number>`coalesce(sum(case when state = 'refused' and reason = 'gone' then 1 else 0 end), 0)`.as(
        'gone',
      ),
    ])
    .where('edition_id', '=', editionId)
    .where('state', 'in', ['sent', 'refused'])
    .executeTakeFirstOrThrow();
  if (gone === 0) return;
  const storm = isStorm(gone, tried);
  await tx
    .insertInto('suppressions')
    .columns(['address_key', 'reason', 'at'])
    .expression((eb) =>
      eb
        .selectFrom('deliveries')
        .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
        .select([
          'subscribers.address_key',
          sql<string>`'gone'`.as('reason'),
          sql<number>`${sql.lit(now.epochMilliseconds)}`.as('at'),
        ])
        .distinct()
        .where('deliveries.edition_id', '=', editionId)
        .where('deliveries.state', '=', 'refused')
        .where('deliveries.reason', '=', 'gone')
        .$if(storm, (query) =>
          query.where((also) =>
            also.exists(
              also
                .selectFrom('deliveries as earlier')
                .select('earlier.id')
                .whereRef('earlier.subscriber_id', '=', 'deliveries.subscriber_id')
                .where('earlier.edition_id', '<>', editionId)
                .where('earlier.state', '=', 'refused')
                .where('earlier.reason', '=', 'gone'),
            ),
          ),
        ),
    )
    .onConflict((conflict) => conflict.column('address_key').doNothing())
    .execute();
}

function isStorm(gone: number, tried: number): boolean {
  return gone >= STORM.atLeast && gone > tried * STORM.share;
}
