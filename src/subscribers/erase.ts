import type { Db } from '../database/connect.ts';
import { maskAddress } from '../log.ts';
import { subscriberByAddress } from './subscribers.ts';
import { suppress } from './suppression.ts';

/**
 * Deletes a person with all that is known of them (GDPR art. 17). Only a keyed hash of the address stays, so that no
 * import brings them back; figures of editions keep counting them, without a name.
 * @returns false when nobody has this address.
 */
export async function eraseSubscriber(
  db: Db,
  email: string,
  by: string,
  now: Temporal.Instant,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const person = await subscriberByAddress(tx, email);
    if (person === undefined) return false;
    await suppress(tx, person.email, 'erased', now);
    // Notices hold the address, and the relay's reply to it.
    await tx.deleteFrom('notices').where('to_address', '=', person.email).execute();
    await tx.deleteFrom('subscribers').where('id', '=', person.id).execute();
    await tx
      .insertInto('audit')
      .values({
        who: by,
        what: 'subscriber.erased',
        subject: maskAddress(person.email),
        at: now.epochMilliseconds,
      })
      .execute();
    return true;
  });
}
