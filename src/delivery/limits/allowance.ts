import type { Db } from '../../database/connect.ts';
import type { Limits } from '../../limits.ts';
import { Pace } from './pace.ts';
import { Places } from './places.ts';
import { Ration } from './ration.ts';

const UNLIMITED = Number.POSITIVE_INFINITY;

/** What a relay or a lane may still be given, by all its limits, as shared with the other senders. */
export class Allowance {
  readonly #pace: Pace | null;
  readonly #ration: Ration | null;
  readonly #places: Places | null;
  #out = 0;
  #shared = false;
  #waiting: Promise<void> | null = null;

  /** @param name `relay mail.example:587`, `lane gmail`. */
  constructor(db: Db, name: string, { perSecond, perDay, atOnce }: Limits) {
    this.#pace = perSecond === null ? null : new Pace(db, name, perSecond);
    this.#ration = perDay === null ? null : new Ration(db, name, perDay);
    this.#places = atOnce === null ? null : new Places(db, name, atOnce);
  }

  /** How many messages may leave now. */
  get available(): number {
    const room = this.#places === null ? UNLIMITED : Math.max(0, this.#places.held - this.#out);
    return Math.min(room, this.#pace?.available() ?? UNLIMITED, this.#ration?.available() ?? UNLIMITED);
  }

  /** Whether we have asked for our share of the places. */
  get shared(): boolean {
    return this.#shared;
  }

  /** Nothing of it is for us: others hold all places, or the day's messages are used up. */
  get closed(): boolean {
    return (this.#shared && this.#places?.held === 0) || this.exhausted;
  }

  /** The messages of 24 hours are used up. */
  get exhausted(): boolean {
    return this.#ration?.exhausted === true;
  }

  departed(): void {
    this.#out++;
    this.#pace?.take(1);
    this.#ration?.take();
  }

  landed(): void {
    this.#out--;
  }

  /**
   * Takes our share of the places, and gives back what others may need: when a lease is renewed.
   * @param onFewer told how many may be out at once, when they become fewer.
   */
  async share(senderId: number, onFewer?: (kept: number) => void): Promise<void> {
    await this.#places?.share(senderId, () => this.#out, onFewer);
    this.#shared = true;
    await this.#ration?.giveBackIdle();
  }

  /**
   * Has more asked for where little is left.
   * @param onReady told when messages may leave. @param onSilence when the database does not answer.
   */
  replenish(signal: AbortSignal, onReady: () => void, onSilence: (error: unknown) => Promise<void>): void {
    this.#ration?.replenish(onReady, onSilence);
    if (this.#pace === null || !(this.#pace.low || this.#pace.available() < 1)) return;
    this.#waiting ??= this.#pace
      .ready(signal)
      .catch(onSilence)
      .finally(() => {
        this.#waiting = null;
        if (!signal.aborted) onReady();
      });
  }

  /** Ends in order: nothing is asked for any more, and what is left of the day is given back. */
  async close(): Promise<void> {
    await this.#waiting;
    await this.#ration?.giveBack();
  }
}
