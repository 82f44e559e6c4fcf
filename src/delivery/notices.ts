import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { maskAddress } from '../log.ts';
import { composeNotice, type Notice } from '../messages/notices.ts';
import type { NoticeKind } from '../notices/notice.ts';
import type { NoticeRow } from './held-notices.ts';
import type { Relay, SendOutcome } from './relay.ts';
import { nextTry } from './retry.ts';
import { isSender } from './senders.ts';

/**
 * Notices: confirmations, previews, tests, alarms. They leave before any edition. A notice is claimed by one
 * conditional UPDATE and once more made sure of before it leaves, so that two senders never send the same.
 */

/** In the words of the partial index `notices_due`. */
const QUEUED = sql<boolean>`state = 'queued'`;

/** Claims what is due for a sender, `most` at a time, the oldest first; what is past its time is expired. */
export async function claimNotices(
  db: Db,
  senderId: number,
  most: number,
  now: Temporal.Instant,
): Promise<NoticeRow[]> {
  const at = now.epochMilliseconds;
  await db
    .updateTable('notices')
    .set({ state: 'expired' })
    .where(QUEUED)
    .where('sender_id', 'is', null)
    .where('expires_at', '<=', at)
    .execute();
  const due = db
    .selectFrom('notices')
    .select('id')
    .where(QUEUED)
    .where('sender_id', 'is', null)
    .where('due_at', '<=', at)
    .orderBy('due_at')
    .orderBy('id')
    .limit(most)
    .$if(isPostgres(db), (query) => query.forUpdate().skipLocked());
  const claimed = await db
    .updateTable('notices')
    .set({ sender_id: senderId })
    .where('id', 'in', due)
    .where('sender_id', 'is', null)
    .where(isSender(db, senderId))
    .returningAll()
    .execute();
  return claimed.toSorted((a, b) => a.due_at - b.due_at || a.id - b.id);
}

/** Releases what a sender has claimed and does not know of. @param known what it holds. */
export async function releaseForgotten(db: Db, senderId: number, known: number[]): Promise<void> {
  await db
    .updateTable('notices')
    .set({ sender_id: null })
    .where(QUEUED)
    .where('sender_id', '=', senderId)
    .$if(known.length > 0, (query) => query.where('id', 'not in', known))
    .execute();
}

/** How many are due and have not left, by kind, whoever has them in hand: all of them leave before an edition. */
export async function countDueNotices({
  db,
  now,
}: Pick<Context, 'db' | 'now'>): Promise<Map<NoticeKind, number>> {
  const rows = await db
    .selectFrom('notices')
    .select((eb) => ['kind', eb.fn.countAll<number>().as('notices')])
    .where(QUEUED)
    .where('due_at', '<=', now().epochMilliseconds)
    .where('expires_at', '>', now().epochMilliseconds)
    .groupBy('kind')
    .execute();
  return new Map(rows.map(({ kind, notices }) => [kind as NoticeKind, notices]));
}

export async function anyNoticeDue({ db, now }: Pick<Context, 'db' | 'now'>): Promise<boolean> {
  const due = await db
    .selectFrom('notices')
    .select('id')
    .where(QUEUED)
    .where('due_at', '<=', now().epochMilliseconds)
    .limit(1)
    .executeTakeFirst();
  return due !== undefined;
}

/**
 * Sends a notice that `senderId` has claimed and writes down what came of it. Never throws.
 * @param random from 0 up to 1: spreads the next tries.
 * @returns null when it is somebody else's by now, or when it could not be written down.
 */
export async function sendNotice(
  context: Context,
  relay: Relay,
  senderId: number,
  notice: NoticeRow,
  random: number,
): Promise<SendOutcome | null> {
  try {
    if (!(await begin(context.db, senderId, notice))) return null;
    const outcome = await send(context, relay, notice);
    await record(context, senderId, notice, outcome, random);
    return outcome;
  } catch (error) {
    // It stays claimed, and is released when the lease is renewed.
    context.log.error({ notice: notice.id, err: error }, 'A notice could not be written down');
    return null;
  }
}

/** Counts the try before it begins: whoever dies in it has had it. @returns false when it is not ours any more. */
async function begin(db: Db, senderId: number, { id }: NoticeRow): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notices')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('id', '=', id)
    .where(QUEUED)
    .where('sender_id', '=', senderId)
    .where(isSender(db, senderId))
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

async function send(context: Context, relay: Relay, notice: NoticeRow): Promise<SendOutcome> {
  const { kind, to_address: to, token } = notice;
  let message: Awaited<ReturnType<typeof composeNotice>>;
  try {
    const data = JSON.parse(notice.data);
    message = await composeNotice({ kind, to, token, data } as Notice, context);
  } catch (error) {
    const response = error instanceof Error ? error.message : String(error);
    context.log.error({ notice: kind, to: maskAddress(to), err: error }, 'A notice cannot be made');
    return { kind: 'refused', reason: 'soft', response };
  }
  return relay.send({ ...message.envelope, id: token }, message.raw);
}

async function record(
  { db, now, log }: Context,
  senderId: number,
  { id, tries, kind, to_address }: NoticeRow,
  outcome: SendOutcome,
  random: number,
): Promise<void> {
  const at = now().epochMilliseconds;
  await db
    .updateTable('notices')
    .set({ sender_id: null, response: outcome.response, ...changes(outcome, tries, at, random) })
    .where('id', '=', id)
    .where(QUEUED)
    // That a relay took it is a fact, whoever holds it by now.
    .$if(outcome.kind !== 'sent', (query) => query.where('sender_id', '=', senderId))
    .execute();
  const { response } = outcome;
  if (outcome.kind === 'refused' || outcome.kind === 'unsendable')
    log.warn({ notice: kind, to: maskAddress(to_address), response }, 'A notice was refused');
  if (outcome.kind === 'relay' && outcome.trouble === 'unsigned')
    log.error({ notice: kind, response }, 'A notice waits: it cannot be signed');
}

const UNSIGNED_AGAIN_AFTER = 60_000;

/** @param tries before this one. */
function changes(outcome: SendOutcome, tries: number, now: number, random: number) {
  switch (outcome.kind) {
    case 'sent':
      return { state: 'sent', sent_at: now } as const;
    case 'refused':
    case 'unsendable':
      return { state: 'refused' } as const;
    case 'later':
    case 'unknown':
      // A second copy of a confirmation harms nobody; a missing one does. Its Message-ID stays.
      return { due_at: nextTry(tries + 1, now, random) };
    case 'relay':
      // Nothing left: as if it had not been tried. Who has no key makes one within minutes, not at once.
      return { tries, ...(outcome.trouble === 'unsigned' && { due_at: now + UNSIGNED_AGAIN_AFTER }) };
  }
}
