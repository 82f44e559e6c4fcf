import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** What a sending process can be told on the way. */
export interface Told {
  /** By how many ms its clock is off. */
  offset?: number;
  diskFull?: boolean;
}

/** Sending processes, each in its place: what falls over by itself is started again, as a service manager does it. */
export class Senders {
  readonly #script = join(import.meta.dirname, 'sending-process.ts');
  readonly #env: NodeJS.ProcessEnv;
  readonly #lease: number;
  readonly #logFile: string;
  readonly #children: (ChildProcess | null)[];
  offset: number;
  /** How often one ended that nobody had told to. */
  fell = 0;

  constructor(
    count: number,
    given: { env: NodeJS.ProcessEnv; lease: number; offset: number; logFile: string },
  ) {
    this.#children = Array.from({ length: count }, () => null);
    this.#env = given.env;
    this.#lease = given.lease;
    this.offset = given.offset;
    this.#logFile = given.logFile;
  }

  get count(): number {
    return this.#children.length;
  }

  /** Starts the one in this place. Resolves once it sends. */
  async start(place: number): Promise<void> {
    const log = openSync(this.#logFile, 'a');
    const child = spawn(process.execPath, [this.#script, String(this.offset), String(this.#lease)], {
      env: { PATH: process.env.PATH, ...this.#env },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#children[place] = child;
    child.once('exit', () => {
      if (this.#children[place] !== child) return;
      this.fell++;
      void this.start(place);
    });
    await Promise.race([once(child, 'message'), once(child, 'exit')]);
  }

  async startAll(): Promise<void> {
    await Promise.all(this.#children.map((_, place) => this.start(place)));
  }

  pidOf(place: number): number {
    return this.#children[place]?.pid ?? 0;
  }

  get pids(): number[] {
    return this.#children.flatMap((child) => child?.pid ?? []);
  }

  /** SIGKILL. */
  async kill(place: number): Promise<void> {
    await this.#end(place, 'SIGKILL');
  }

  /** SIGTERM. @returns its exit code; null: it had to be killed. */
  stop(place: number): Promise<number | null> {
    return this.#end(place, 'SIGTERM');
  }

  /** @returns the exit codes. */
  stopAll(): Promise<(number | null)[]> {
    return Promise.all(this.#children.map((_, place) => this.stop(place)));
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#children.map((_, place) => this.kill(place)));
  }

  /** SIGSTOP, and SIGCONT after so many ms. */
  async freeze(place: number, ms: number): Promise<void> {
    const child = this.#children[place];
    child?.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, ms));
    child?.kill('SIGCONT');
  }

  tell(place: number, told: Told): void {
    const child = this.#children[place];
    if (child?.connected === true) child.send(told, () => {});
  }

  tellAll(told: Told): void {
    for (const place of this.#children.keys()) this.tell(place, told);
  }

  async #end(place: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#children[place];
    this.#children[place] = null;
    if (child === null || child === undefined) return 0;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    const patience = setTimeout(() => child.kill('SIGKILL'), 30_000);
    const [code] = (await ended) as [number | null];
    clearTimeout(patience);
    return code;
  }
}
