import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { databaseNow } from '../senders.ts';

/** Taken at most so far ahead. */
const AHEAD = 1000;
/** One question to the database gives so much time's worth of messages. */
const SLICE = 250;
/** How often it is looked whether messages of the day are to be had again. */
const LOOK_AGAIN = 60_000;

interface Window {
  /** By our own clock: when its first message may leave. */
  start: number;
  messages: number;
  used: number;
}

/** Both in ms; tests set them. */
interface Clocks {
  /** From an arbitrary moment on, and never set. */
  own: () => number;
  /** The database's: UTC, the same for all senders, and set at times. */
  database: () => RawBuilder<number>;
}

/**
 * How many messages a second, and in any 24 hours, a relay or a lane may be given, kept together by all senders of
 * one database: an evenly dripping bucket (GCRA) whose level is one row, and a count an hour. What is not used in its
 * own time is lost for the second, not for the day: falling short matters less than overshooting. Waiting is no try.
 */
export class Pace {
  readonly #db: Db;
  readonly #name: string;
  /** ms between two messages. */
  readonly #interval: number;
  readonly #perDay: number | null;
  readonly #clocks: Clocks;
  #windows: Window[] = [];
  /** Counted for the day and never used. */
  #spare = 0;
  /** The day's messages are used up. */
  #exhausted = false;

  /** @param name `relay mail.example:587`, `lane gmail`: those of one name share one limit. */
  constructor(
    db: Db,
    name: string,
    { perSecond, perDay = null }: { perSecond: number; perDay?: number | null },
    clocks: Partial<Clocks> = {},
  ) {
    this.#db = db;
    this.#clocks = { own: () => performance.now(), database: () => databaseNow(db), ...clocks };
    this.#name = name;
    this.#interval = 1000 / perSecond;
    this.#perDay = perDay;
  }

  /** Whether the messages of 24 hours are used up: then it is looked again each minute. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** How many messages may leave now. */
  available(): number {
    const now = this.#clocks.own();
    this.#windows = this.#windows.filter((window) => {
      const lives = this.#lives(window, now);
      if (!lives) this.#spare += window.messages - window.used;
      return lives;
    });
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
    // Promised from a window whose time has ended since: it was counted for the day, and is not to be had again.
    this.#spare -= left;
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
    const last = this.#windows.at(-1);
    const end = last === undefined ? 0 : last.start + last.messages * this.#interval;
    return end - this.#clocks.own() < SLICE / 2;
  }

  async #refill(signal: AbortSignal): Promise<void> {
    const slice = Math.max(1, Math.round(SLICE / this.#interval));
    // What one sender has taken of the day and does not use, no other can.
    const most = this.#perDay === null ? slice : Math.min(slice, Math.ceil(this.#perDay / 1000));
    const asked = this.#clocks.own();
    const answer = await this.#take(most);
    this.#exhausted = answer === 'exhausted';
    if (answer === 'exhausted' || answer === null) {
      // Others have taken the next second whole, or the day is over.
      await sleep(answer === null ? SLICE : LOOK_AGAIN, signal);
      return;
    }
    const { messages, ahead } = answer;
    // Counted from the question, so that a slow answer delays and never hastens.
    const start = this.#clocks.own() + ahead - this.#length(messages);
    this.#windows.push({ start: Math.max(start, asked), messages, used: 0 });
  }

  /** At most `most` messages' time, and as many of the day. @returns null when others have it. */
  async #take(most: number): Promise<{ messages: number; ahead: number } | null | 'exhausted'> {
    const perDay = this.#perDay;
    if (perDay === null) {
      const ahead = await this.#takeTime(this.#db, this.#length(most));
      return ahead === null ? null : { messages: most, ahead };
    }
    const spare = this.#spare;
    const taken = await this.#db.transaction().execute(async (tx) => {
      // Its row makes those wait who take of the same day.
      const ahead = await this.#takeTime(tx, this.#length(most));
      if (ahead === null) return null;
      const messages = Math.min(most, await this.#leftToday(tx, perDay, spare));
      if (messages <= 0) return 'exhausted' as const;
      await this.#count(tx, messages - spare);
      return { messages, ahead };
    });
    if (taken !== null && taken !== 'exhausted') this.#spare -= spare;
    return taken;
  }

  /** @returns how far ahead of now its end lies, ms; null when a second's worth is taken already. */
  async #takeTime(db: Db, length: number): Promise<number | null> {
    const now = this.#clocks.database();
    // More than anybody takes: the clock was set back since.
    const jumped = sql<number>`${now} + ${sql.lit(AHEAD + Math.max(SLICE, length))}`;
    const answer = await db
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
    return answer?.ahead ?? null;
  }

  /** Of the 24 hours up to now; the hour that began before them counts whole. */
  async #leftToday(tx: Db, perDay: number, spare: number): Promise<number> {
    const { taken } = await tx
      .selectFrom('paced_hours')
      .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('messages'), eb.lit(0)).as('taken'))
      .where('name', '=', this.#name)
      .where('hour', '>=', sql<number>`${this.#hour()} - 24`)
      .executeTakeFirstOrThrow();
    return perDay - taken + spare;
  }

  async #count(tx: Db, messages: number): Promise<void> {
    await tx
      .insertInto('paced_hours')
      .values({ name: this.#name, hour: this.#hour(), messages })
      .onConflict((conflict) =>
        conflict
          .columns(['name', 'hour'])
          .doUpdateSet({ messages: sql`paced_hours.messages + excluded.messages` }),
      )
      .execute();
  }

  #hour(): RawBuilder<number> {
    return sql<number>`cast((${this.#clocks.database()}) / 3600000 as bigint)`;
  }

  #length(messages: number): number {
    return Math.ceil(messages * this.#interval);
  }

  #ripe({ start, messages, used }: Window, now: number): number {
    if (now < start) return 0;
    return Math.max(0, Math.min(messages, Math.floor((now - start) / this.#interval) + 1) - used);
  }

  #lives({ start, messages, used }: Window, now: number): boolean {
    return used < messages && now < start + Math.max(messages * this.#interval, SLICE);
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
