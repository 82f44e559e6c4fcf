import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { databaseNow } from '../senders.ts';

/** Taken at most so far ahead. */
const AHEAD = 1000;
/** One question to the database gives at most so much time's worth of messages, and so many. */
const SLICE = 80;
const MOST = 500;
/** So much later than its own slice a message may leave: in no second leave more than the rate and a fifth of it. */
const LATE = 100;

/** Moments that are ours, by our own clock. */
interface Window {
  /** Of its first message. */
  start: number;
  /** Nothing leaves for it any more. */
  end: number;
  messages: number;
  used: number;
}

/** Tests set them; clocks in ms. */
interface Clocks {
  /** From an arbitrary moment on, and never set. */
  own: () => number;
  /** The database's: UTC, the same for all senders, and set at times. */
  database: () => RawBuilder<number>;
  /** From 0 up to 1. */
  random: () => number;
}

/**
 * How many messages a second a relay or a lane may be given, kept together by all senders of one database: an evenly
 * dripping bucket (GCRA) whose level is one row. Each message has a moment of its own, and what has not left soon after
 * is lost: falling short matters less than overshooting. Few are taken at a time, so that several senders add up.
 * Waiting is no try.
 */
export class Pace {
  readonly #db: Db;
  readonly #name: string;
  /** ms between two messages. */
  readonly #interval: number;
  /** Messages taken at a time, at most. */
  readonly #helping: number;
  readonly #clocks: Clocks;
  #windows: Window[] = [];

  /** @param name `relay mail.example:587`, `lane gmail`: those of one name share one limit. */
  constructor(db: Db, name: string, perSecond: number, clocks: Partial<Clocks> = {}) {
    this.#db = db;
    this.#clocks = {
      own: () => performance.now(),
      database: () => databaseNow(db),
      random: Math.random,
      ...clocks,
    };
    this.#name = name;
    this.#interval = 1000 / perSecond;
    this.#helping = Math.min(MOST, Math.max(1, Math.round(SLICE / this.#interval)));
  }

  /** How many messages may leave now. */
  available(): number {
    const now = this.#clocks.own();
    this.#windows = this.#windows.filter((window) => this.#lives(window, now));
    return this.#windows.reduce((sum, window) => sum + this.#ripe(window, now), 0);
  }

  /** They are leaving. */
  take(messages: number): void {
    const now = this.#clocks.own();
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
    if (this.low) await this.#refill(signal);
    while (!signal.aborted && this.available() < 1) {
      const next = this.#windows.find((window) => window.used < window.messages);
      if (next === undefined) await this.#refill(signal);
      else await sleep(next.start + next.used * this.#interval - this.#clocks.own(), signal);
    }
  }

  /** Whether `ready` should be called although messages may leave: so that they never wait for the database. */
  get low(): boolean {
    const now = this.#clocks.own();
    const left = this.#windows.reduce(
      (sum, { end, messages, used }) => sum + (now < end ? messages - used : 0),
      0,
    );
    return left < this.#helping / 2;
  }

  async #refill(signal: AbortSignal): Promise<void> {
    // Never of one length: two senders that take turns at a relay's time and at a lane's could else have the one
    // whenever the other has the other, and neither would send again.
    const messages = Math.max(1, Math.round(this.#helping * (0.6 + 0.4 * this.#clocks.random())));
    const length = Math.ceil(messages * this.#interval);
    const now = this.#clocks.database();
    // More than anybody takes: the clock was set back since.
    const jumped = sql<number>`${now} + ${sql.lit(AHEAD + length)}`;
    const asked = this.#clocks.own();
    const answer = await this.#db
      .insertInto('paces')
      .values({ name: this.#name, taken_until: sql<number>`${now} + ${sql.lit(length)}` })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet({
            // What nobody took in the past is lost.
            taken_until: sql`case when paces.taken_until between ${now} and ${jumped} then paces.taken_until else ${now} end + ${sql.lit(length)}`,
          })
          .where((eb) =>
            eb.or([
              eb('paces.taken_until', '<', sql<number>`${now} + ${sql.lit(AHEAD)}`),
              eb('paces.taken_until', '>', jumped),
            ]),
          ),
      )
      .returning([sql<number>`taken_until - ${now}`.as('ahead')])
      .executeTakeFirst();
    // Others have taken the next second whole.
    if (answer === undefined) return sleep(SLICE, signal);
    // The database looked at its clock between the question and the answer: begun by the one, ended by the other, a
    // slow answer delays and never hastens.
    const start = this.#clocks.own() + answer.ahead - length;
    this.#windows.push({ start, end: asked + answer.ahead + LATE, messages, used: 0 });
  }

  #ripe({ start, messages, used }: Window, now: number): number {
    if (now < start) return 0;
    return Math.max(0, Math.min(messages, Math.floor((now - start) / this.#interval) + 1) - used);
  }

  #lives({ end, messages, used }: Window, now: number): boolean {
    return used < messages && now < end;
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
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
