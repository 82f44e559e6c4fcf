import type { Config } from '../config.ts';
import type { DeliveryState } from '../database/tables/deliveries.ts';
import type { SendOutcome } from './relay.ts';
import { nextTry } from './retry.ts';

/** What an attempt does to its delivery. */
export interface Settled {
  state: DeliveryState;
  reason: string | null;
  response: string | null;
  /** ms UTC of the next try, for `deferred`. */
  dueAt: number | null;
  /** Whether it counts as a try, and whether it was out without an answer. */
  tried: boolean;
  inDoubt: boolean;
}

/** What could not even be handed to the relay. */
export type Unsendable = { kind: 'excluded'; reason: 'no_section' | 'unsendable'; response: string };

/**
 * Decides what becomes of a delivery.
 * @param earlier how often it was tried and in doubt before.
 * @param random from 0 up to 1: spreads the next tries.
 */
export function settle(
  outcome: SendOutcome | Unsendable,
  earlier: { tries: number; inDoubt: number },
  policy: Config['inDoubt'],
  now: number,
  random: number,
): Settled {
  const { response } = outcome;
  const plain = { reason: null, response, dueAt: null, tried: true, inDoubt: false };
  switch (outcome.kind) {
    case 'sent':
      return { ...plain, state: 'sent' };
    case 'later':
      return { ...plain, state: 'deferred', dueAt: nextTry(earlier.tries + 1, now, random) };
    case 'refused':
      return { ...plain, state: 'refused', reason: outcome.reason };
    case 'unknown': {
      // Never resent by itself more than once (standards: no answer after the dot, RFC 1047).
      const again = policy === 'retry' && earlier.inDoubt === 0;
      return { ...plain, state: again ? 'queued' : 'unknown', inDoubt: true };
    }
    case 'relay':
      // Not the recipient's fault, and nothing left: as if it had not been tried.
      return { ...plain, state: 'queued', tried: false };
    case 'unsendable':
      return { ...plain, state: 'excluded', reason: 'unsendable', tried: false };
    case 'excluded':
      return { ...plain, state: 'excluded', reason: outcome.reason, tried: false };
  }
}
