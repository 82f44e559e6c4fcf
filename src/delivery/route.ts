import type { Context } from '../context.ts';
import { Allowance } from './limits/allowance.ts';
import type { Relay } from './relay.ts';
import { RelayRest } from './relay-rest.ts';

/** A relay, and all that decides whether it may be given a message now. */
export class Route {
  readonly relay: Relay;
  /** Its share of the messages, against the others'; 0: only while all others are in trouble. */
  readonly weight: number;
  readonly rest: RelayRest;
  readonly allowance: Allowance;
  /** Messages given to it, as far as its share is concerned. */
  given = 0;
  /** It could not be used. */
  away = false;
  #waking: NodeJS.Timeout | null = null;

  constructor({ db, config }: Pick<Context, 'db' | 'config'>, relay: Relay, restFor: number) {
    const { perSecond, perDay, weight } = relay.limits ?? (config.relays[0] as (typeof config.relays)[0]);
    this.relay = relay;
    this.weight = weight;
    this.rest = new RelayRest(restFor);
    const limits = { perSecond, perDay, atOnce: relay.connections };
    this.allowance = new Allowance(db, `relay ${relay.name}`, limits);
  }

  /** How many messages it may be given now. */
  get ready(): number {
    return Math.min(this.rest.allows, this.allowance.available);
  }

  /** A message is handed to it. @returns its number, by which its rest knows what was out before it began. */
  departed(): number {
    this.given++;
    this.allowance.departed();
    return this.rest.departed();
  }

  landed(departure: number): void {
    this.allowance.landed();
    this.rest.landed(departure);
  }

  /** Has `wake` called when its rest is over. @returns whether it rests. */
  wakeAfterRest(wake: () => void): boolean {
    const remaining = this.rest.remaining();
    if (remaining === 0) return false;
    this.#waking ??= setTimeout(() => {
      this.#waking = null;
      wake();
    }, remaining).unref();
    return true;
  }
}

/** By so many messages a route may be ahead of its share. */
const SLACK = 20;

/**
 * Deals messages out to the routes. With equal weights each takes what it can. A lighter one never takes more than
 * its share, as a new relay that is being warmed up must not; nothing holds up the heaviest. What one in trouble
 * should have the others do.
 * @param free connections that could take a message, by route.
 * @returns connections in the order in which they should be used.
 */
export function dealByWeight<Connection>(free: Map<Route, Connection[]>): Connection[] {
  const routes = [...free.keys()];
  const [only] = routes;
  if (routes.length === 1 && only !== undefined) return (free.get(only) ?? []).slice(0, only.ready);
  const working = routes.filter(({ weight }) => weight > 0);
  const usable = working.filter(isUsable);
  forgiveAbsence(working, usable);
  const standby = usable.length > 0 ? [] : routes.filter(({ weight }) => weight === 0);
  const hands = [...working, ...standby].map((route) => ({
    route,
    connections: (free.get(route) ?? []).slice(0, route.ready),
    given: route.given,
  }));
  const dealt: Connection[] = [];
  for (;;) {
    const able = hands
      .filter(({ connections }) => connections.length > 0)
      .filter(({ route, given }) => !usable.some((other) => isAhead(route, given, other)))
      .sort((one, other) => share(one.route, one.given) - share(other.route, other.given));
    const [next] = able;
    if (next === undefined) return dealt;
    dealt.push(next.connections.shift() as Connection);
    next.given++;
  }
}

/** What one could not take while it was away it does not catch up on. */
function forgiveAbsence(working: Route[], usable: Route[]): void {
  const present = usable.filter(({ away }) => !away);
  const least = Math.min(...present.map((route) => share(route, route.given)));
  for (const route of working) {
    if (route.away && usable.includes(route) && present.length > 0) route.given = least * route.weight;
    route.away = !usable.includes(route);
  }
}

function isAhead(route: Route, given: number, other: Route): boolean {
  return other.weight > route.weight && given > share(other, other.given) * route.weight + SLACK;
}

function share({ weight }: Route, given: number): number {
  return given / Math.max(weight, 0.001);
}

function isUsable({ rest, allowance }: Route): boolean {
  return rest.trouble === null && !allowance.closed;
}
