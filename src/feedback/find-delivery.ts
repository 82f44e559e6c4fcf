import { type SelectQueryBuilder, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { Schema } from '../database/schema.ts';
import { addressKey } from '../subscribers/address.ts';
import type { DeliveryNames } from './names.ts';

/** One edition on its way to one reader, as far as what comes back concerns it. */
export interface FoundDelivery {
  id: number;
  edition_id: number;
  newsletter_id: number;
  subscriber_id: number;
  first_tried_at: number | null;
  /** `2026-11-24`, and its newsletter's slug: for the log. */
  name: string;
  slug: string;
}

/** How long after an edition a provider's report may still come, ms. */
const REPORTS_WITHIN = 14 * 86_400_000;

/**
 * Which delivery is meant: by a token of ours, by Amazon SES's id of the message, or, in signed reports alone, by the
 * address. A token that names no delivery finds none.
 */
export async function findDelivery(db: Db, names: DeliveryNames): Promise<FoundDelivery | undefined> {
  for (const token of [...names.leaving, ...names.tokens]) {
    const found = await deliveries(db).where('deliveries.token', '=', token).executeTakeFirst();
    if (found !== undefined) return found;
  }
  // Tokens that name something else, such as a notice, leave no room for guesses.
  if (names.leaving.length + names.tokens.length > 0) return undefined;
  return (await bySesId(db, names.sesId)) ?? (await byAddress(db, names.recipient));
}

function bySesId(db: Db, id: string | null): Promise<FoundDelivery | undefined> | undefined {
  if (id === null || !/^0[0-9a-f-]{20,80}$/i.test(id)) return undefined;
  // In the words of the partial index `deliveries_ses`.
  return deliveries(db)
    .where(sql<boolean>`substr(response, 1, 8) = '250 Ok 0'`)
    .where('response', '=', `250 Ok ${id}`)
    .executeTakeFirst();
}

/** The newest that went out before the provider heard of it. */
function byAddress(
  db: Db,
  recipient: DeliveryNames['recipient'],
): Promise<FoundDelivery | undefined> | undefined {
  if (recipient === null || !recipient.address.includes('@')) return undefined;
  return deliveries(db)
    .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .where('subscribers.email_key', '=', addressKey(recipient.address))
    .where('deliveries.sent_at', '<=', recipient.before)
    .where('deliveries.sent_at', '>', recipient.before - REPORTS_WITHIN)
    .orderBy('deliveries.sent_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

function deliveries(
  db: Db,
): SelectQueryBuilder<Schema, 'deliveries' | 'editions' | 'newsletters', FoundDelivery> {
  return db
    .selectFrom('deliveries')
    .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select([
      'deliveries.id',
      'deliveries.edition_id',
      'deliveries.subscriber_id',
      'deliveries.first_tried_at',
      'editions.newsletter_id',
      'editions.name',
      'newsletters.slug',
    ]);
}
