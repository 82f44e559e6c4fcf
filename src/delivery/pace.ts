import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { databaseNow } from './senders.ts';

/** Taken at most so far ahead, and never used later than that: falling short matters less than overshooting. */
const AHEAD = 1000;
/** One question to the database gives so much time's worth of messages. */
const SLICE = 250;

interface Window {
  /** By `performance.now()`: when its first message may leave. */
  start: number;
  messages: number;
  used: number;
}

/**
 * How many messages a second a relay may be given, kept together by all senders of one database: an evenly
 * dripping bucket (GCRA) whose level is one row. Waiting for it is no try.
 */
export class Pace {
  readonly #db: Db;
  readonly #relay: string;
  /** ms between two messages. */
  readonly #interval: number;
  #windows: Window[] = [];

  constructor(db: Db, relay: string, perSecond: number) {
    this.#db = db;
    this.#relay = relay;
    this.#interval = 1000 / perSecond;
  }

  /** How many messages may leave now. */
  available(): number {
    const now = performance.now();
    this.#windows = this.#windows.filter((window) => this.#lives(window, now));
    return this.#windows.reduce((sum, window) => sum + this.#ripe(window, now), 0);
  }

  /** They are leaving. */
  take(messages: number): void {
    const now = performance.now();
    let left = messages;
    for (const window of this.#windows) {
      const taken = Math.min(left, this.#ripe(window, now));
      window.used += taken;
      left -= taken;
    }
  }

  /**
   * Waits until a message may leave; asks the database for more when little is left.
   * @throws when the database does not answer.
   */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.low) await this.#refill();
    while (!signal.aborted && this.available() < 1) {
      const next = this.#windows.find((window) => window.used < window.messages);
      if (next === undefined) await this.#refill();
      else await sleep(next.start + next.used * this.#interval - performance.now(), signal);
    }
  }

  /** Whether `ready` should be called although messages may leave: so that they never wait for the database. */
  get low(): boolean {
    const last = this.#windows.at(-1);
    const end = last === undefined ? 0 : last.start + last.messages * this.#interval;
    return end - performance.now() < SLICE / 2;
  }

  async #refill(): Promise<void> {
    const messages = Math.max(1, Math.round(SLICE / this.#interval));
    const length = Math.ceil(messages * this.#interval);
    const now = databaseNow(this.#db);
    const asked = performance.now();
    const answer = await this.#db
      .insertInto('relay_pace')
      .values({ relay: this.#relay, taken_until: sql<number>`${now} + ${sql.lit(length)}` })
      .onConflict((conflict) =>
        conflict
          .column('relay')
          .doUpdateSet({
            // What nobody took in the past is lost.
            taken_until: sql`case when relay_pace.taken_until < ${now} then ${now} else relay_pace.taken_until end + ${sql.lit(length)}`,
          })
          .where(sql`relay_pace.taken_until`, '<', sql<number>`${now} + ${sql.lit(AHEAD)}`),
      )
      .returning([sql<number>`taken_until - ${now}`.as('ahead')])
      .executeTakeFirst();
    if (answer === undefined) {
      // Others have taken the next second whole.
      await new Promise((resolve) => setTimeout(resolve, SLICE));
      return;
    }
    // Counted from the question, so that a slow answer delays and never hastens.
    const start = performance.now() + answer.ahead - length;
    this.#windows.push({ start: Math.max(start, asked), messages, used: 0 });
  }

  #ripe({ start, messages, used }: Window, now: number): number {
    if (now < start) return 0;
    return Math.max(0, Math.min(messages, Math.floor((now - start) / this.#interval) + 1) - used);
  }

  #lives({ start, messages, used }: Window, now: number): boolean {
    return used < messages && now < start + messages * this.#interval + AHEAD;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(1, Math.ceil(ms)));
    signal.addEventListener('abort', done, { once: true });
  });
}
