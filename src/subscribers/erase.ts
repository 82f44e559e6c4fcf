import type { Db } from '../database/connect.ts';
import { maskAddress } from '../log.ts';
import { carriesToken } from '../notices/notice.ts';
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
    // Notices hold the address, a former or a wished-for one too, and a relay's reply often repeats it.
    await tx
      .deleteFrom('notices')
      .where((eb) => eb.or([eb('to_address', '=', person.email), carriesToken(person.token)]))
      .execute();
    await tx
      .updateTable('deliveries')
      .set({ response: null })
      .where('subscriber_id', '=', person.id)
      .where('response', 'is not', null)
      .execute();
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
