import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { DeliveryState } from '../database/tables/deliveries.ts';
import { audienceSlices } from './audience-slices.ts';

/** The lists that people ask for, by the name they have in a report. */
export const DELIVERY_LISTS = ['sent', 'again', 'refused', 'excluded', 'expired', 'unknown', 'open'] as const;
export type DeliveryList = (typeof DELIVERY_LISTS)[number];

/** What became of one edition for one person. Times in ms UTC. */
export interface ListedDelivery {
  /** null: the person was erased since. */
  email: string | null;
  state: DeliveryState;
  reason: string | null;
  /** The revision it carried; null: it was never tried. */
  revision: number | null;
  /** The sections of this reader; null: all. */
  variant: string | null;
  relay: string | null;
  /** The relay's last reply. */
  reply: string | null;
  tries: number;
  inDoubt: number;
  dueAt: number;
  sentAt: number | null;
}

/** The columns of a delivery that tell what became of it, as `ListedDelivery` names them. */
export const OUTCOME = [
  'deliveries.state',
  'deliveries.reason',
  'deliveries.revision',
  'deliveries.variant',
  'deliveries.relay',
  'deliveries.response as reply',
  'deliveries.tries',
  'deliveries.in_doubt as inDoubt',
  'deliveries.due_at as dueAt',
  'deliveries.sent_at as sentAt',
] as const;

export interface ListChoice {
  list?: DeliveryList | undefined;
  reason?: string | undefined;
  subscriberId?: number | undefined;
}

/** People looked at in one query. */
const SLICE = 2_000;

/** A list of an edition's deliveries, in pages by key: a million take no more memory than a thousand. */
export async function* listDeliveries(
  db: Db,
  editionId: number,
  { list, reason, subscriberId }: ListChoice,
  slice = SLICE,
): AsyncGenerator<ListedDelivery[]> {
  const one = subscriberId === undefined ? null : [{ from: subscriberId - 1, to: subscriberId }];
  for await (const { from, to } of one ?? audienceSlices(db, editionId, slice)) {
    const page = await db
      .selectFrom('deliveries')
      .leftJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
      .select(['subscribers.email', ...OUTCOME])
      .where('deliveries.edition_id', '=', editionId)
      .where('deliveries.subscriber_id', '>', from)
      .where('deliveries.subscriber_id', '<=', to)
      .$if(list !== undefined, (query) => query.where(CONDITIONS[list as DeliveryList]))
      .$if(reason !== undefined, (query) => query.where('deliveries.reason', '=', reason as string))
      .orderBy('deliveries.subscriber_id')
      .execute();
    if (page.length > 0) yield page;
  }
}

const inState = (...states: DeliveryState[]) =>
  sql<SqlBool>`deliveries.state in (${sql.join(states.map((state) => sql.lit(state)))})`;

const CONDITIONS: Record<DeliveryList, RawBuilder<SqlBool>> = {
  sent: inState('sent'),
  again: sql<SqlBool>`deliveries.state = 'sent' and deliveries.in_doubt > 0`,
  refused: inState('refused'),
  excluded: inState('excluded'),
  expired: inState('expired'),
  unknown: inState('unknown'),
  open: inState('queued', 'deferred'),
};
