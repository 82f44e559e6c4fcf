import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { postgresAdvance } from './advance/postgres.ts';
import { sqliteAdvance } from './advance/sqlite.ts';
import type { Settled } from './settle.ts';

/**
 * ADVANCE, the gate: one transaction that writes down everything that ended since the last one and names what
 * goes out next. A connection sends its next message only after the ADVANCE that holds both its last outcome and
 * its new `in_flight` row has committed; so each has at most one message that is out and not recorded, whatever
 * moment the process dies. Repeatable: the same values may be sent again when a commit was not answered.
 */
export type Advance = (step: Step) => Promise<Advanced>;

export interface Step {
  senderId: number;
  /** ms UTC by the context's clock: since when the next ones are out, and which pauses are over. */
  now: number;
  outcomes: Outcome[];
  /** Connections that are to have a next message, and as many as the batches below may give. */
  connections: number[];
  batches: Reading[];
  /** Read to their end and with nothing on the wire: done, unless something was put back into them. */
  closing: { batchId: number; epoch: number }[];
}

/** How the message on a connection ended. */
export interface Outcome extends Settled {
  connection: number;
  deliveryId: number;
  relay: string;
  /** The revision it carried, and since when it was out (ms UTC). */
  revision: number;
  since: number;
  at: number;
}

/** A claimed batch, from where to read on and how many recipients at most. */
export interface Reading {
  batchId: number;
  epoch: number;
  after: number;
  most: number;
}

/** Whom a connection sends to next, as the database knows them at this moment. */
export interface NextRecipient {
  connection: number;
  batchId: number;
  /** The batch's epoch under which it goes out: the same batch, claimed again, is another one. */
  epoch: number;
  deliveryId: number;
  editionId: number;
  revision: number;
  deliveryToken: string;
  variant: string | null;
  tries: number;
  inDoubt: number;
  /** ms UTC of the first attempt (this one, or an earlier): the Date header. */
  firstTriedAt: number;
  subscriberToken: string;
  email: string;
  name: string | null;
  subscribedAt: number | null;
  rhythm: string | null;
}

export interface Advanced {
  /**
   * Whether we are a sender still. Otherwise others took over: nothing goes out, all batches are lost, and of the
   * outcomes only what the relay took counts.
   */
  alive: boolean;
  next: NextRecipient[];
  /**
   * What each batch is now: `lost` to others (its epoch was raised), `waiting` while its edition is not going
   * out, `ended` when nobody is left after `after`.
   */
  batches: Map<number, { state: 'lost' | 'waiting' | 'reading' | 'ended'; after: number }>;
  closed: number[];
}

/** The ADVANCE of this database, its statements compiled once. */
export function prepareAdvance(db: Db): Advance {
  return isPostgres(db) ? postgresAdvance(db) : sqliteAdvance(db);
}
