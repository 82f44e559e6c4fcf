import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { sendingAllowed } from '../installation.ts';
import type { Outcome } from './advance.ts';
import { anyBatchDue } from './batches.ts';
import { type Compose, editionComposer } from './composing.ts';
import { finishEditions } from './finish.ts';
import { inProcessHandout } from './handout/in-process.ts';
import type { Handout } from './handout.ts';
import { anyNoticeDue } from './notices.ts';
import { recoverSenders } from './recovery.ts';
import type { Relay } from './relay.ts';
import type { RelayTrouble } from './relay-rest.ts';
import { ANSWER_WITHIN, LEASE } from './senders.ts';
import { SendingLoop } from './sending-loop.ts';
import { pauseStale } from './stale.ts';
import { Tenure } from './tenure.ts';
import { tellTrouble } from './told-trouble.ts';

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
  /** What the relay is in; null: it answers as it should. */
  readonly trouble: RelayTrouble | null;
  /** What gets nothing for hours: mailbox providers set aside or out of the day's messages; the relays' own day. */
  readonly waiting: { lanes: string[]; day: boolean };
  /** Resolves when nothing is due that a sender could send. */
  idle: () => Promise<void>;
}

const TIMING = {
  ...LEASE,
  /** How long a stop waits for a database that does not answer, each time. */
  answerWithin: ANSWER_WITHIN,
  /** How often due batches and notices are looked for. */
  pollEvery: 1_000,
  /** How long a relay in trouble is first left alone. */
  restFor: 1_000,
};

/** More than ever wait at a time: all of them leave before an edition goes on. */
const NOTICES_AT_ONCE = 100;

/**
 * Starts sending what is due over the relays, until stopped. Any number of senders may work on one database.
 * @param relays one, or several that share the work and stand in for each other.
 * @throws when the database does not answer.
 */
export async function startSender(
  context: Context,
  relays: Relay | Relay[],
  options: SenderOptions = {},
): Promise<Sender> {
  const timing = { ...TIMING, ...options.timing };
  const handout = options.handout ?? context.handout ?? inProcessHandout(context.db);
  await recoverSenders({ ...context, handout });
  // Before anything leaves: after a standstill a person decides about what has grown old.
  await pauseStale(context);
  const tenure = await Tenure.begin(context.db, timing, handout);
  const sender = new RunningSender(context, [relays].flat(), tenure, { ...options, handout, timing });
  await sender.begin();
  return sender;
}

class RunningSender implements Sender {
  readonly #context: Context;
  readonly #relays: Relay[];
  readonly #handout: Handout;
  readonly #timing: typeof TIMING;
  readonly #loop: SendingLoop;
  readonly #stopping = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  #tenure: Tenure;
  #claiming: Promise<void> | null = null;
  #renewing: Promise<void> | null = null;
  #tidying: Promise<void> | null = null;
  #sharing: Promise<void> | null = null;
  /** What was told last of the relays, and whether it is being written down. */
  #told = '';
  #telling: Promise<void> | null = null;
  /** Why sending is off, once said. */
  #refusal: string | null = null;

  constructor(
    context: Context,
    relays: Relay[],
    tenure: Tenure,
    options: SenderOptions & { handout: Handout; timing: typeof TIMING },
  ) {
    const { handout, compose, onWritten = () => {}, random = Math.random, timing } = options;
    this.#context = context;
    this.#relays = relays;
    this.#tenure = tenure;
    this.#timing = timing;
    this.#handout = handout;
    this.#loop = new SendingLoop(context, relays, {
      compose: compose ?? editionComposer(context),
      tenure: () => this.#tenure,
      onRoom: () => this.#claim(),
      onLost: () => this.#renew(),
      onWritten,
      onSilence: (error) => this.#databaseSilent(error),
      stopping: this.#stopping.signal,
      restFor: timing.restFor,
      askAgainAfter: timing.pollEvery,
      random,
    });
    // The lease is renewed behind nothing else: what takes long must not cost us the tenure.
    this.#timers = [
      setInterval(() => this.#renew(), timing.renewEvery),
      setInterval(() => this.#tidy(), timing.renewEvery),
      setInterval(() => void this.#share(), timing.renewEvery),
      setInterval(() => this.#look(), timing.pollEvery),
    ];
  }

  async begin(): Promise<void> {
    await this.#share();
    this.#claim();
  }

  async stop(): Promise<void> {
    const { config, log } = this.#context;
    const { connections } = this.#loop;
    this.#stopping.abort();
    // A database that is silent must not keep us: others take over what we hold when the lease ends.
    const { answerWithin, goodFor } = this.#timing;
    await atMost(answerWithin, this.#claiming);
    const patience = performance.now() + config.stopWithin;
    while (connections.onTheWire > 0 && performance.now() < patience) await pause(10);
    // What has no answer yet is settled as in doubt by closing its line.
    for (const relay of this.#relays) await relay[Symbol.asyncDispose]();
    const end = performance.now() + goodFor + answerWithin;
    while (!connections.quiet && performance.now() < end) {
      this.#loop.wake();
      await pause(10);
    }
    // Until here the lease is renewed: answers may take longer than it lasts.
    for (const timer of this.#timers) clearInterval(timer);
    await atMost(
      answerWithin,
      Promise.all([this.#loop.settled(), this.#renewing, this.#tidying, this.#sharing, this.#telling]),
    );
    try {
      const left = await atMost(answerWithin, this.#tenure.leave());
      if (!left) throw new Error('no answer');
    } catch (error) {
      log.error({ err: error }, 'The database does not answer: others take over when the lease ends');
    }
  }

  get trouble(): RelayTrouble | null {
    return this.#loop.trouble;
  }

  get waiting(): { lanes: string[]; day: boolean } {
    return { lanes: this.#loop.lanes.waiting, day: this.#loop.exhausted };
  }

  async idle(): Promise<void> {
    const { db, now } = this.#context;
    for (;;) {
      if (this.#loop.still && this.#tenure.batches.size === 0) {
        if (!(await anyNoticeDue(this.#context)) && !(await anyBatchDue(db, now()))) return;
        this.#claim();
      }
      await pause(10);
    }
  }

  #renew(): void {
    this.#renewing ??= this.#renewOrBegin()
      .catch((error) => this.#databaseSilent(error))
      .finally(() => {
        this.#renewing = null;
      });
  }

  async #renewOrBegin(): Promise<void> {
    if (await this.#tenure.renew()) return;
    if (this.#stopping.signal.aborted) return;
    const { db, log } = this.#context;
    log.warn(
      { host: hostname(), pid: process.pid },
      'This sender was taken for dead by others: it begins anew',
    );
    this.#tenure = await Tenure.begin(db, this.#timing, this.#handout);
    this.#told = '';
    this.#share();
    this.#claim();
  }

  /** What all senders together may use is shared anew, as they come and go. */
  #share(): Promise<void> {
    this.#sharing ??= this.#loop
      .share(this.#tenure.id)
      .catch((error) => this.#databaseSilent(error))
      .finally(() => {
        this.#sharing = null;
      });
    return this.#sharing;
  }

  /** Takes over from the dead, and finishes what is done: what another would have, had it lived a moment longer. */
  #tidy(): void {
    // After our own lease: waking from a long sleep we must not be the one that takes us for dead.
    this.#tidying ??= Promise.resolve(this.#renewing)
      .then(() => recoverSenders({ ...this.#context, handout: this.#handout }))
      .then(async () => void (await finishEditions(this.#context)))
      .catch((error) => this.#databaseSilent(error))
      .finally(() => {
        this.#tidying = null;
      });
  }

  #look(): void {
    this.#tenure.batches.rouse();
    if (this.#loop.closed) void this.#share();
    this.#claim();
    this.#tell();
  }

  /** Other processes are asked what the relays are in, too. */
  #tell(): void {
    const { db, now } = this.#context;
    const { trouble } = this;
    // While it is tried its next try is not known: what was told stays.
    if (this.#telling !== null || (this.#told !== '' && trouble?.nextTryIn === 0)) return;
    const at = now();
    const seconds = Math.round((at.epochMilliseconds + (trouble?.nextTryIn ?? 0)) / 1000);
    const news = trouble === null ? '' : `${seconds} ${trouble.response}`;
    if (news === this.#told) return;
    this.#telling = tellTrouble(db, this.#tenure.id, trouble, at)
      .then(() => {
        this.#told = news;
      })
      .catch((error) => this.#databaseSilent(error))
      .finally(() => {
        this.#telling = null;
      });
  }

  #claim(): void {
    if (this.#stopping.signal.aborted) return;
    this.#claiming ??= this.#claimDue(this.#tenure)
      .catch((error) => this.#databaseSilent(error))
      .finally(() => {
        this.#claiming = null;
        this.#loop.wake();
      });
  }

  /** Notices first, then a batch for each lane of every newsletter that waits. */
  async #claimDue(tenure: Tenure): Promise<void> {
    const { now } = this.#context;
    if (tenure.lost || this.#loop.closed || !(await this.#allowed())) return;
    await tenure.claimNotices(NOTICES_AT_ONCE, now());
    const { lanes } = this.#loop;
    const unwanted = { served: tenure.batches.served(), closedLanes: lanes.closed };
    for (const batchId of await this.#handout.due(now(), unwanted)) {
      // During a stop, too: what was handed to us and not claimed would be offered to nobody; claimed, it is given back.
      const lane = await tenure.claimBatch(batchId, now());
      if (lane !== null) await lanes.open(lane, tenure.id);
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

  #databaseSilent(error: unknown): void {
    this.#context.log.error({ err: error }, 'The database does not answer: sending waits');
  }
}

/** Waits for `work`, `ms` at most. @returns whether it has ended. @throws what it throws by then. */
async function atMost(ms: number, work: Promise<unknown> | null): Promise<boolean> {
  const waiting = new AbortController();
  const over = pause(ms, false, { signal: waiting.signal });
  try {
    return await Promise.race([Promise.resolve(work).then(() => true), over]);
  } finally {
    waiting.abort();
  }
}
