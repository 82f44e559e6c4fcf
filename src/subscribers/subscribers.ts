import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { SubscriberTable } from '../database/tables/subscribers.ts';
import { addressKey, laneOf, suppressionHash, suppressionKey } from './address.ts';

export type Subscriber = Selectable<SubscriberTable>;

/** A person as a form, a command or a file names them. */
export interface NewSubscriber {
  /** Well formed (`address.ts`). */
  email: string;
  name?: string | null;
  language?: string | null;
  timeZone?: string | null;
  /** ms UTC; default: now. */
  createdAt?: number | null;
}

/** The row of a new person; their token is made here, once. */
export function subscriberRow(key: string, person: NewSubscriber, now: Temporal.Instant) {
  return {
    token: randomBytes(16).toString('hex'),
    ...addressColumns(key, person.email),
    name: person.name ?? null,
    language: person.language ?? null,
    time_zone: person.timeZone ?? null,
    created_at: person.createdAt ?? now.epochMilliseconds,
  };
}

/** The columns that follow from an address. @param key suppressionKey. */
export function addressColumns(key: string, email: string) {
  const emailKey = addressKey(email);
  return {
    email,
    email_key: emailKey,
    address_key: suppressionHash(key, emailKey),
    lane: laneOf(email),
  };
}

/**
 * The person with this address, made when there is none; the row stays locked to the end of the transaction, so
 * that two requests for one person take turns.
 */
export async function keepSubscriber(
  tx: Db,
  person: NewSubscriber,
  now: Temporal.Instant,
): Promise<Subscriber> {
  return tx
    .insertInto('subscribers')
    .values(subscriberRow(await suppressionKey(tx), person, now))
    .onConflict((conflict) =>
      conflict.column('email_key').doUpdateSet((eb) => ({ email_key: eb.ref('excluded.email_key') })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The person whose links carry this token. */
export async function subscriberByToken(db: Db, token: string): Promise<Subscriber | undefined> {
  return db.selectFrom('subscribers').selectAll().where('token', '=', token).executeTakeFirst();
}

/** As subscriberByToken; the row stays locked to the end of the transaction, so that two requests take turns. */
export async function lockSubscriber(tx: Db, token: string): Promise<Subscriber | undefined> {
  return tx
    .updateTable('subscribers')
    .set((eb) => ({ token: eb.ref('token') }))
    .where('token', '=', token)
    .returningAll()
    .executeTakeFirst();
}

/** The person with this address, however it is spelt. */
export async function subscriberByAddress(db: Db, email: string): Promise<Subscriber | undefined> {
  return db
    .selectFrom('subscribers')
    .selectAll()
    .where('email_key', '=', addressKey(email))
    .executeTakeFirst();
}
