import type { Db } from '../database/connect.ts';
import { withoutAddresses } from '../log.ts';
import { isGone } from './pid-space.ts';
import type { RelayTrouble } from './relay-rest.ts';

/** What a sender's relays are in, as other processes read it. */
export interface ToldTrouble {
  /** What was said last, without addresses. */
  response: string;
  /** ms UTC; past: it is being tried. */
  nextTryAt: number;
}

/** Writes down what a sender's relays are in, all of them; null: one takes mail. */
export async function tellTrouble(
  db: Db,
  senderId: number,
  trouble: RelayTrouble | null,
  now: Temporal.Instant,
): Promise<void> {
  await db
    .updateTable('senders')
    .set({
      trouble: trouble && withoutAddresses(trouble.response),
      next_try_at: trouble && now.epochMilliseconds + Math.round(trouble.nextTryIn),
    })
    .where('id', '=', senderId)
    .execute();
}

/** What the relays are in, as a living sender has told, the one that tries next; null: mail is taken, or nobody has tried. */
export async function readTrouble(db: Db, now: Temporal.Instant): Promise<ToldTrouble | null> {
  const senders = await db
    .selectFrom('senders')
    .select(['host', 'pid', 'pid_space', 'trouble as response', 'next_try_at as nextTryAt'])
    .where('lease_until', '>', now.epochMilliseconds)
    .where('trouble', 'is not', null)
    .orderBy('next_try_at')
    .execute();
  const told = senders.find((sender) => !isGone(sender));
  return told === undefined ? null : { response: told.response ?? '', nextTryAt: told.nextTryAt ?? 0 };
}

/** `next try in 20 s`. Pure. */
export function triedAgain({ nextTryAt }: ToldTrouble, now: Temporal.Instant): string {
  const seconds = Math.ceil((nextTryAt - now.epochMilliseconds) / 1000);
  return seconds > 0 ? `next try in ${seconds} s` : 'it is being tried';
}
