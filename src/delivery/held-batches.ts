import type { Advanced, Reading } from './advance.ts';
import type { Claim } from './batches.ts';

/** A claim of a batch, which is another one whenever the batch is claimed again. */
type Claimed = Pick<Claim, 'batchId' | 'epoch'>;

interface Held extends Claim {
  /** The last delivery that was read. */
  after: number;
  /** Read to its end. */
  ended: boolean;
  /** Its edition is not going out. */
  waiting: boolean;
  /** Somebody in it is still queued and cannot be read, out elsewhere perhaps: left alone until the next look. */
  resting: boolean;
  /** Messages of it that are on the wire or not yet written down. */
  out: number;
}

/** The batches held under a tenure, and whose turn it is: plain bookkeeping, the truth is in their rows. */
export class HeldBatches {
  #held: Held[] = [];

  add(claim: Claim): void {
    this.#held.push({ ...claim, after: 0, ended: false, waiting: false, resting: false, out: 0 });
  }

  get size(): number {
    return this.#held.length;
  }

  get ids(): number[] {
    return this.#held.map(({ batchId }) => batchId);
  }

  /** Whether there is a batch from which recipients can be taken. */
  get readable(): boolean {
    return this.#held.some(isReadable);
  }

  /** Newsletters that need no further batch now. */
  busyNewsletters(): number[] {
    return [...new Set(this.#held.filter((batch) => !batch.ended).map((batch) => batch.newsletterId))];
  }

  /** Deals `messages` out to the batches that can be read, as evenly as can be, another one first each time. */
  deal(messages: number): Reading[] {
    const readable = this.#held.filter(isReadable);
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
    return this.#held.filter(
      ({ ended, waiting, resting, out }) => ended && !waiting && !resting && out === 0,
    );
  }

  /** A message of it went out on the wire. */
  departed(claim: Claimed): void {
    const batch = this.#find(claim);
    if (batch !== undefined) batch.out++;
  }

  /** It has landed and is written down. Of a claim that is held no more it counts nowhere. */
  landed(claim: Claimed): void {
    const batch = this.#find(claim);
    if (batch !== undefined) batch.out--;
  }

  /** Takes in what an ADVANCE found; what it tried to close and could not is read once more from its start. */
  apply({ batches, closed }: Advanced, closing: Claimed[]): void {
    for (const batch of this.#held) {
      const found = batches.get(batch.batchId);
      if (found !== undefined) {
        batch.after = found.after;
        batch.ended = found.state === 'ended';
        batch.waiting = found.state === 'waiting';
      }
      if (!closing.some(({ batchId }) => batchId === batch.batchId)) continue;
      // Read from its start and nobody found: another reading would find nobody either.
      if (batch.after === 0) batch.resting = true;
      batch.after = 0;
      batch.ended = false;
    }
    this.#held = this.#held.filter(
      ({ batchId }) => !closed.includes(batchId) && batches.get(batchId)?.state !== 'lost',
    );
  }

  /** Looks again at what rests. */
  rouse(): void {
    for (const batch of this.#held) batch.resting = false;
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

  #find({ batchId, epoch }: Claimed): Held | undefined {
    return this.#held.find((held) => held.batchId === batchId && held.epoch === epoch);
  }
}

function isReadable({ ended, waiting, resting }: Held): boolean {
  return !ended && !waiting && !resting;
}
