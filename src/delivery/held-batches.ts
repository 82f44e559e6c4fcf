import type { Advanced, Reading } from './advance.ts';
import type { Claim } from './batches.ts';

interface Held extends Claim {
  /** The last delivery that was read. */
  after: number;
  /** Read to its end. */
  ended: boolean;
  /** Its edition is not going out. */
  waiting: boolean;
  /** Messages of it that are on the wire or not yet written down. */
  out: number;
}

/** The batches this process has claimed, and whose turn it is: plain bookkeeping, the truth is in their rows. */
export class HeldBatches {
  #held: Held[] = [];

  add(claim: Claim): void {
    this.#held.push({ ...claim, after: 0, ended: false, waiting: false, out: 0 });
  }

  get size(): number {
    return this.#held.length;
  }

  /** Whether there is a batch from which recipients can be taken. */
  get readable(): boolean {
    return this.#held.some((batch) => !batch.ended && !batch.waiting);
  }

  /** Newsletters that need no further batch now. */
  busyNewsletters(): number[] {
    return [...new Set(this.#held.filter((batch) => !batch.ended).map((batch) => batch.newsletterId))];
  }

  /** Deals `messages` out to the batches that can be read, as evenly as can be, another one first each time. */
  deal(messages: number): Reading[] {
    const readable = this.#held.filter((batch) => !batch.ended && !batch.waiting);
    const first = this.#held.shift();
    if (first !== undefined) this.#held.push(first);
    return readable
      .map(({ batchId, epoch, after }, place) => ({
        batchId,
        epoch,
        after,
        most: Math.ceil((messages - place) / readable.length),
      }))
      .filter(({ most }) => most > 0);
  }

  /** What was read to its end and has nothing out. */
  closing(): Claim[] {
    return this.#held.filter((batch) => batch.ended && !batch.waiting && batch.out === 0);
  }

  /** A message of it went out on the wire, or has landed and is written down. */
  departed(batchId: number): void {
    this.#count(batchId, 1);
  }

  landed(batchId: number): void {
    this.#count(batchId, -1);
  }

  /** Takes in what an ADVANCE found; what it tried to close and could not is read once more from its start. */
  apply({ batches, closed }: Advanced, closing: { batchId: number }[]): void {
    for (const batch of this.#held) {
      const found = batches.get(batch.batchId);
      if (found !== undefined) {
        batch.after = found.after;
        batch.ended = found.state === 'ended';
        batch.waiting = found.state === 'waiting';
      }
      if (closing.some(({ batchId }) => batchId === batch.batchId)) {
        batch.after = 0;
        batch.ended = false;
      }
    }
    this.#held = this.#held.filter(
      ({ batchId }) => !closed.includes(batchId) && batches.get(batchId)?.state !== 'lost',
    );
  }

  /** Removes what may be given back: its edition waits, and nothing of it is out. */
  takeIdle(): Claim[] {
    const idle = this.#held.filter((batch) => batch.out === 0 && batch.waiting);
    this.#held = this.#held.filter((batch) => !idle.includes(batch));
    return idle;
  }

  clear(): void {
    this.#held = [];
  }

  #count(batchId: number, by: number): void {
    const batch = this.#held.find((held) => held.batchId === batchId);
    if (batch !== undefined) batch.out += by;
  }
}
