import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import {
  type Advance,
  type Advanced,
  type NextRecipient,
  type Outcome,
  prepareAdvance,
  type Step,
} from './advance.ts';
import { type Attempt, attempts } from './attempt.ts';
import type { Compose } from './composing.ts';
import { type Connection, Connections } from './connections.ts';
import { finishEditions } from './finish.ts';
import { sendNotice } from './notices.ts';
import { Pace } from './pace.ts';
import type { Relay } from './relay.ts';
import { RelayRest, type RelayTrouble } from './relay-rest.ts';
import { settle } from './settle.ts';
import type { Tenure } from './tenure.ts';

interface LoopOptions {
  compose: Compose;
  /** The tenure that is held now. */
  tenure: () => Tenure;
  /** Told when there is room for more batches and notices. */
  onRoom: () => void;
  /** Told when it turns out that the tenure is lost. */
  onLost: () => void;
  onWritten: (editionId: number, outcome: Outcome) => void;
  onSilence: (error: unknown) => void;
  stopping: AbortSignal;
  /** ms for which a relay in trouble is first left alone, and after which a question to the database is repeated. */
  restFor: number;
  askAgainAfter: number;
  /** From 0 up to 1. */
  random: () => number;
}

/**
 * Keeps the connections to the relay busy with what the tenure holds: notices first, then editions. Turn by turn it
 * gathers what has landed and what may leave into one ADVANCE.
 */
export class SendingLoop {
  readonly connections: Connections;
  readonly #context: Context;
  readonly #relay: Relay;
  readonly #options: LoopOptions;
  readonly #attempt: Attempt;
  readonly #advance: Advance;
  readonly #pace: Pace;
  readonly #rest: RelayRest;
  #turnWanted = false;
  #turning: Promise<void> | null = null;
  #pacing: Promise<void> | null = null;

  constructor(context: Context, relay: Relay, options: LoopOptions) {
    this.connections = new Connections(relay.connections);
    this.#context = context;
    this.#relay = relay;
    this.#options = options;
    this.#rest = new RelayRest(options.restFor);
    this.#attempt = attempts(context, relay, options.compose, this.#rest, options.stopping);
    this.#advance = prepareAdvance(context.db);
    this.#pace = new Pace(context.db, relay.name, context.config.relayRate);
  }

  /** Whether nothing is out and no turn is under way. */
  get still(): boolean {
    return this.connections.quiet && this.#turning === null;
  }

  /** What the relay is in; null: it answers as it should. */
  get trouble(): RelayTrouble | null {
    return this.#rest.trouble;
  }

  /** Has a turn taken soon; what happens until then is gathered into one transaction. */
  wake(): void {
    this.#turnWanted = true;
    this.#turning ??= this.#turns().finally(() => {
      this.#turning = null;
      if (this.#turnWanted) this.wake();
    });
  }

  /** Resolves when the turn that is under way has ended. */
  async settled(): Promise<void> {
    await Promise.all([this.#turning, this.#pacing]);
  }

  async #turns(): Promise<void> {
    while (this.#turnWanted) {
      // Lets what has arrived on the sockets be read first: it belongs into the same transaction.
      await new Promise((resolve) => setImmediate(resolve));
      this.#turnWanted = false;
      try {
        await this.#turn();
      } catch (error) {
        this.#options.onSilence(error);
        await pause(100);
        this.#turnWanted = !this.#options.stopping.aborted;
      }
    }
  }

  async #turn(): Promise<void> {
    const tenure = this.#options.tenure();
    const waiting = this.#sendNotices(tenure);
    const { landed, free } = this.connections;
    const allowance = tenure.batches.readable ? this.#allowance(free.length - waiting) : 0;
    const closing = tenure.batches.closing();
    const step: Step = {
      senderId: tenure.id,
      now: this.#context.now().epochMilliseconds,
      outcomes: landed.map((connection) => connection.landed as Outcome),
      connections: free.slice(0, allowance).map(({ number }) => number),
      batches: tenure.batches.deal(allowance),
      closing,
    };
    if (step.outcomes.length + step.batches.length + step.closing.length === 0) return;
    const advanced = await this.#advanceUntilAnswered(step, tenure);
    for (const connection of landed) this.#written(connection);
    if (advanced === null) return;
    const done = closing.filter(({ batchId }) => advanced.closed.includes(batchId));
    tenure.batches.apply(advanced, closing);
    this.#pace.take(advanced.next.length);
    for (const next of advanced.next) this.#depart(next, tenure);
    if (!advanced.alive && !tenure.lost) {
      tenure.lose();
      this.#options.onLost();
    }
    await this.#lookOn(tenure, advanced, allowance);
    await finishEditions(
      this.#context,
      done.map(({ editionId }) => editionId),
    );
  }

  /** How many messages may leave now on `free` connections. */
  #allowance(free: number): number {
    if (free <= 0 || this.#options.stopping.aborted) return 0;
    const rest = this.#rest.remaining();
    if (rest > 0) setTimeout(() => this.wake(), rest).unref();
    const wanted = Math.min(free, this.#rest.allows);
    if (wanted === 0) return 0;
    const available = this.#pace.available();
    if (available < wanted || this.#pace.low) this.#awaitPace();
    return Math.min(wanted, available);
  }

  /** Wakes the loop when the next message may leave. */
  #awaitPace(): void {
    const { stopping, onSilence, askAgainAfter } = this.#options;
    this.#pacing ??= this.#pace
      .ready(stopping)
      .catch(async (error) => {
        onSilence(error);
        await pause(askAgainAfter);
      })
      .finally(() => {
        this.#pacing = null;
        if (!stopping.aborted) this.wake();
      });
  }

  /** Gives back what must wait, and looks for more where a batch has ended or connections are left over. */
  async #lookOn(tenure: Tenure, { batches, next }: Advanced, allowance: number): Promise<void> {
    const held = tenure.batches;
    await tenure.giveBackIdle();
    if ([...batches.values()].some(({ state }) => state !== 'reading') || held.size === 0)
      this.#options.onRoom();
    if (held.closing().length > 0 || (next.length < allowance && held.readable)) this.wake();
  }

  /**
   * The same values are sent until the database answers or the lease ends; then others take over, and what could
   * not be written down is in doubt.
   */
  async #advanceUntilAnswered(step: Step, tenure: Tenure): Promise<Advanced | null> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.#advance(step);
      } catch (error) {
        if (failures === 0) this.#options.onSilence(error);
        if (tenure.over) break;
        await pause(Math.min(100 * 2 ** failures, 2_000));
      }
    }
    for (const { deliveryId, state, response } of step.outcomes) {
      this.#context.log.error(
        { delivery: deliveryId, state, response },
        'Not written down, so it is in doubt',
      );
    }
    tenure.lose();
    return null;
  }

  #written(connection: Connection): void {
    const { out, landed } = connection;
    connection.out = null;
    connection.landed = null;
    if (out === null || out === 'notice' || landed === null) return;
    out.tenure.batches.landed(out.next);
    this.#options.onWritten(out.next.editionId, landed);
  }

  #depart(next: NextRecipient, tenure: Tenure): void {
    const connection = this.connections.get(next.connection);
    connection.out = { tenure, next };
    tenure.batches.departed(next);
    this.#rest.departed();
    void this.#attempt(next).then((outcome) => {
      const { config, now } = this.#context;
      const { deliveryId, revision, firstTriedAt: since } = next;
      const at = now().epochMilliseconds;
      connection.landed = {
        ...settle(outcome, next, config.inDoubt, at, this.#options.random()),
        ...{ connection: connection.number, deliveryId, relay: this.#relay.name, revision, since, at },
      };
      this.#rest.landed();
      this.wake();
    });
  }

  /** Gives idle connections to waiting notices. @returns how many still wait for one. */
  #sendNotices(tenure: Tenure): number {
    for (const connection of this.connections.idle) {
      if (tenure.notices.waiting === 0 || this.#allowance(1) === 0) break;
      this.#sendNotice(connection, tenure);
    }
    return tenure.notices.waiting;
  }

  #sendNotice(connection: Connection, tenure: Tenure): void {
    const notice = tenure.notices.depart();
    if (notice === undefined) return;
    this.#pace.take(1);
    this.#rest.departed();
    connection.out = 'notice';
    void sendNotice(this.#context, this.#relay, tenure.id, notice, this.#options.random()).then((outcome) => {
      connection.out = null;
      tenure.notices.landed(notice);
      if (outcome?.kind === 'relay') this.#rest.begin(outcome.response);
      else if (outcome?.kind === 'unknown') this.#rest.unanswered(outcome.response);
      else if (outcome !== null) this.#rest.over();
      this.#rest.landed();
      if (tenure.notices.waiting === 0) this.#options.onRoom();
      this.wake();
    });
  }
}
