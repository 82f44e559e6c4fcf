import { asSentence } from '../as-sentence.ts';
import type { Db } from '../database/connect.ts';
import { nearestFew } from '../nearest.ts';
import { RefusedError } from '../refused-error.ts';
import { parseAddress } from '../subscribers/address.ts';
import { neighboursOf } from '../subscribers/find.ts';
import { type Subscriber, subscriberByAddress } from '../subscribers/subscribers.ts';
import { findSuppression } from '../subscribers/suppression.ts';
import { whyNoMail } from './reader-words.ts';

/** The person with this address. @throws RefusedError naming the three addresses that are spelt most like it. */
export async function namedSubscriber(db: Db, address: string): Promise<Subscriber> {
  const email = parseAddress(address);
  const person = await subscriberByAddress(db, email);
  if (person !== undefined) return person;
  const near = nearestFew(email, await neighboursOf(db, email), 3);
  const suppression = await findSuppression(db, email);
  const why = suppression ? ` ${asSentence(`It gets no mail: ${whyNoMail(suppression)}`)}` : '';
  throw new RefusedError(
    `There is no reader ${email}.${why}${near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''}`,
  );
}
