import { expect } from 'vitest';
import type { Context } from '../../src/context.ts';
import {
  type Advance,
  type NextRecipient,
  type Outcome,
  prepareAdvance,
} from '../../src/delivery/advance.ts';
import { claimBatch, dueBatches, giveBackBatch } from '../../src/delivery/batches.ts';
import { finishEditions } from '../../src/delivery/finish.ts';
import type { SendOutcome } from '../../src/delivery/relay.ts';
import { LEASE, registerSender } from '../../src/delivery/senders.ts';
import { settle } from '../../src/delivery/settle.ts';
import type { Random } from './random.ts';

/** What the relay took: by delivery, the revision of each copy. */
export type Taken = Map<number, number[]>;

interface Held {
  batchId: number;
  epoch: number;
  after: number;
  ended: boolean;
}

const CONNECTIONS = [1, 2, 3];

/**
 * A sender without wires: the real claims and the real ADVANCE, one turn at a time, with answers drawn at random. What
 * it sends must be of editions that are going out, and carry the revision that is approved at that moment.
 */
export class SimulatedSender {
  readonly id: number;
  readonly #context: Context;
  readonly #advance: Advance;
  readonly #taken: Taken;
  #held: Held[] = [];
  #out = new Map<number, NextRecipient>();

  private constructor(context: Context, taken: Taken, id: number) {
    this.#context = context;
    this.#advance = prepareAdvance(context.db);
    this.#taken = taken;
    this.id = id;
  }

  static async begin(context: Context, taken: Taken): Promise<SimulatedSender> {
    return new SimulatedSender(context, taken, await registerSender(context.db, LEASE));
  }

  get busy(): boolean {
    return this.#out.size > 0;
  }

  /** It dies: of what is on its wire the relay takes some. */
  die(random: Random): void {
    for (const next of this.#out.values()) if (random.chance(0.5)) this.#take(next);
    this.#out.clear();
  }

  /**
   * Some of what is out is answered, and as much goes out as may.
   * @param answer what the relay says; null: nothing yet.
   * @returns whether it is a sender still.
   */
  async turn(random: Random, answer: () => SendOutcome | null): Promise<boolean> {
    const { db, now } = this.#context;
    const landed = [...this.#out.values()].flatMap((next) => this.#landed(random, next, answer()));
    for (const due of await dueBatches(db, now(), { served: [], closedLanes: [] })) {
      const claim = await claimBatch(db, due.batchId, this.id, now());
      if (claim !== null) this.#held.push({ ...claim, after: 0, ended: false });
    }
    const free = CONNECTIONS.filter((connection) => !this.#out.has(connection));
    const readable = this.#held.filter(({ ended }) => !ended);
    const closing = this.#held.filter(({ ended, batchId }) => ended && !this.#isOut(batchId));
    const advanced = await this.#advance({
      senderId: this.id,
      now: now().epochMilliseconds,
      outcomes: landed,
      connections: free,
      batches: readable.slice(0, 1).map((held) => ({ ...held, most: free.length })),
      closing,
    });
    for (const next of advanced.next) await this.#depart(next);
    for (const held of closing) [held.after, held.ended] = [0, false];
    for (const held of [...this.#held]) {
      const found = advanced.batches.get(held.batchId);
      if (found !== undefined) [held.after, held.ended] = [found.after, found.state === 'ended'];
      const over = found?.state === 'lost' || advanced.closed.includes(held.batchId);
      const idle = found?.state === 'waiting' && !this.#isOut(held.batchId);
      if (idle) await giveBackBatch(db, { ...held, editionId: 0, newsletterId: 0, lane: '' }, undefined);
      if (over || idle || !advanced.alive) this.#held = this.#held.filter((each) => each !== held);
    }
    // Another one first.
    this.#held.push(...this.#held.splice(0, 1));
    await finishEditions(this.#context);
    return advanced.alive;
  }

  #landed(random: Random, next: NextRecipient, answer: SendOutcome | null): Outcome[] {
    if (answer === null) return [];
    if (answer.kind === 'sent' || (answer.kind === 'unknown' && random.chance(0.5))) this.#take(next);
    this.#out.delete(next.connection);
    const { now, config } = this.#context;
    const at = now().epochMilliseconds;
    const { connection, deliveryId, revision, firstTriedAt: since } = next;
    const settled = settle(answer, next, config.inDoubt, at, random.next());
    return [{ ...settled, connection, deliveryId, relay: 'relay', revision, since, at }];
  }

  async #depart(next: NextRecipient): Promise<void> {
    const edition = await this.#context.db
      .selectFrom('editions')
      .select(['state', 'approved_revision as revision'])
      .where('id', '=', next.editionId)
      .executeTakeFirstOrThrow();
    expect(edition).toEqual({ state: 'sending', revision: next.revision });
    this.#out.set(next.connection, next);
  }

  #take({ deliveryId, revision }: NextRecipient): void {
    this.#taken.set(deliveryId, [...(this.#taken.get(deliveryId) ?? []), revision]);
  }

  #isOut(batchId: number): boolean {
    return [...this.#out.values()].some((next) => next.batchId === batchId);
  }
}
