import type { Db } from '../database/connect.ts';
import { claimBatch, giveBackBatch, reopenForgotten } from './batches.ts';
import type { Handout } from './handout.ts';
import { HeldBatches } from './held-batches.ts';
import { HeldNotices } from './held-notices.ts';
import { claimNotices, releaseForgotten } from './notices.ts';
import { type Lease, registerSender, removeSender, renewSender } from './senders.ts';

/**
 * A process's time as a sender: its row in `senders`, the lease on it, and the batches and notices held under it.
 * It ends as a whole, in order or because others took it for dead; then nothing that was held under it is ours, and
 * the process begins another. What is on the wire then lands under no tenure: only that a relay took it still counts.
 */
export class Tenure {
  readonly id: number;
  readonly batches = new HeldBatches();
  readonly notices = new HeldNotices();
  readonly #db: Db;
  readonly #lease: Lease;
  readonly #handout: Handout | undefined;
  /** By `performance.now()`, counted from the question: never later than the database thinks. */
  #end: number;
  #lost = false;
  /** What is being claimed, whose answer has not come yet. */
  readonly #claiming = new Set<number>();
  #claimingNotices = false;

  private constructor(db: Db, lease: Lease, handout: Handout | undefined, id: number, end: number) {
    this.#db = db;
    this.#lease = lease;
    this.#handout = handout;
    this.id = id;
    this.#end = end;
  }

  /** @param handout told of what is given back; absent: every sender looks for itself. */
  static async begin(db: Db, lease: Lease, handout?: Handout): Promise<Tenure> {
    const end = performance.now() + lease.goodFor;
    return new Tenure(db, lease, handout, await registerSender(db, lease), end);
  }

  /** Others have taken over, or we could not keep them from it. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether others may have taken over by now. */
  get over(): boolean {
    return this.#lost || performance.now() > this.#end;
  }

  /**
   * Renews the lease, and gives free what is claimed under it and not held here: an answer that was lost on its way
   * must not strand anybody.
   * @returns false when the tenure is lost.
   * @throws when the database does not answer.
   */
  async renew(): Promise<boolean> {
    const asked = performance.now();
    if (this.#lost || !(await renewSender(this.#db, this.id, this.#lease))) {
      this.lose();
      return false;
    }
    this.#end = asked + this.#lease.goodFor;
    await reopenForgotten(this.#db, this.id, [...this.batches.ids, ...this.#claiming], this.#handout);
    if (!this.#claimingNotices) await releaseForgotten(this.#db, this.id, this.notices.ids);
    return true;
  }

  /** Claims a batch, if it is to be had. @returns its lane. */
  async claimBatch(batchId: number, now: Temporal.Instant): Promise<string | null> {
    if (this.#lost || this.batches.ids.includes(batchId)) return null;
    this.#claiming.add(batchId);
    try {
      const claim = await claimBatch(this.#db, batchId, this.id, now);
      if (claim !== null && !this.#lost) this.batches.add(claim);
      return claim?.lane ?? null;
    } finally {
      this.#claiming.delete(batchId);
    }
  }

  /** Claims due notices until `most` wait. */
  async claimNotices(most: number, now: Temporal.Instant): Promise<void> {
    const room = most - this.notices.waiting;
    if (this.#lost || room <= 0) return;
    this.#claimingNotices = true;
    try {
      const claimed = await claimNotices(this.#db, this.id, room, now);
      if (!this.#lost) this.notices.add(claimed);
    } finally {
      this.#claimingNotices = false;
    }
  }

  /** Gives back the batches whose edition does not go out now, or whose lane is closed to us. */
  async giveBackIdle(isClosed: (lane: string) => boolean): Promise<void> {
    for (const claim of this.batches.takeIdle(isClosed)) await giveBackBatch(this.#db, claim, this.#handout);
  }

  /** Drops all that was held: others clear up after it, as after any sender that fell silent. */
  lose(): void {
    this.#lost = true;
    this.batches.clear();
    this.notices.clear();
  }

  /** Leaves in order, with nothing on the wire. */
  async leave(): Promise<void> {
    if (!this.#lost) await removeSender(this.#db, this.id, this.#handout);
    this.lose();
  }
}
