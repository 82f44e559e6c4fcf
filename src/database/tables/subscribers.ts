import type { Generated } from 'kysely';

export interface SubscriberTable {
  id: Generated<number>;
  /** 128 random bits as 32 hex digits, made once: the public identity in links. */
  token: string;
  /** As typed. */
  email: string;
  /** `subscribers/address.ts` addressKey(email); unique. */
  email_key: string;
  /** Keyed hash of email_key, as `suppressions` names it: one join tells whether a person is suppressed. */
  address_key: string;
  /** Mailbox provider: `gmail`, `outlook`, …, `other`. */
  lane: string;
  name: string | null;
  language: string | null;
  time_zone: string | null;
  created_at: number;
}

export const SUBSCRIPTION_STATES = ['pending', 'active', 'paused', 'unsubscribed'] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** A subscriber's choice of one newsletter. */
export interface SubscriptionTable {
  id: Generated<number>;
  subscriber_id: number;
  newsletter_id: number;
  rhythm: string;
  /** JSON string[] in the newsletter's own order; null: all sections. */
  sections: string | null;
  /** `07:00` in the subscriber's time zone; null: at the slot. */
  hour: string | null;
  state: SubscriptionState;
  /** ms UTC. */
  paused_until: number | null;
  confirmed_at: number | null;
  left_at: number | null;
  created_at: number;
}

export type ConsentAct =
  | 'asked'
  | 'confirmed'
  | 'imported'
  | 'left'
  | 'undone'
  | 'changed'
  | 'moved'
  | 'paused'
  | 'resumed';

/** Append-only record of what a person agreed to or withdrew (GDPR art. 7(1)). */
export interface ConsentTable {
  id: Generated<number>;
  subscriber_id: number;
  newsletter_id: number | null;
  what: ConsentAct;
  at: number;
  ip: string | null;
  /** The exact words that were agreed to, and their language. */
  wording: string | null;
  language: string | null;
  /** The page whose button was pressed, without any personal link, and the browser that pressed it. */
  page: string | null;
  user_agent: string | null;
  /** `form`, `one-click`, `page`, `import FILE`, `command`. */
  source: string;
}

/** An address that gets no more mail: being suppressed is the presence of this row. */
export interface SuppressionTable {
  id: Generated<number>;
  /** Keyed hash of the folded address, so that it outlives the erasure of the person. */
  address_key: string;
  reason: string;
  at: number;
  /** What follows the @, to undo a provider's bad day by; null where the person is to be forgotten. */
  domain: string | null;
  /** `broadsheet`, or who said so; and why, in their words or by the codes of the reply. */
  who: string | null;
  note: string | null;
  /** The edition whose refusal was the last straw. */
  edition_id: number | null;
}

/** That a mailbox did not take an edition, at once or by a bounce: what suppressing counts. */
export interface RefusalTable {
  subscriber_id: number;
  edition_id: number;
  delivery_id: number;
  /** `no_host`: its domain does not exist. */
  kind: 'gone' | 'soft' | 'no_host';
  came: 'reply' | 'bounce';
  /** `550 5.1.1`. */
  code: string | null;
  /** ms UTC of the edition's slot: how far two refusals lie apart does not hang on when a bounce comes. */
  at: number;
}
