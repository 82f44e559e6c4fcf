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
  /** It could not be used: its share of that time is not caught up on. */
  away = false;

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

  departed(): void {
    this.given++;
    this.allowance.departed();
    this.rest.departed();
  }

  landed(): void {
    this.allowance.landed();
    this.rest.landed();
  }
}

/** By so many messages a route may be ahead of its share. */
const SLACK = 20;

/**
 * Deals messages out to the routes. With equal weights each takes what it can; with others they keep to their shares,
 * as a new relay that is being warmed up must. What one in trouble should have the others do.
 * @param free connections that could take a message, by route.
 * @returns connections in the order in which they should be used.
 */
export function dealByWeight<Connection>(free: Map<Route, Connection[]>): Connection[] {
  const routes = [...free.keys()];
  const working = routes.filter(({ weight }) => weight > 0);
  const standby = working.some(({ rest }) => rest.trouble === null)
    ? []
    : routes.filter(({ weight }) => weight === 0);
  const share = ({ given, weight }: Pick<Route, 'given' | 'weight'>) => given / Math.max(weight, 0.001);
  const least = Math.min(...working.filter((route) => isUsable(route) && !route.away).map(share));
  for (const route of working) {
    if (isUsable(route) && route.away && Number.isFinite(least)) route.given = least * route.weight;
    route.away = !isUsable(route);
  }
  const strict = new Set(working.map(({ weight }) => weight)).size > 1;
  const ahead = ({ given, weight }: Pick<Route, 'given' | 'weight'>) =>
    strict && given > least * weight + SLACK;
  const hands = [...working, ...standby].map((route) => ({
    given: route.given,
    weight: route.weight,
    connections: (free.get(route) ?? []).slice(0, route.ready),
  }));
  const dealt: Connection[] = [];
  for (;;) {
    const able = hands.filter((hand) => hand.connections.length > 0 && !ahead(hand));
    const next = able.sort((one, other) => share(one) - share(other))[0];
    if (next === undefined) return dealt;
    dealt.push(next.connections.shift() as Connection);
    next.given++;
  }
}

function isUsable({ rest, allowance }: Route): boolean {
  return rest.trouble === null && !allowance.closed;
}
