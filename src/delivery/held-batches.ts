import type { Advanced, Reading } from './advance.ts';
import type { Claim, Served } from './batches.ts';

/** A claim of a batch, which is another one whenever the batch is claimed again. */
type Claimed = Pick<Claim, 'batchId' | 'epoch'>;

/** How many messages a lane may be given now. */
type Room = (lane: string) => number;

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

  /** Whether there is a batch from which recipients can be taken, in a lane that has room. */
  readable(room: Room): boolean {
    return this.#held.some((batch) => isReadable(batch) && room(batch.lane) > 0);
  }

  /** Lanes of the batches from which recipients could be taken. */
  get lanes(): Set<string> {
    return new Set(this.#held.filter(isReadable).map(({ lane }) => lane));
  }

  /** Lanes of newsletters that need no further batch now. */
  served(): Served[] {
    return this.#held
      .filter((batch) => !batch.ended)
      .map(({ newsletterId, lane }) => ({ newsletterId, lane }));
  }

  laneOf(claim: Claimed): string {
    return this.#find(claim)?.lane ?? 'other';
  }

  /**
   * Deals `messages` out to the batches that can be read, as evenly as can be, another one first each time. What a
   * lane has no room for goes to the others: a slow lane never holds up a fast one.
   */
  deal(messages: number, room: Room): Reading[] {
    // A turn in which nothing can leave is nobody's.
    if (messages === 0) return [];
    const first = this.#held.shift();
    if (first !== undefined) this.#held.push(first);
    const rooms = new Map<string, number>();
    for (const { lane } of this.#held) rooms.set(lane, room(lane));
    const roomOf = ({ lane }: Held) => rooms.get(lane) ?? 0;
    const readable = this.#held
      .filter((batch) => isReadable(batch) && roomOf(batch) > 0)
      .sort((one, other) => Math.min(roomOf(one), messages) - Math.min(roomOf(other), messages));
    let left = messages;
    return readable
      .map((batch, place) => {
        const most = Math.min(Math.ceil(left / (readable.length - place)), roomOf(batch));
        left -= most;
        rooms.set(batch.lane, roomOf(batch) - most);
        return { batchId: batch.batchId, epoch: batch.epoch, after: batch.after, most };
      })
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

  /** Removes what may be given back: its edition waits, or its lane is closed to us, and nothing of it is out. */
  takeIdle(isClosed: (lane: string) => boolean): Claim[] {
    const idle = this.#held.filter(
      (batch) => batch.out === 0 && (batch.waiting || (!batch.ended && isClosed(batch.lane))),
    );
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
