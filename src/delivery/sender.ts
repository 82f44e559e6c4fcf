import type { Context } from '../context.ts';
import { sendingAllowed } from '../installation.ts';
import {
  type Advance,
  type Advanced,
  type NextRecipient,
  type Outcome,
  prepareAdvance,
  type Step,
} from './advance.ts';
import { type Attempt, attempts } from './attempt.ts';
import { anyBatchDue, claimBatch, giveBackBatch } from './batches.ts';
import { type Compose, editionComposer } from './composing.ts';
import { finishEditions } from './finish.ts';
import { inProcessHandout } from './handout/in-process.ts';
import type { Handout } from './handout.ts';
import { HeldBatches } from './held-batches.ts';
import { NoticeDesk } from './notices.ts';
import { Pace } from './pace.ts';
import { recoverSenders } from './recovery.ts';
import type { Relay } from './relay.ts';
import { RelayRest } from './relay-rest.ts';
import { SenderLease } from './sender-lease.ts';
import { LEASE } from './senders.ts';
import { settle } from './settle.ts';

export interface SenderOptions {
  compose?: Compose;
  /** Default: the context's, else this sender looks for itself. Whoever gives it closes it. */
  handout?: Handout;
  /** Told of every outcome of an edition once it is written down. */
  onWritten?: (editionId: number, outcome: Outcome) => void;
  /** ms; tests make them short. */
  timing?: Partial<typeof TIMING>;
  /** From 0 up to 1. */
  random?: () => number;
}

export interface Sender {
  /**
   * Stops in order: claims nothing, waits for the answers to what is on the wire (`config.stopWithin`), writes
   * down what has none as in doubt, gives back what it holds, and closes the relay.
   */
  stop: () => Promise<void>;
  /** Resolves when nothing is due that a sender could send. */
  idle: () => Promise<void>;
}

const TIMING = {
  ...LEASE,
  /** How often due batches and notices are looked for. */
  pollEvery: 1_000,
  /** How long a relay in trouble is first left alone. */
  restFor: 1_000,
};

/** More than ever wait at a time: all of them leave before an edition goes on. */
const NOTICES_AT_ONCE = 100;

/**
 * Starts sending what is due over `relay`, until stopped. Any number of senders may work on one database.
 * @throws when the database does not answer.
 */
export async function startSender(
  context: Context,
  relay: Relay,
  options: SenderOptions = {},
): Promise<Sender> {
  const sender = new RunningSender(context, relay, options);
  await sender.start();
  return sender;
}

interface Connection {
  number: number;
  /** On the wire, or landed and not yet written down. */
  out: NextRecipient | 'notice' | null;
  /** How it ended: only the ADVANCE that writes it down frees the connection. */
  landed: Outcome | null;
}

class RunningSender implements Sender {
  readonly #context: Context;
  readonly #relay: Relay;
  readonly #attempt: Attempt;
  readonly #handout: Handout;
  readonly #advance: Advance;
  readonly #pace: Pace;
  readonly #rest: RelayRest;
  readonly #notices: NoticeDesk;
  readonly #lease: SenderLease;
  readonly #onWritten: NonNullable<SenderOptions['onWritten']>;
  readonly #random: () => number;
  readonly #timing: typeof TIMING;
  readonly #connections: Connection[];
  readonly #held = new HeldBatches();
  readonly #stopping = new AbortController();
  #timers: NodeJS.Timeout[] = [];
  #turnWanted = false;
  #turning: Promise<void> | null = null;
  #pacing: Promise<void> | null = null;
  #claiming: Promise<void> | null = null;
  #keeping: Promise<void> | null = null;
  /** Why sending is off, once said. */
  #refusal: string | null = null;

  constructor(context: Context, relay: Relay, options: SenderOptions) {
    const { handout, compose, onWritten = () => {}, random = Math.random, timing } = options;
    this.#context = context;
    this.#relay = relay;
    this.#timing = { ...TIMING, ...timing };
    this.#rest = new RelayRest(this.#timing.restFor);
    const stopping = this.#stopping.signal;
    this.#attempt = attempts(context, relay, compose ?? editionComposer(context), this.#rest, stopping);
    this.#handout = handout ?? context.handout ?? inProcessHandout(context.db);
    this.#advance = prepareAdvance(context.db);
    this.#pace = new Pace(context.db, relay.name, context.config.relayRate);
    this.#notices = new NoticeDesk(context, relay, random);
    this.#lease = new SenderLease(context.db, this.#timing);
    this.#onWritten = onWritten;
    this.#random = random;
    this.#connections = Array.from({ length: relay.connections }, (_, at) => ({
      number: at + 1,
      out: null,
      landed: null,
    }));
  }

  async start(): Promise<void> {
    await recoverSenders(this.#context);
    await this.#lease.take();
    const { renewEvery, pollEvery } = this.#timing;
    this.#timers = [setInterval(() => this.#keep(), renewEvery), setInterval(() => this.#claim(), pollEvery)];
    this.#claim();
  }

  async stop(): Promise<void> {
    const { config, log } = this.#context;
    this.#stopping.abort();
    await this.#claiming;
    const patience = performance.now() + config.stopWithin;
    while (this.#onTheWire() && performance.now() < patience) await pause(10);
    // What has no answer yet is settled as in doubt by closing its line.
    await this.#relay[Symbol.asyncDispose]();
    while (!this.#quiet()) {
      this.#wake();
      await pause(10);
    }
    // Until here the lease is renewed: answers may take longer than it lasts.
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([this.#turning, this.#pacing, this.#keeping]);
    try {
      await this.#lease.leave();
    } catch (error) {
      log.error({ err: error }, 'The database does not answer: others take over when the lease ends');
    }
  }

  async idle(): Promise<void> {
    const { db, now } = this.#context;
    for (;;) {
      if (this.#quiet() && this.#held.size === 0 && this.#turning === null) {
        if (!(await this.#notices.anyDue()) && !(await anyBatchDue(db, now()))) return;
        this.#claim();
      }
      await pause(10);
    }
  }

  #onTheWire(): boolean {
    return this.#connections.some(({ out, landed }) => out !== null && landed === null);
  }

  #quiet(): boolean {
    return this.#connections.every(({ out }) => out === null);
  }

  #keep(): void {
    this.#keeping ??= this.#renewAndTakeOver()
      .catch((error) => this.#databaseSilent(error))
      .finally(() => {
        this.#keeping = null;
      });
  }

  /** Every few seconds: renews the lease, takes over from the dead, finishes what is done. */
  async #renewAndTakeOver(): Promise<void> {
    if (!(await this.#lease.renew())) {
      this.#held.clear();
      if (this.#stopping.signal.aborted) return;
      if (this.#lease.id !== 0) this.#context.log.warn('This sender was taken for dead: it begins anew');
      await this.#lease.take();
    }
    await recoverSenders(this.#context);
    await finishEditions(this.#context);
  }

  #claim(): void {
    if (this.#stopping.signal.aborted || this.#lease.id === 0) return;
    this.#claiming ??= this.#claimDue()
      .catch((error) => this.#databaseSilent(error))
      .finally(() => {
        this.#claiming = null;
        this.#wake();
      });
  }

  /** Notices first, then a batch of every newsletter that waits. */
  async #claimDue(): Promise<void> {
    const { db, now } = this.#context;
    if (!(await this.#allowed())) return;
    const senderId = this.#lease.id;
    await this.#notices.claim(senderId, NOTICES_AT_ONCE);
    for (const batchId of await this.#handout.due(now(), this.#held.busyNewsletters())) {
      if (this.#stopping.signal.aborted) return;
      const claim = await claimBatch(db, batchId, senderId, now(), this.#timing);
      if (claim !== null && senderId === this.#lease.id) this.#held.add(claim);
    }
  }

  /** A copy of production on a laptop mails nobody. */
  async #allowed(): Promise<boolean> {
    const verdict = await sendingAllowed(this.#context);
    const refusal = verdict.allowed ? null : verdict.reason;
    if (refusal !== null && refusal !== this.#refusal) this.#context.log.error(refusal);
    this.#refusal = refusal;
    return verdict.allowed;
  }

  /** Has a turn taken soon; what happens until then is gathered into one transaction. */
  #wake(): void {
    this.#turnWanted = true;
    this.#turning ??= this.#turns().finally(() => {
      this.#turning = null;
      if (this.#turnWanted) this.#wake();
    });
  }

  async #turns(): Promise<void> {
    while (this.#turnWanted) {
      // Lets what has arrived on the sockets be read first: it belongs into the same transaction.
      await new Promise((resolve) => setImmediate(resolve));
      this.#turnWanted = false;
      try {
        await this.#turn();
      } catch (error) {
        this.#databaseSilent(error);
        await pause(100);
        this.#turnWanted = !this.#stopping.signal.aborted;
      }
    }
  }

  async #turn(): Promise<void> {
    const waiting = this.#sendNotices();
    const landed = this.#connections.filter((connection) => connection.landed !== null);
    const free = this.#connections.filter(({ out, landed }) => out === null || landed !== null);
    const allowance = this.#allowance(free.length - waiting);
    const closing = this.#held.closing();
    const step: Step = {
      senderId: this.#lease.id,
      now: this.#context.now().epochMilliseconds,
      outcomes: landed.map((connection) => connection.landed as Outcome),
      connections: free.slice(0, allowance).map(({ number }) => number),
      batches: this.#held.deal(allowance),
      closing,
    };
    if (step.outcomes.length + step.batches.length + step.closing.length === 0) return;
    const advanced = await this.#advanceUntilAnswered(step);
    for (const connection of landed) this.#written(connection);
    if (advanced === null) return;
    const done = closing.filter(({ batchId }) => advanced.closed.includes(batchId));
    this.#held.apply(advanced, closing);
    this.#pace.take(advanced.next.length);
    for (const next of advanced.next) this.#depart(next);
    await this.#lookOn(advanced, allowance);
    await finishEditions(
      this.#context,
      done.map(({ editionId }) => editionId),
    );
  }

  /** How many messages of editions may leave now on `free` connections. */
  #allowance(free: number): number {
    if (free <= 0 || this.#stopping.signal.aborted || !this.#held.readable) return 0;
    const rest = this.#rest.remaining();
    if (rest > 0) {
      setTimeout(() => this.#wake(), rest).unref();
      return 0;
    }
    const available = this.#pace.available();
    if (available < free || this.#pace.low) this.#awaitPace();
    return Math.min(free, available);
  }

  /** Wakes the sender when the next message may leave. */
  #awaitPace(): void {
    const { signal } = this.#stopping;
    this.#pacing ??= this.#pace
      .ready(signal)
      .catch(async (error) => {
        this.#databaseSilent(error);
        await pause(this.#timing.pollEvery);
      })
      .finally(() => {
        this.#pacing = null;
        if (!signal.aborted) this.#wake();
      });
  }

  /** Gives back what must wait, and looks for more where a batch has ended or connections are left over. */
  async #lookOn({ batches, next }: Advanced, allowance: number): Promise<void> {
    for (const claim of this.#held.takeIdle()) await giveBackBatch(this.#context.db, claim);
    if ([...batches.values()].some(({ state }) => state !== 'reading') || this.#held.size === 0)
      this.#claim();
    if (this.#held.closing().length > 0 || (next.length < allowance && this.#held.readable)) this.#wake();
  }

  /**
   * The same values are sent until the database answers or the lease ends; then others take over, and what could
   * not be written down is in doubt.
   */
  async #advanceUntilAnswered(step: Step): Promise<Advanced | null> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.#advance(step);
      } catch (error) {
        if (failures === 0) this.#databaseSilent(error);
        if (this.#lease.over) break;
        await pause(Math.min(100 * 2 ** failures, 2_000));
      }
    }
    for (const { deliveryId, state, response } of step.outcomes) {
      this.#context.log.error(
        { delivery: deliveryId, state, response },
        'Not written down, so it is in doubt',
      );
    }
    this.#lease.lapse();
    this.#held.clear();
    return null;
  }

  #written(connection: Connection): void {
    const { out, landed } = connection;
    connection.out = null;
    connection.landed = null;
    if (out === null || out === 'notice' || landed === null) return;
    this.#held.landed(out.batchId);
    this.#onWritten(out.editionId, landed);
  }

  #depart(next: NextRecipient): void {
    const connection = this.#connections[next.connection - 1] as Connection;
    connection.out = next;
    this.#held.departed(next.batchId);
    void this.#attempt(next).then((outcome) => {
      const { config, now } = this.#context;
      const { deliveryId, revision, firstTriedAt: since } = next;
      const at = now().epochMilliseconds;
      connection.landed = {
        ...settle(outcome, next, config.inDoubt, at, this.#random()),
        ...{ connection: connection.number, deliveryId, relay: this.#relay.name, revision, since, at },
      };
      this.#wake();
    });
  }

  /** Gives idle connections to waiting notices. @returns how many still wait for one. */
  #sendNotices(): number {
    for (const connection of this.#connections) {
      if (this.#notices.waiting === 0 || this.#stopping.signal.aborted || this.#rest.remaining() > 0) break;
      if (connection.out !== null) continue;
      if (this.#pace.available() < 1) {
        this.#awaitPace();
        break;
      }
      this.#pace.take(1);
      connection.out = 'notice';
      void this.#notices.sendNext().then((outcome) => {
        connection.out = null;
        if (this.#notices.waiting === 0) this.#claim();
        if (outcome?.kind === 'relay') this.#rest.begin();
        else this.#rest.over();
        this.#wake();
      });
    }
    return this.#notices.waiting;
  }

  #databaseSilent(error: unknown): void {
    this.#context.log.error({ err: error }, 'The database does not answer: sending waits');
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
