import type { NextRecipient } from '../advance.ts';

/** A recipient as both databases read it. */
export interface RecipientRow {
  id: number;
  token: string;
  variant: string | null;
  tries: number;
  in_doubt: number;
  first_tried_at: number | null;
  subscriber_token: string;
  email: string;
  name: string | null;
  subscribed_at: number | null;
  rhythm: string | null;
  /** Why this reader is not to have it after all. */
  reason: string | null;
}

/**
 * The next recipients of a batch as the database knows them at this moment, in the words of either database.
 * @param given each an SQL expression: `elsewhere` a condition on `d`, that it is out already with somebody else.
 */
export function recipients(given: {
  batch: string;
  newsletter: string;
  after: string;
  most: string;
  now: string;
  elsewhere: string;
}): string {
  const { batch, newsletter, after, most, now, elsewhere } = given;
  return `
    select d.id, d.token, d.variant, d.tries, d.in_doubt, d.first_tried_at,
      s.token as subscriber_token, s.email, s.name,
      coalesce(p.confirmed_at, p.created_at) as subscribed_at, p.rhythm,
      ${standing(now)} as reason
    from deliveries d
    left join subscribers s on s.id = d.subscriber_id
    left join subscriptions p on p.subscriber_id = d.subscriber_id and p.newsletter_id = ${newsletter}
    left join suppressions x on x.address_key = s.address_key
    where d.batch_id = ${batch} and d.state = 'queued' and d.id > ${after} and not (${elsewhere})
    order by d.id limit ${most}`;
}

/**
 * Why a reader is not to have a copy as of now, or null: an SQL expression on their subscription `p` and the
 * suppression `x` of their address, both joined from the left.
 */
export function standing(now: string): string {
  return `case
        when p.id is null or p.state in ('pending', 'unsubscribed') then 'left'
        when x.id is not null then 'suppressed'
        when p.state = 'paused' and (p.paused_until is null or p.paused_until > ${now}) then 'paused'
      end`;
}

/** A row as the sender works with it. */
export function nextRecipient(
  row: RecipientRow,
  given: Pick<NextRecipient, 'connection' | 'batchId' | 'epoch' | 'editionId' | 'revision'> & {
    since: number;
  },
): NextRecipient {
  return {
    connection: given.connection,
    batchId: given.batchId,
    epoch: given.epoch,
    deliveryId: row.id,
    editionId: given.editionId,
    revision: given.revision,
    deliveryToken: row.token,
    variant: row.variant,
    tries: row.tries,
    inDoubt: row.in_doubt,
    firstTriedAt: given.since,
    subscriberToken: row.subscriber_token,
    email: row.email,
    name: row.name,
    subscribedAt: row.subscribed_at,
    rhythm: row.rhythm,
  };
}
