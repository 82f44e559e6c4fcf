import type { Db } from '../../database/connect.ts';

/**
 * How many messages may be out at once, to a relay or a lane, kept together by all senders: each place is a row that
 * a sender holds. Living senders share them evenly; those of a sender that is there no more are free.
 */
export class Places {
  readonly #db: Db;
  readonly #name: string;
  readonly #most: number;
  #held = 0;

  constructor(db: Db, name: string, most: number) {
    this.#db = db;
    this.#name = name;
    this.#most = most;
  }

  /** So many of ours may be out at once. */
  get held(): number {
    return this.#held;
  }

  /**
   * Takes free places up to our fair share of them, and gives back what is beyond it.
   * @param inUse how many of ours are out: those are kept. Asked for in the very moment in which places are given back.
   * @param onFewer told how many are ours from now on, before anybody else may have the others.
   * @throws when the database does not answer: then what was held is held still.
   */
  async share(
    senderId: number,
    inUse: () => number,
    onFewer: (kept: number) => void = () => {},
  ): Promise<void> {
    await this.#freeMissing();
    const { senders } = await this.#db
      .selectFrom('senders')
      .select((eb) => eb.fn.countAll<number>().as('senders'))
      .executeTakeFirstOrThrow();
    const fair = Math.ceil(this.#most / Math.max(1, senders));
    const ours = await this.#numbers(senderId);
    if (ours.length > fair) await this.#giveBack(senderId, ours, Math.max(fair, inUse()), onFewer);
    else await this.#take(senderId, fair - ours.length);
    this.#held = (await this.#numbers(senderId)).length;
  }

  async #freeMissing(): Promise<void> {
    await this.#db
      .deleteFrom('places')
      .where('name', '=', this.#name)
      .where('sender_id', 'not in', this.#db.selectFrom('senders').select('senders.id'))
      .execute();
  }

  async #numbers(senderId: number): Promise<number[]> {
    const rows = await this.#db
      .selectFrom('places')
      .select('number')
      .where('name', '=', this.#name)
      .where('sender_id', '=', senderId)
      .where('number', '<=', this.#most)
      .orderBy('number')
      .execute();
    return rows.map(({ number }) => number);
  }

  async #giveBack(
    senderId: number,
    ours: number[],
    kept: number,
    onFewer: (kept: number) => void,
  ): Promise<void> {
    const numbers = ours.slice(kept);
    if (numbers.length === 0) return;
    // Not used from here on, before anybody else may.
    this.#held = Math.min(this.#held, kept);
    onFewer(kept);
    await this.#db
      .deleteFrom('places')
      .where('name', '=', this.#name)
      .where('sender_id', '=', senderId)
      .where('number', 'in', numbers)
      .execute();
  }

  async #take(senderId: number, wanted: number): Promise<void> {
    if (wanted === 0) return;
    const taken = await this.#db
      .selectFrom('places')
      .select('number')
      .where('name', '=', this.#name)
      .execute();
    const free = Array.from({ length: this.#most }, (_, at) => at + 1)
      .filter((number) => !taken.some((place) => place.number === number))
      .slice(0, wanted);
    if (free.length === 0) return;
    const { numInsertedOrUpdatedRows: got } = await this.#db
      .insertInto('places')
      .values(free.map((number) => ({ name: this.#name, number, sender_id: senderId })))
      .onConflict((conflict) => conflict.columns(['name', 'number']).doNothing())
      .executeTakeFirstOrThrow();
    // Somebody was faster: perhaps others are free.
    await this.#take(senderId, Math.min(wanted, free.length) - Number(got ?? 0));
  }
}
