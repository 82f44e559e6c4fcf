const LONGEST = 60_000;

/** What a relay is in, from its first fault until it answers as it should. */
export interface RelayTrouble {
  /** What it said, or what happened to the line. */
  response: string;
  /** ms until it is tried again. */
  nextTryIn: number;
}

/**
 * Leaves a relay in trouble alone: at first briefly, then twice as long each time, a minute at most. After a rest it
 * is tried with one message, until it has answered as it should.
 */
export class RelayRest {
  readonly #first: number;
  #next: number;
  /** By `performance.now()`. */
  #until = 0;
  /** Messages in a row that were out and had no answer; those that were out together count as one. */
  #unanswered = 0;
  #response = '';
  /** The single message after a rest is out. */
  #trying = false;
  /** Messages handed to it, and how many of them when the present trouble began or was last met. */
  #departures = 0;
  #metAt = 0;

  constructor(first: number) {
    this.#first = first;
    this.#next = first;
  }

  /** ms for which nothing should be sent. */
  remaining(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** null: there is none. */
  get trouble(): RelayTrouble | null {
    return this.#until === 0 ? null : { response: this.#response, nextTryIn: this.remaining() };
  }

  /** How many messages may be handed to it now: none while it rests, then a single one until that is answered. */
  get allows(): number {
    if (this.#until === 0) return Number.POSITIVE_INFINITY;
    return this.remaining() > 0 || this.#trying ? 0 : 1;
  }

  /** A message is handed to it. @returns its number. */
  departed(): number {
    this.#trying = this.#until !== 0;
    return ++this.#departures;
  }

  /** A message has come to its end, whatever that was. */
  landed(departure: number): void {
    if (departure > this.#metAt) this.#trying = false;
  }

  /** A message was out and its line ended without an answer. @returns how many in a row. */
  unanswered(response: string, departure: number): number {
    if (departure > this.#metAt) this.#unanswered++;
    this.begin(response, departure);
    return this.#unanswered;
  }

  /** It is in trouble. @returns whether that is news; messages that were out at the same time bring the same. */
  begin(response: string, departure: number): boolean {
    if (departure <= this.#metAt) return false;
    const news = this.#until === 0;
    this.#metAt = this.#departures;
    this.#trying = false;
    this.#until = performance.now() + this.#next;
    this.#response = response;
    this.#next = Math.min(this.#next * 2, LONGEST);
    return news;
  }

  /** It has answered as it should, to what was sent since. @returns whether it had been in trouble. */
  over(departure: number): boolean {
    if (departure <= this.#metAt) return false;
    const rested = this.#until !== 0;
    this.#until = 0;
    this.#next = this.#first;
    this.#unanswered = 0;
    return rested;
  }
}
