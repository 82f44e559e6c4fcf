import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What came for one recipient, as the relay knows it. */
export interface Received {
  address: string;
  copies: number;
  /** Each once. */
  messageIds: string[];
  /** Answered with a 5xx, for good. */
  refused: boolean;
  /** Messages that were given no answer, or none that can be read. */
  unanswered: number;
}

interface Played {
  stage: 'rcpt' | 'dot';
  answer: string | { drop: true; keep?: boolean };
  /** Whenever they are named; else only the first time. */
  always?: true;
  refuses?: true;
  /** Nobody can know whether the message was taken. */
  doubt?: true;
}

export type Fault =
  | 'no such user'
  | 'mailbox full'
  | 'greylisted'
  | 'local error'
  | 'closing'
  | 'nonsense for a recipient'
  | 'nonsense for a message'
  | 'dropped and kept'
  | 'dropped and lost';

/** What can go wrong with a recipient. */
export const FAULTS: Record<Fault, Played> = {
  'no such user': { stage: 'rcpt', answer: '550 5.1.1 No such user', always: true, refuses: true },
  'mailbox full': { stage: 'dot', answer: '552 5.2.2 Mailbox full', always: true, refuses: true },
  greylisted: { stage: 'rcpt', answer: '450 4.2.0 Greylisted, come back in five minutes' },
  'local error': { stage: 'dot', answer: '451 4.3.0 Local error in processing' },
  closing: { stage: 'rcpt', answer: '421 4.3.2 Service shutting down' },
  'nonsense for a recipient': { stage: 'rcpt', answer: 'Hello, who is there?' },
  'nonsense for a message': { stage: 'dot', answer: '\u0000\u0001<html>502 Bad Gateway</html>', doubt: true },
  'dropped and kept': { stage: 'dot', answer: { drop: true, keep: true }, doubt: true },
  'dropped and lost': { stage: 'dot', answer: { drop: true }, doubt: true },
};

export interface Behaviour {
  /** ms between the final dot and the answer: a message that is kept and not answered yet. */
  answersAfter: number;
  /** Which share of the recipients meets which fault. */
  shares: Partial<Record<Fault, number>>;
}

/** The relay of a trial: takes messages, counts them, and can be told to die, to come back and to stall. */
export class ProvingSink implements AsyncDisposable {
  readonly url: string;
  readonly #worker: Worker;
  readonly #kept: Int32Array;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #asked = 0;

  private constructor(worker: Worker, kept: Int32Array, port: number) {
    this.#worker = worker;
    this.#kept = kept;
    this.url = `smtp://127.0.0.1:${port}`;
    worker.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
  }

  static async start(seed: number, behaviour: Behaviour): Promise<ProvingSink> {
    const kept = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL('./sink-thread.ts', import.meta.url), {
      workerData: { seed, behaviour, kept },
    });
    const [{ answer: port }] = (await once(worker, 'message')) as [{ answer: number }];
    return new ProvingSink(worker, kept, port);
  }

  /** Messages that it has kept. */
  get kept(): number {
    return Atomics.load(this.#kept, 0);
  }

  /** Breaks every line and listens no more. */
  die(): Promise<void> {
    return this.#ask('die');
  }

  revive(): Promise<void> {
    return this.#ask('revive');
  }

  /** Answers nothing for so many ms, then goes on. */
  stall(ms: number): Promise<void> {
    return this.#ask('stall', ms);
  }

  received(): Promise<Received[]> {
    return this.#ask('count');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  #ask<Answer>(ask: string, value = 0): Promise<Answer> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve as (answer: unknown) => void);
      this.#worker.postMessage({ id, ask, value });
    });
  }
}
