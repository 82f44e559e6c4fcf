import type { Db } from '../../database/connect.ts';
import type { Limits } from '../../limits.ts';
import { Pace } from './pace.ts';
import { Places } from './places.ts';

/** What a relay or a lane may still be given, by all its limits, as shared with the other senders. */
export class Allowance {
  readonly #pace: Pace | null;
  readonly #places: Places | null;
  #out = 0;
  /** We have asked for our share at least once. */
  #shared = false;
  #waiting: Promise<void> | null = null;

  /** @param name `relay mail.example:587`, `lane gmail`. */
  constructor(db: Db, name: string, { perSecond, perDay, atOnce }: Limits) {
    const paced = perSecond !== null || perDay !== null;
    this.#pace = paced ? new Pace(db, name, { perSecond: perSecond ?? UNHURRIED, perDay }) : null;
    this.#places = atOnce === null ? null : new Places(db, name, atOnce);
  }

  /** How many messages may leave now. */
  get available(): number {
    return Math.min(this.room, this.#pace?.available() ?? Number.POSITIVE_INFINITY);
  }

  /** How many more may be out at once, whatever the second or the day says. */
  get room(): number {
    return this.#places === null ? Number.POSITIVE_INFINITY : Math.max(0, this.#places.held - this.#out);
  }

  /** Nothing of it is for us: others hold all places, or the day's messages are used up. */
  get closed(): boolean {
    return (this.#shared && this.#places?.held === 0) || this.#pace?.exhausted === true;
  }

  /** The messages of 24 hours are used up. */
  get exhausted(): boolean {
    return this.#pace?.exhausted === true;
  }

  departed(): void {
    this.#out++;
    this.#pace?.take(1);
  }

  landed(): void {
    this.#out--;
  }

  /** Takes our share of the places: when a tenure begins, and whenever its lease is renewed. */
  async share(senderId: number): Promise<void> {
    await this.#places?.share(senderId, this.#out);
    this.#shared = true;
  }

  /**
   * Has more of the second asked for where little is left.
   * @param onReady told when messages may leave. @param onSilence when the database does not answer.
   */
  replenish(signal: AbortSignal, onReady: () => void, onSilence: (error: unknown) => Promise<void>): void {
    if (this.#pace === null || !(this.#pace.low || this.#pace.available() < 1)) return;
    this.#waiting ??= this.#pace
      .ready(signal)
      .catch(onSilence)
      .finally(() => {
        this.#waiting = null;
        if (!signal.aborted) onReady();
      });
  }

  /** Resolves when nothing is being asked for. */
  async settled(): Promise<void> {
    await this.#waiting;
  }
}

/** A limit for the day alone: more a second than anything sends. */
const UNHURRIED = 20_000;
