import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { BROADSHEET, pause as stopEdition } from '../editions/life.ts';
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
import { Lanes } from './lanes.ts';
import { sendNotice } from './notices.ts';
import { RefusalWatch } from './refusal-watch.ts';
import type { Relay } from './relay.ts';
import type { RelayTrouble } from './relay-rest.ts';
import { dealByWeight, Route } from './route.ts';
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
 * Keeps the connections to the relays busy with what the tenure holds: notices first, then editions. Turn by turn it
 * gathers what has landed and what may leave into one ADVANCE.
 */
export class SendingLoop {
  readonly connections: Connections;
  readonly lanes: Lanes;
  readonly #context: Context;
  readonly #routes: Route[];
  readonly #options: LoopOptions;
  readonly #attempt: Attempt;
  readonly #advance: Advance;
  readonly #refusals = new RefusalWatch();
  #turnWanted = false;
  #turning: Promise<void> | null = null;

  constructor(context: Context, relays: Relay[], options: LoopOptions) {
    this.#routes = relays.map((relay) => new Route(context, relay, options.restFor));
    this.connections = new Connections(this.#routes);
    this.lanes = new Lanes(context);
    this.#context = context;
    this.#options = options;
    this.#attempt = attempts(context, this.#routes, options.compose, options.stopping);
    this.#advance = prepareAdvance(context.db);
  }

  /** Whether nothing is out and no turn is under way. */
  get still(): boolean {
    return this.connections.quiet && this.#turning === null;
  }

  /** What the relays are in, the one that is tried next; null: one of them answers as it should. */
  get trouble(): RelayTrouble | null {
    const troubles = this.#routes.flatMap(({ rest }) => rest.trouble ?? []);
    if (troubles.length < this.#routes.length) return null;
    return troubles.toSorted((one, other) => one.nextTryIn - other.nextTryIn)[0] ?? null;
  }

  /** The messages that the relays may be given in 24 hours are used up. */
  get exhausted(): boolean {
    return this.#routes.every(({ allowance }) => allowance.exhausted);
  }

  /** Nothing is for us now: others hold all connections, or the day's messages are used up. */
  get closed(): boolean {
    return this.#routes.every(({ allowance }) => allowance.closed);
  }

  /** Takes this sender's share of what all senders together may use. */
  async share(senderId: number): Promise<void> {
    for (const { allowance, relay } of this.#routes) {
      await allowance.share(senderId, (kept) => relay.keepLines?.(kept));
    }
    await this.lanes.share(senderId);
    this.wake();
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
    await this.#turning;
    await this.lanes.close();
    for (const { allowance } of this.#routes) await allowance.close();
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
    await tenure.giveBackIdle((lane) => this.closed || this.lanes.isClosed(lane));
    const waiting = this.#sendNotices(tenure);
    const { landed } = this.connections;
    const { batches } = tenure;
    const free = batches.readable(this.#room) ? this.#open(this.connections.free) : [];
    const usable = free.slice(0, Math.max(0, free.length - waiting));
    this.lanes.replenish(batches.lanes, ...this.#whenReady);
    const closing = batches.closing();
    const step: Step = {
      senderId: tenure.id,
      now: this.#context.now().epochMilliseconds,
      outcomes: landed.map((connection) => connection.landed as Outcome),
      connections: usable.map(({ number }) => number),
      batches: batches.deal(usable.length, this.#room),
      closing,
    };
    if (step.outcomes.length + step.batches.length + step.closing.length === 0) return;
    const advanced = await this.#advanceUntilAnswered(step, tenure);
    for (const connection of landed) this.#written(connection);
    if (advanced === null) return;
    const done = closing.filter(({ batchId }) => advanced.closed.includes(batchId));
    batches.apply(advanced, closing);
    for (const next of advanced.next) this.#depart(next, tenure);
    if (!advanced.alive && !tenure.lost) {
      tenure.lose();
      this.#options.onLost();
    }
    await this.#lookOn(tenure, advanced, usable.length);
    const finished = await finishEditions(
      this.#context,
      done.map(({ editionId }) => editionId),
    );
    for (const editionId of finished) this.#refusals.forget(editionId);
  }

  /** How many messages a lane may be given now. */
  readonly #room = (lane: string): number => this.lanes.available(lane);

  /** Which of the connections may be given a message now, in the order in which they should be. */
  #open(connections: Connection[]): Connection[] {
    if (this.#options.stopping.aborted) return [];
    const byRoute = new Map(
      this.#routes.map((route) => [route, connections.filter((each) => each.route === route)]),
    );
    for (const route of this.#routes) {
      if (!route.wakeAfterRest(() => this.wake())) route.allowance.replenish(...this.#whenReady);
    }
    return dealByWeight(byRoute);
  }

  /** What a limit is told that has to wait: to wake the loop when messages may leave. */
  get #whenReady(): Parameters<Route['allowance']['replenish']> {
    const { stopping, onSilence, askAgainAfter } = this.#options;
    const silent = (error: unknown) => {
      onSilence(error);
      return pause(askAgainAfter);
    };
    return [stopping, () => this.wake(), silent];
  }

  /** Gives back what must wait, and looks for more where a batch has ended or connections are left over. */
  async #lookOn(tenure: Tenure, { batches, next }: Advanced, usable: number): Promise<void> {
    const held = tenure.batches;
    if ([...batches.values()].some(({ state }) => state !== 'reading') || held.size === 0)
      this.#options.onRoom();
    const more = next.length < usable && held.readable(this.#room);
    const notices = tenure.notices.waiting > 0 && this.#open(this.connections.idle).length > 0;
    if (held.closing().length > 0 || more || notices) this.wake();
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
    const { route } = connection;
    const lane = tenure.batches.laneOf(next);
    connection.out = { tenure, next, lane };
    tenure.batches.departed(next);
    const departure = route.departed();
    this.lanes.departed(lane);
    void this.#attempt(next, route, departure).then(async (outcome) => {
      // Before the connection is free: what stops an edition counts for the next message.
      await this.#heed(next.editionId, lane, outcome);
      const { config, now } = this.#context;
      const { deliveryId, revision, firstTriedAt: since } = next;
      const at = now().epochMilliseconds;
      connection.landed = {
        ...settle(outcome, next, config.inDoubt, at, this.#options.random()),
        ...{ connection: connection.number, deliveryId, relay: route.relay.name, revision, since, at },
      };
      route.landed(departure);
      this.lanes.landed(lane);
      this.wake();
    });
  }

  /** Stops what too many refusals tell to stop. */
  async #heed(editionId: number, lane: string, outcome: Awaited<ReturnType<Attempt>>): Promise<void> {
    const { db, log, now } = this.#context;
    const decision = outcome.kind === 'excluded' ? null : this.#refusals.landed(editionId, lane, outcome);
    try {
      if (decision?.do === 'set-aside') await this.lanes.setAside(decision.lane, decision.text);
      if (decision?.do !== 'pause') return;
      log.error({ edition: editionId, why: decision.text }, 'Too many are refused: the edition is paused');
      await stopEdition(db, editionId, 'refusals', decision.text, BROADSHEET, now());
    } catch (error) {
      this.#options.onSilence(error);
    }
  }

  /** Gives idle connections to waiting notices. @returns how many still wait for one. */
  #sendNotices(tenure: Tenure): number {
    if (tenure.notices.waiting === 0) return 0;
    for (const connection of this.#open(this.connections.idle)) {
      if (tenure.notices.waiting === 0) break;
      this.#sendNotice(connection, tenure);
    }
    return tenure.notices.waiting;
  }

  #sendNotice(connection: Connection, tenure: Tenure): void {
    const notice = tenure.notices.depart();
    if (notice === undefined) return;
    const { route } = connection;
    const { rest } = route;
    const departure = route.departed();
    connection.out = 'notice';
    void sendNotice(this.#context, route.relay, tenure.id, notice, this.#options.random()).then((outcome) => {
      connection.out = null;
      tenure.notices.landed(notice);
      if (outcome?.kind === 'relay') {
        // What cannot be signed is no fault of the relay's.
        if (outcome.trouble !== 'unsigned') rest.begin(outcome.response, departure);
      } else if (outcome?.kind === 'unknown') rest.unanswered(outcome.response, departure);
      else if (outcome !== null) rest.over(departure);
      route.landed(departure);
      if (tenure.notices.waiting === 0) this.#options.onRoom();
      this.wake();
    });
  }
}
