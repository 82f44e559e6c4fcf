import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { defaultLimits } from '../limits.ts';
import { Allowance } from './limits/allowance.ts';
import { databaseNow } from './senders.ts';

/** How long a mailbox provider that refuses us is left alone, ms: then it is tried again. */
const ASIDE_FOR = 3_600_000;

/** The lanes that a sender sends to: what each may be given, and which are set aside. */
export class Lanes {
  readonly #context: Pick<Context, 'db' | 'config' | 'log'>;
  readonly #allowances = new Map<string, Allowance>();
  #aside = new Set<string>();

  constructor(context: Pick<Context, 'db' | 'config' | 'log'>) {
    this.#context = context;
  }

  /** How many messages may go there now. */
  available(lane: string): number {
    return this.#aside.has(lane) ? 0 : this.#allowance(lane).available;
  }

  /** Lanes of which nothing should be claimed now. */
  get closed(): string[] {
    const full = [...this.#allowances].filter(([, allowance]) => allowance.closed).map(([lane]) => lane);
    return [...new Set([...this.#aside, ...full])];
  }

  isClosed(lane: string): boolean {
    return this.#aside.has(lane) || this.#allowances.get(lane)?.closed === true;
  }

  departed(lane: string): void {
    this.#allowance(lane).departed();
  }

  landed(lane: string): void {
    this.#allowance(lane).landed();
  }

  /** Opens a lane for a sender: takes its share of the places. */
  async open(lane: string, senderId: number): Promise<void> {
    const allowance = this.#allowance(lane);
    if (!allowance.shared) await allowance.share(senderId);
  }

  /** Takes our share of the places in all lanes, and learns which are set aside. */
  async share(senderId: number): Promise<void> {
    for (const allowance of this.#allowances.values()) await allowance.share(senderId);
    await this.#look();
  }

  /** Learns which lanes are set aside, here or by another sender. */
  async #look(): Promise<void> {
    const { db } = this.#context;
    const rows = await db
      .selectFrom('lanes')
      .select('lane')
      .where('aside_until', '>', databaseNow(db))
      .execute();
    this.#aside = new Set(rows.map(({ lane }) => lane));
  }

  /** Leaves a mailbox provider alone for an hour. What is still to go there waits, and nobody has lost a try. */
  async setAside(lane: string, response: string): Promise<void> {
    const { db, log } = this.#context;
    this.#aside.add(lane);
    const until = sql<number>`${databaseNow(db)} + ${sql.lit(ASIDE_FOR)}`;
    await db
      .insertInto('lanes')
      .values({ lane, aside_until: until, since: databaseNow(db), response })
      .onConflict((conflict) =>
        conflict.column('lane').doUpdateSet({ aside_until: until, since: databaseNow(db), response }),
      )
      .execute();
    log.error(
      { lane, response },
      'A mailbox provider refuses us: it is left alone for an hour, nothing is lost',
    );
  }

  /** Has more asked for in those of the lanes where little is left. */
  replenish(lanes: Iterable<string>, ...given: Parameters<Allowance['replenish']>): void {
    for (const lane of lanes) this.#allowance(lane).replenish(...given);
  }

  /** Lanes that get nothing for hours: set aside, or out of the day's messages. */
  get waiting(): string[] {
    const out = [...this.#allowances].filter(([, allowance]) => allowance.exhausted).map(([lane]) => lane);
    return [...new Set([...this.#aside, ...out])];
  }

  async close(): Promise<void> {
    for (const allowance of this.#allowances.values()) await allowance.close();
  }

  #allowance(lane: string): Allowance {
    let known = this.#allowances.get(lane);
    if (known === undefined) {
      const { db, config } = this.#context;
      known = new Allowance(db, `lane ${lane}`, config.laneLimits.get(lane) ?? defaultLimits(lane));
      this.#allowances.set(lane, known);
    }
    return known;
  }
}
