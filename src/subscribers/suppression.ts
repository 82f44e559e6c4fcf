import type { Db } from '../database/connect.ts';
import { addressKey, suppressionHash, suppressionKey } from './address.ts';

/** Why an address gets no more mail. */
export type SuppressionReason = 'gone' | 'soft' | 'complaint' | 'erased' | 'moved' | 'operator';

/** The person's own wishes, which keep imports away: who was erased or took another address may come back by asking. */
const OWN_WISHES: readonly string[] = ['erased', 'moved'] satisfies SuppressionReason[];

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

/** Whether mail to `email` would only do its holder, or us, harm again, even if somebody asks for it. */
export async function refusesMail(db: Db, email: string): Promise<boolean> {
  const suppression = await findSuppression(db, email);
  return suppression !== undefined && !OWN_WISHES.includes(suppression.reason);
}

/** The holder of `email` has said yes again: what stood against it by their own wish is lifted. */
export async function liftOwnWish(db: Db, email: string): Promise<void> {
  await db
    .deleteFrom('suppressions')
    .where('address_key', '=', await hashOf(db, email))
    .where('reason', 'in', OWN_WISHES)
    .execute();
}

async function hashOf(db: Db, email: string): Promise<string> {
  return suppressionHash(await suppressionKey(db), addressKey(email));
}
