import type { Db } from '../database/connect.ts';
import { addressKey, suppressionHash, suppressionKey } from './address.ts';

/** Why an address gets no more mail. */
export type SuppressionReason = 'gone' | 'soft' | 'complaint' | 'erased' | 'operator';

export interface Suppression {
  reason: string;
  /** ms UTC. */
  at: number;
}

/** The suppression of an address, if there is one. */
export async function findSuppression(db: Db, email: string): Promise<Suppression | undefined> {
  return db
    .selectFrom('suppressions')
    .select(['reason', 'at'])
    .where('address_key', '=', await hashOf(db, email))
    .executeTakeFirst();
}

/** From now on `email` gets no mail of any newsletter, whoever imports it. The first reason stays. */
export async function suppress(
  db: Db,
  email: string,
  reason: SuppressionReason,
  now: Temporal.Instant,
): Promise<void> {
  await db
    .insertInto('suppressions')
    .values({ address_key: await hashOf(db, email), reason, at: now.epochMilliseconds })
    .onConflict((conflict) => conflict.column('address_key').doNothing())
    .execute();
}

/** Lets `email` have mail again. @returns whether it was suppressed. */
export async function liftSuppression(db: Db, email: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('suppressions')
    .where('address_key', '=', await hashOf(db, email))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

async function hashOf(db: Db, email: string): Promise<string> {
  return suppressionHash(await suppressionKey(db), addressKey(email));
}
