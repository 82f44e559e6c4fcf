import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { sinceLastSent, suppressWhere } from './suppress-where.ts';

/** Holidays fill mailboxes: so many editions in a row, and so long. */
export const SOFT_LIMIT = { editions: 5, days: 10 };

/**
 * Suppresses the addresses whose mailbox refused this edition and those before it: in 5 editions running and over at
 * least 10 days. A message that was taken, and did not come back, begins the count anew.
 * @param subscriberId only this one.
 * @returns how many.
 */
export async function suppressSoft(
  tx: Db,
  editionId: number,
  now: Temporal.Instant,
  subscriberId?: number,
): Promise<number> {
  const running = sql`r.kind in ('soft', 'no_host') and (
    select count(*) >= ${sql.lit(SOFT_LIMIT.editions)}
      and max(p.at) - min(p.at) >= ${sql.lit(SOFT_LIMIT.days * 86_400_000)}
    from refusals p
    where p.subscriber_id = r.subscriber_id
      and p.delivery_id > ${sinceLastSent} and p.delivery_id <= r.delivery_id)`;
  return suppressWhere(tx, 'soft', running, { editionId, subscriberId, now });
}
