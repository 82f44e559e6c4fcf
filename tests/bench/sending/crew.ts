import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order } from './orders.ts';

/** A process that sends, and does as it is told. */
export class Hand implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param url of its database. @param settings as in .env, beside those that all have here. */
  static async start(url: string, settings: Record<string, string> = {}): Promise<Hand> {
    const child = fork(join(import.meta.dirname, 'sending-process.ts'), [url, JSON.stringify(settings)], {
      serialization: 'advanced',
    });
    const hand = new Hand(child);
    await hand.#answer();
    return hand;
  }

  async do<Answer>(order: Order): Promise<Answer> {
    const answer = this.#answer();
    this.#child.send(order);
    return (await answer) as Answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }

  async #answer(): Promise<unknown> {
    const over = new AbortController();
    const { signal } = over;
    const exit = once(this.#child, 'exit', { signal }).then(([code]) => {
      throw new Error(`A sending process ended with ${code}.`);
    });
    exit.catch(() => {});
    try {
      const message = once(this.#child, 'message', { signal });
      const [{ answer, error }] = (await Promise.race([message, exit])) as [
        { answer?: unknown; error?: string },
      ];
      if (error !== undefined) throw new Error(error);
      return answer;
    } finally {
      over.abort();
    }
  }
}
