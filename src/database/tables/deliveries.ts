import type { Generated } from 'kysely';

export type DeliveryState = 'queued' | 'deferred' | 'sent' | 'refused' | 'unknown' | 'expired' | 'excluded';

/** One edition on its way to one subscriber, and how it ended. */
export interface DeliveryTable {
  id: Generated<number>;
  edition_id: number;
  subscriber_id: number;
  /** 32 hex digits, stored once: Message-ID and return path are made of it, so a retry never changes them. */
  token: string;
  batch_id: number | null;
  lane: string;
  /** The sections this reader gets: the subscription's `sections` at the freeze; null: all. */
  variant: string | null;
  /** The revision it carried; null until an attempt. */
  revision: number | null;
  state: DeliveryState;
  /** Why it is excluded or refused: `paused`, `left`, `suppressed`, `no_section`, `gone`, `policy`, … */
  reason: string | null;
  /** ms UTC: when it may leave, or be tried again. */
  due_at: number;
  /**
   * ms UTC since when its copy grows old, where that is not `due_at`: it was put off since, or a person put it back.
   */
  fresh_from: number | null;
  /** ms UTC of the first attempt: the Date header, which a retry keeps. */
  first_tried_at: number | null;
  tries: Generated<number>;
  /** How often it was on the wire without an answer. */
  in_doubt: Generated<number>;
  relay: string | null;
  /** The relay's last reply. */
  response: string | null;
  sent_at: number | null;
}

/** At most 500 queued deliveries of one edition, one due time and one lane: the only thing a sender claims. */
export interface BatchTable {
  id: Generated<number>;
  edition_id: number;
  lane: string;
  due_at: number;
  state: 'open' | 'claimed' | 'done';
  sender_id: number | null;
  /** Raised by every claim; an older owner's writes then fail. */
  epoch: Generated<number>;
}

/** A running sender process, alive while its lease lasts. */
export interface SenderTable {
  id: Generated<number>;
  host: string;
  pid: number;
  /** Among whose processes the pid counts (delivery/pid-space.ts); null: not known. */
  pid_space: string | null;
  started_at: number;
  lease_until: number;
  /** What all its relays are in, and when one is tried next; null: one takes mail. */
  trouble: string | null;
  next_try_at: number | null;
}

/** One row per open connection: the delivery that is out on it. Written before DATA, removed with the outcome. */
export interface InFlightTable {
  sender_id: number;
  connection: number;
  delivery_id: number;
  batch_id: number;
  /** The revision it carries. */
  revision: number;
  /** ms UTC. */
  since: number;
}

/** How far the messages that a relay or a lane may take are given out, so that all senders keep one limit together. */
export interface PaceTable {
  /** `relay mail.example:587`, `lane gmail`. */
  name: string;
  /** ms UTC on the database's clock. */
  taken_until: number;
}

/** How many were given out in an hour, where there is a limit for 24 of them. */
export interface PacedHourTable {
  name: string;
  /** Hours since 1970, UTC. */
  hour: number;
  messages: number;
}

/** A connection to a relay, or to a lane, that a sender may use: all senders together have as many as are allowed. */
export interface PlaceTable {
  name: string;
  /** From 1. */
  number: number;
  sender_id: number;
}

/** A mailbox provider that refuses us: nothing goes there for a while. */
export interface LaneTable {
  lane: string;
  /** ms UTC. */
  aside_until: number;
  since: number;
  /** Its words. */
  response: string;
}

type NoticeState = 'queued' | 'sent' | 'refused' | 'expired';

/** Any mail that is not an edition: confirmation, welcome, preview for editors, test, alarm. */
export interface NoticeTable {
  id: Generated<number>;
  /** A file of `delivery/notices/`. */
  kind: string;
  to_address: string;
  /** 32 hex digits: its Message-ID. */
  token: string;
  /** JSON, as the kind's own file describes. */
  data: string;
  state: NoticeState;
  due_at: number;
  tries: Generated<number>;
  expires_at: number;
  /** The sender that is sending it, alive while its lease lasts. */
  sender_id: number | null;
  response: string | null;
  created_at: number;
  sent_at: number | null;
}
