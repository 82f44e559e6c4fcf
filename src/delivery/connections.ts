import type { NextRecipient, Outcome } from './advance.ts';
import type { Route } from './route.ts';
import type { Tenure } from './tenure.ts';

/** What is out on a connection: a delivery in its lane, under the tenure that sent it, or a notice. */
type Out = { tenure: Tenure; next: NextRecipient; lane: string } | 'notice';

export interface Connection {
  number: number;
  /** Where it leads. */
  route: Route;
  /** On the wire, or landed and not yet written down. */
  out: Out | null;
  /** How it ended: only the ADVANCE that writes it down frees the connection. */
  landed: Outcome | null;
}

/** The connections to all relays, and what is out on each. */
export class Connections {
  readonly #all: Connection[];

  constructor(routes: Route[]) {
    const ends = routes.flatMap((route) => Array.from({ length: route.relay.connections }, () => route));
    this.#all = ends.map((route, at) => ({ number: at + 1, route, out: null, landed: null }));
  }

  /** Messages that have no answer yet. */
  get onTheWire(): number {
    return this.#all.filter(({ out, landed }) => out !== null && landed === null).length;
  }

  /** Whether nothing is out and all is written down. */
  get quiet(): boolean {
    return this.#all.every(({ out }) => out === null);
  }

  get idle(): Connection[] {
    return this.#all.filter(({ out }) => out === null);
  }

  get landed(): Connection[] {
    return this.#all.filter(({ landed }) => landed !== null);
  }

  /** Those that the next ADVANCE may give a message: what has landed on them it writes down. */
  get free(): Connection[] {
    return this.#all.filter(({ out, landed }) => out === null || landed !== null);
  }

  get(number: number): Connection {
    const connection = this.#all[number - 1];
    if (connection === undefined) throw new RangeError(`There is no connection ${number}.`);
    return connection;
  }
}
