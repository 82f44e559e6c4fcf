import type { Db } from '../database/connect.ts';
import { addressKey, domainOf, suppressionHash, suppressionKey } from './address.ts';

/** Why an address gets no more mail. */
export const SUPPRESSION_REASONS = ['gone', 'soft', 'complaint', 'erased', 'moved', 'operator'] as const;
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number];

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

/**
 * From now on `email` gets no mail of any newsletter, whoever imports it. The first reason stays; of who is to be
 * forgotten (`erased`, `moved`) nothing but the hash and the reason is kept, whatever there was.
 * @param told who said so, and why in their words.
 * @returns whether it was not suppressed before.
 */
export async function suppress(
  db: Db,
  email: string,
  reason: SuppressionReason,
  now: Temporal.Instant,
  told: { who?: string; note?: string | undefined } = {},
): Promise<boolean> {
  const forgotten = { domain: null, who: null, note: null, edition_id: null };
  const known = {
    domain: domainOf(email),
    who: told.who ?? null,
    note: told.note ?? null,
    edition_id: null,
  };
  const address_key = await hashOf(db, email);
  const forget = OWN_WISHES.includes(reason);
  const { numInsertedOrUpdatedRows = 0n } = await db
    .insertInto('suppressions')
    .values({ address_key, reason, at: now.epochMilliseconds, ...(forget ? forgotten : known) })
    .onConflict((conflict) => conflict.column('address_key').doNothing())
    .executeTakeFirst();
  const added = numInsertedOrUpdatedRows > 0n;
  if (!added && forget) {
    await db.updateTable('suppressions').set(forgotten).where('address_key', '=', address_key).execute();
  }
  return added;
}

/** Lets `email` have mail again; what its mailbox refused before no longer counts. @returns whether it was suppressed. */
export async function liftSuppression(db: Db, email: string): Promise<boolean> {
  const address_key = await hashOf(db, email);
  const { numDeletedRows } = await db
    .deleteFrom('suppressions')
    .where('address_key', '=', address_key)
    .executeTakeFirst();
  await forgetRefusalsOf(db, [address_key]);
  return numDeletedRows > 0n;
}

/** A count of refusals begins anew for these people. */
export async function forgetRefusalsOf(db: Db, addressKeys: string[]): Promise<void> {
  await db
    .deleteFrom('refusals')
    .where('subscriber_id', 'in', (eb) =>
      eb.selectFrom('subscribers').select('id').where('address_key', 'in', addressKeys),
    )
    .execute();
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
