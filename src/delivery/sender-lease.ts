import type { Db } from '../database/connect.ts';
import { type Lease, registerSender, removeSender, renewSender } from './senders.ts';

/** This process's place among the senders: what it claims is its own while this lasts. */
export class SenderLease {
  /** 0 while this process is no sender. */
  id = 0;
  readonly #db: Db;
  readonly #lease: Lease;
  /** By `performance.now()`, counted from the question: never later than the database thinks. */
  #end = 0;

  constructor(db: Db, lease: Lease) {
    this.#db = db;
    this.#lease = lease;
  }

  /** Whether others may have taken over by now. */
  get over(): boolean {
    return performance.now() > this.#end;
  }

  async take(): Promise<void> {
    const asked = performance.now();
    this.id = await registerSender(this.#db, this.#lease);
    this.#end = asked + this.#lease.goodFor;
  }

  /** @returns false when it was lost: then nothing that was claimed under it is ours. */
  async renew(): Promise<boolean> {
    const asked = performance.now();
    if (this.id === 0 || !(await renewSender(this.#db, this.id, this.#lease))) return false;
    this.#end = asked + this.#lease.goodFor;
    return true;
  }

  /** Gives up what may be lost: others clear up after it, as after any sender that fell silent. */
  lapse(): void {
    this.id = 0;
  }

  /** Leaves in order, with nothing on the wire. */
  async leave(): Promise<void> {
    if (this.id !== 0) await removeSender(this.#db, this.id);
    this.id = 0;
  }
}
