import type { Db } from '../database/connect.ts';
import type { SubscriptionState } from '../database/tables/subscribers.ts';

/** What one person has with one newsletter. */
export interface Subscription {
  id: number;
  newsletterId: number;
  slug: string;
  name: string;
  rhythm: string;
  /** null: all of them. */
  sections: string[] | null;
  hour: string | null;
  /** As of now: a pause that is over counts as active. */
  state: SubscriptionState;
  /** ms UTC. */
  pausedUntil: number | null;
  confirmedAt: number | null;
  leftAt: number | null;
  createdAt: number;
}

/** Everything that a person has or had, newsletters in their own order. */
export async function subscriptionsOf(
  db: Db,
  subscriberId: number,
  now: Temporal.Instant,
): Promise<Subscription[]> {
  const rows = await db
    .selectFrom('subscriptions')
    .innerJoin('newsletters', 'newsletters.id', 'subscriptions.newsletter_id')
    .selectAll('subscriptions')
    .select(['newsletters.slug', 'newsletters.name'])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('newsletters.id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    newsletterId: row.newsletter_id,
    slug: row.slug,
    name: row.name,
    rhythm: row.rhythm,
    sections: row.sections === null ? null : (JSON.parse(row.sections) as string[]),
    hour: row.hour,
    state: stateAt(row, now),
    pausedUntil: row.paused_until,
    confirmedAt: row.confirmed_at,
    leftAt: row.left_at,
    createdAt: row.created_at,
  }));
}

/** The state that counts at `now`: nobody needs to wake a reader whose pause is over. */
export function stateAt(
  row: { state: SubscriptionState; paused_until: number | null },
  now: Temporal.Instant,
): SubscriptionState {
  const over = row.paused_until !== null && row.paused_until <= now.epochMilliseconds;
  return row.state === 'paused' && over ? 'active' : row.state;
}
