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

/** A row as the sender works with it. */
export function nextRecipient(
  row: RecipientRow,
  given: Pick<NextRecipient, 'connection' | 'batchId' | 'editionId' | 'revision'> & { since: number },
): NextRecipient {
  return {
    connection: given.connection,
    batchId: given.batchId,
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
