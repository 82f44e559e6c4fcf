import type { Context } from '../context.ts';
import { BROADSHEET, pause } from '../editions/life.ts';
import { maskAddress, withoutAddresses } from '../log.ts';
import type { NextRecipient } from './advance.ts';
import { BufferPool } from './buffer-pool.ts';
import type { Compose } from './composing.ts';
import type { Envelope, SendOutcome } from './relay.ts';
import type { Route } from './route.ts';
import type { Unsendable } from './settle.ts';

/** So many messages in a row without an answer, and each may have arrived: more would only make doubles. */
const MOST_UNANSWERED = 5;

/**
 * Composes one recipient's message, hands it to the route's relay and tells what came of it. Never throws.
 * @param departure its number on the route.
 */
export type Attempt = (
  next: NextRecipient,
  route: Route,
  departure: number,
) => Promise<SendOutcome | Unsendable>;

/**
 * Attempts over any of `routes`. A relay in trouble is given a rest, and the others take over. What is everybody's
 * trouble pauses the edition: a person must look.
 */
export function attempts(
  context: Context,
  routes: Route[],
  compose: Compose,
  stopping: AbortSignal,
): Attempt {
  const { db, now, log } = context;
  const buffers = new BufferPool();
  const poison = new Poison();

  async function attempt(
    next: NextRecipient,
    route: Route,
    departure: number,
  ): Promise<SendOutcome | Unsendable> {
    const { relay, rest } = route;
    const message = await messageFor(next);
    if ('kind' in message) return message;
    const outcome = await relay.send({ ...message.envelope, id: next.deliveryToken }, message.raw);
    buffers.giveBack(message.raw);
    if (outcome.kind === 'relay') {
      if (outcome.trouble !== 'unsigned' && poison.brings(next.deliveryId)) return later(outcome);
      await inTrouble(next, route, departure, outcome);
    }
    // Another of the relays may know how: a later try comes to it.
    else if (outcome.kind === 'unsendable') return next.tries < routes.length - 1 ? later(outcome) : outcome;
    else if (outcome.kind === 'unknown') await withoutAnswer(next, route, departure, outcome);
    else if (rest.over(departure)) log.info({ relay: relay.name }, 'The relay answers again');
    if (outcome.kind === 'sent') poison.passed();
    return outcome;
  }

  async function messageFor(
    next: NextRecipient,
  ): Promise<{ envelope: Envelope; raw: Buffer } | SendOutcome | Unsendable> {
    let composed: Awaited<ReturnType<Compose>>;
    try {
      composed = await compose(next.editionId, next.revision, next.variant);
    } catch (error) {
      const response = messageOf(error);
      log.error({ edition: next.editionId, err: error }, 'The edition cannot be composed: it is paused');
      await pauseEdition(next.editionId, 'lint', `It cannot be composed: ${response}`);
      return { kind: 'relay', trouble: 'rest', response };
    }
    if (composed === null) {
      return { kind: 'excluded', reason: 'no_section', response: 'Nothing in it is of their sections.' };
    }
    try {
      const date = Temporal.Instant.fromEpochMilliseconds(next.firstTriedAt);
      return composed.forRecipient(next, date, (size) => buffers.take(size));
    } catch (error) {
      const response = messageOf(error);
      log.error({ reader: maskAddress(next.email), cause: response }, 'No message can be made for a reader');
      return { kind: 'excluded', reason: 'unsendable', response };
    }
  }

  async function inTrouble(
    { editionId }: NextRecipient,
    route: Route,
    departure: number,
    { trouble, response }: Extract<SendOutcome, { kind: 'relay' }>,
  ): Promise<void> {
    // While stopping we close the lines ourselves.
    if (stopping.aborted) return;
    const { relay, rest } = route;
    if (trouble === 'unsigned') {
      // Only this newsletter's trouble: the relay goes on with the others.
      log.error({ response }, 'The edition cannot be signed: it is paused, nothing is lost');
      await pauseEdition(editionId, 'relay', response);
      return;
    }
    if (trouble === 'stop' && !othersWork(route)) {
      log.error(
        { relay: relay.name, response },
        'The relay refuses us: the edition is paused, nothing is lost',
      );
      await pauseEdition(editionId, 'relay', `${relay.name} refuses: ${response}`);
    }
    if (rest.begin(response, departure))
      log.warn({ relay: relay.name, response }, 'The relay is in trouble: trying again, nothing is lost');
  }

  /** One may be its own message's fault; a relay that answers nobody burns the whole audience. */
  async function withoutAnswer(
    { editionId }: NextRecipient,
    { relay, rest }: Route,
    departure: number,
    { response }: { response: string },
  ): Promise<void> {
    if (stopping.aborted || rest.unanswered(response, departure) < MOST_UNANSWERED) return;
    log.error({ relay: relay.name, response }, 'The relay answers no message: the edition is paused');
    const note = `${relay.name} took ${MOST_UNANSWERED} messages in a row without an answer: ${response}`;
    await pauseEdition(editionId, 'relay', note);
  }

  function othersWork(route: Route): boolean {
    return routes.some((other) => other !== route && other.rest.trouble === null);
  }

  async function pauseEdition(editionId: number, reason: 'lint' | 'relay', note: string): Promise<void> {
    try {
      await pause(db, editionId, reason, withoutAddresses(note), BROADSHEET, now());
    } catch (error) {
      log.error({ cause: messageOf(error) }, 'The edition could not be paused');
    }
  }

  return attempt;
}

/** So often one recipient may bring the relay into trouble while others pass. */
const MOST_TROUBLES = 3;

/**
 * Finds the recipient whose message alone makes a relay hang up: such a one is put off like any that is told to come
 * later, since everybody else would wait for it.
 */
class Poison {
  /** How often a delivery brought trouble, and how many had passed when it last did. */
  readonly #troubles = new Map<number, { times: number; passed: number }>();
  #passed = 0;

  passed(): void {
    this.#passed++;
    // Whoever brings trouble is tried again at once, so that the last few tell all.
    if (this.#troubles.size > 1000) this.#troubles.clear();
  }

  /** This one brought trouble once more. @returns whether it alone does. */
  brings(deliveryId: number): boolean {
    const known = this.#troubles.get(deliveryId);
    const times = known === undefined ? 1 : known.times + (this.#passed > known.passed ? 1 : 0);
    this.#troubles.set(deliveryId, { times, passed: this.#passed });
    if (times <= MOST_TROUBLES) return false;
    this.#troubles.delete(deliveryId);
    return true;
  }
}

function later({ response }: { response: string }): SendOutcome {
  return { kind: 'later', response };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
