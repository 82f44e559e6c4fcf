import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { isPostgres } from '../database/dialect.ts';
import type { NoticeTable } from '../database/tables/deliveries.ts';
import { maskAddress } from '../log.ts';
import { composeNotice, type Notice } from '../messages/notices.ts';
import type { Relay, SendOutcome } from './relay.ts';
import { nextTry } from './retry.ts';

/** In the words of the partial index `notices_due`. */
const QUEUED = sql<boolean>`state = 'queued'`;

type Row = Selectable<NoticeTable>;

/**
 * The notices of one sender: confirmations, previews, tests, alarms. They leave before any edition. A notice is
 * claimed by one conditional UPDATE, so that two processes never send the same.
 */
export class NoticeDesk {
  readonly #context: Context;
  readonly #relay: Relay;
  readonly #random: () => number;
  #claimed: Row[] = [];

  /** @param random from 0 up to 1: spreads the next tries. */
  constructor(context: Context, relay: Relay, random: () => number) {
    this.#context = context;
    this.#relay = relay;
    this.#random = random;
  }

  /** How many are claimed and wait for a connection. */
  get waiting(): number {
    return this.#claimed.length;
  }

  /** Claims what is due, `most` at a time; what is past its time is expired. */
  async claim(senderId: number, most: number): Promise<void> {
    const { db, now } = this.#context;
    const at = now().epochMilliseconds;
    await db
      .updateTable('notices')
      .set({ state: 'expired' })
      .where(QUEUED)
      .where('sender_id', 'is', null)
      .where('expires_at', '<=', at)
      .execute();
    const room = most - this.#claimed.length;
    if (room <= 0) return;
    const due = db
      .selectFrom('notices')
      .select('id')
      .where(QUEUED)
      .where('sender_id', 'is', null)
      .where('due_at', '<=', at)
      .orderBy('due_at')
      .orderBy('id')
      .limit(room)
      .$if(isPostgres(db), (query) => query.forUpdate().skipLocked());
    const claimed = await db
      .updateTable('notices')
      .set({ sender_id: senderId })
      .where('id', 'in', due)
      .where('sender_id', 'is', null)
      .returningAll()
      .execute();
    this.#claimed.push(...claimed.toSorted((a, b) => a.due_at - b.due_at || a.id - b.id));
  }

  async anyDue(): Promise<boolean> {
    const { db, now } = this.#context;
    const due = await db
      .selectFrom('notices')
      .select('id')
      .where(QUEUED)
      .where('due_at', '<=', now().epochMilliseconds)
      .limit(1)
      .executeTakeFirst();
    return due !== undefined;
  }

  /** Sends the one that waits longest and writes down what came of it. Never throws. */
  async sendNext(): Promise<SendOutcome | null> {
    const notice = this.#claimed.shift();
    if (notice === undefined) return null;
    try {
      const outcome = await this.#send(notice);
      await this.#record(notice, outcome);
      return outcome;
    } catch (error) {
      // It stays claimed: once this sender's lease ends others take it up.
      this.#context.log.error({ notice: notice.id, err: error }, 'A notice could not be written down');
      return null;
    }
  }

  async #send(notice: Row): Promise<SendOutcome> {
    const { log } = this.#context;
    try {
      const { envelope, raw } = await composeNotice(
        {
          kind: notice.kind,
          to: notice.to_address,
          token: notice.token,
          data: JSON.parse(notice.data),
        } as Notice,
        this.#context,
      );
      return await this.#relay.send({ ...envelope, id: notice.token }, raw);
    } catch (error) {
      const response = error instanceof Error ? error.message : String(error);
      log.error(
        { notice: notice.kind, to: maskAddress(notice.to_address), err: error },
        'A notice cannot be made',
      );
      return { kind: 'refused', reason: 'soft', response };
    }
  }

  async #record({ id, tries, kind, to_address }: Row, outcome: SendOutcome): Promise<void> {
    const { db, now, log } = this.#context;
    const at = now().epochMilliseconds;
    await db
      .updateTable('notices')
      .set({ sender_id: null, response: outcome.response, ...changes(outcome, tries, at, this.#random()) })
      .where('id', '=', id)
      .where('state', '=', 'queued')
      .execute();
    if (outcome.kind === 'refused')
      log.warn(
        { notice: kind, to: maskAddress(to_address), response: outcome.response },
        'A notice was refused',
      );
  }
}

function changes(outcome: SendOutcome, tries: number, now: number, random: number) {
  switch (outcome.kind) {
    case 'sent':
      return { state: 'sent', sent_at: now, tries: tries + 1 } as const;
    case 'refused':
      return { state: 'refused', tries: tries + 1 } as const;
    case 'later':
    case 'unknown':
      // A second copy of a confirmation harms nobody; a missing one does. Its Message-ID stays.
      return { due_at: nextTry(tries + 1, now, random), tries: tries + 1 };
    case 'relay':
      return {};
  }
}
