import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';
import { databaseNow } from '../senders.ts';

/** How often it is looked whether messages are to be had again, ms. */
const LOOK_AGAIN = 60_000;

/**
 * How many messages a relay or a lane may be given in any 24 hours, kept together by all senders of one database: a
 * count an hour. A sender takes a few at a time and gives back what it does not use, so that none are lost and none
 * lie idle with one while another waits.
 */
export class Ration {
  readonly #db: Db;
  readonly #name: string;
  readonly #perDay: number;
  /** Taken at a time. */
  readonly #helping: number;
  #held = 0;
  /** The hour in which what is held was counted. */
  #hour = 0;
  /** By `performance.now()`: nothing was to be had, and until then nobody asks again. */
  #emptyUntil = 0;
  #askedSince = false;
  #taking: Promise<void> | null = null;

  constructor(db: Db, name: string, perDay: number) {
    this.#db = db;
    this.#name = name;
    this.#perDay = perDay;
    this.#helping = Math.min(500, Math.ceil(perDay / 1000));
  }

  /** How many messages may leave: whoever asks may have them leave a moment later. */
  available(): number {
    this.#askedSince = true;
    return Math.max(0, this.#held);
  }

  /** The messages of 24 hours are used up. */
  get exhausted(): boolean {
    return this.#held <= 0 && performance.now() < this.#emptyUntil;
  }

  /** One leaves. */
  take(): void {
    this.#held--;
  }

  /** Takes more where little is held. @param onMore told when there is more. */
  replenish(onMore: () => void, onSilence: (error: unknown) => Promise<void>): void {
    if (this.#held > this.#helping / 2 || performance.now() < this.#emptyUntil) return;
    this.#taking ??= this.#takeHelping()
      .catch(onSilence)
      .finally(() => {
        this.#taking = null;
        if (this.#held > 0) onMore();
      });
  }

  /** Gives back what nobody has asked for since the last time: others may have it. */
  async giveBackIdle(): Promise<void> {
    if (!this.#askedSince) await this.giveBack();
    this.#askedSince = false;
  }

  async giveBack(): Promise<void> {
    await this.#taking;
    const messages = this.#held;
    if (messages <= 0) return;
    this.#held = 0;
    await this.#db
      .updateTable('paced_hours')
      .set((eb) => ({ messages: eb('messages', '-', messages) }))
      .where('name', '=', this.#name)
      .where('hour', '=', this.#hour)
      .execute();
  }

  async #takeHelping(): Promise<void> {
    const { hour, messages } = await this.#db.transaction().execute(async (tx) => {
      // Whoever else takes of the same day waits for this row.
      await tx
        .insertInto('paces')
        .values({ name: `${this.#name} day`, taken_until: 0 })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ taken_until: sql`paces.taken_until + 1` }),
        )
        .execute();
      const day = await this.#counted(tx);
      const messages = Math.max(0, Math.min(this.#helping, this.#perDay - day.counted));
      if (messages > 0) {
        await tx
          .insertInto('paced_hours')
          .values({ name: this.#name, hour: day.hour, messages })
          .onConflict((conflict) =>
            conflict
              .columns(['name', 'hour'])
              .doUpdateSet({ messages: sql`paced_hours.messages + excluded.messages` }),
          )
          .execute();
      }
      return { hour: day.hour, messages };
    });
    this.#emptyUntil = messages === 0 ? performance.now() + LOOK_AGAIN : 0;
    if (messages === 0) return;
    this.#held += messages;
    this.#hour = hour;
    this.#askedSince = true;
  }

  /** In the 24 hours up to now; the hour that began before them counts whole. */
  async #counted(tx: Db): Promise<{ hour: number; counted: number }> {
    const hour = sql<number>`cast((${databaseNow(this.#db)}) / 3600000 as bigint)`;
    return tx
      .selectFrom('paced_hours')
      .select((eb) => [
        hour.as('hour'),
        eb.fn.coalesce(eb.fn.sum<number>('messages'), eb.lit(0)).as('counted'),
      ])
      .where('name', '=', this.#name)
      .where('hour', '>=', sql<number>`${hour} - 24`)
      .executeTakeFirstOrThrow();
  }
}
