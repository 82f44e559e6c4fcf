import type { Db } from '../database/connect.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { type ListedDelivery, OUTCOME } from './list.ts';

/** What became of an edition for a person. Times in ms UTC. */
export interface DeliveryTo extends Omit<ListedDelivery, 'email'> {
  /** `morning/2026-11-24`. */
  edition: string;
  slotAt: number;
  /** The newsletter's. */
  timeZone: string;
}

/** The newest editions of which somebody was to get a copy, at most `most` of them. */
export async function deliveriesTo(db: Db, subscriberId: number, most: number): Promise<DeliveryTo[]> {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select([
      'newsletters.slug',
      'newsletters.settings',
      'editions.name',
      'editions.slot_at as slotAt',
      ...OUTCOME,
    ])
    .where('deliveries.subscriber_id', '=', subscriberId)
    .orderBy('deliveries.id', 'desc')
    .limit(most)
    .execute();
  return rows.map(({ slug, settings, name, ...row }) => ({
    edition: `${slug}/${name}`,
    timeZone: (JSON.parse(settings) as Newsletter).time_zone,
    ...row,
  }));
}
