const LONGEST = 60_000;

/** Leaves a relay in trouble alone: at first briefly, then twice as long each time, a minute at most. */
export class RelayRest {
  readonly #first: number;
  #next: number;
  /** By `performance.now()`. */
  #until = 0;

  constructor(first: number) {
    this.#first = first;
    this.#next = first;
  }

  /** ms for which nothing should be sent. */
  remaining(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** It is in trouble. @returns whether that is news; messages that were out at the same time bring the same. */
  begin(): boolean {
    if (this.remaining() > 0) return false;
    const news = this.#until === 0;
    this.#until = performance.now() + this.#next;
    this.#next = Math.min(this.#next * 2, LONGEST);
    return news;
  }

  /** It has answered as it should. @returns whether it had been in trouble. */
  over(): boolean {
    const rested = this.#until !== 0;
    this.#until = 0;
    this.#next = this.#first;
    return rested;
  }
}
