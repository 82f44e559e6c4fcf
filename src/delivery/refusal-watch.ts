import { withoutAddresses } from '../log.ts';
import type { SendOutcome } from './relay.ts';

/** What the sending loop is to do, and why, for the editor and the operator. */
export type RefusalDecision =
  /** Pause the edition with the reason `refusals`. */
  | { do: 'pause'; text: string }
  /** Leave this mailbox provider alone for a while, for this edition. */
  | { do: 'set-aside'; lane: string; text: string };

/** `gone`: more than `share` of the first 500, or of any 1,000. `policy`: so many in a row. */
export const REFUSAL_LIMITS = {
  gone: { share: 0.05, first: 500, window: 1000 },
  policy: { lane: 5, edition: 20 },
};

/**
 * Watches what editions that are going out are answered, by what this process sends, and says when to stop: a wrong
 * list, a provider that knows nobody any more, or a reputation that every further message makes worse. Says `pause`
 * for missing mailboxes once an edition: whoever resumes it has looked. Only pure deciding; it knows no clock.
 */
export class RefusalWatch {
  readonly #editions = new Map<number, Watched>();

  /**
   * A message has had its answer.
   * @returns null while all is usual.
   */
  landed(editionId: number, lane: string, outcome: SendOutcome): RefusalDecision | null {
    // What is put off, or the relay's own trouble, says nothing of whom we write to, nor of us.
    if (outcome.kind !== 'sent' && outcome.kind !== 'refused') return null;
    const watched = this.#watched(editionId);
    const refused = outcome.kind === 'refused' ? outcome.reason : null;
    return watched.countGone(refused === 'gone') ?? watched.countPolicy(lane, outcome);
  }

  /** The edition has ended: nothing is kept of it. */
  forget(editionId: number): void {
    this.#editions.delete(editionId);
  }

  #watched(editionId: number): Watched {
    const known = this.#editions.get(editionId);
    if (known !== undefined) return known;
    const fresh = new Watched();
    this.#editions.set(editionId, fresh);
    return fresh;
  }
}

class Watched {
  /** The last answers, 1 where it was `gone`: a ring. */
  readonly #window = new Uint8Array(REFUSAL_LIMITS.gone.window);
  #landed = 0;
  #gone = 0;
  #goneTold = false;
  readonly #inLane = new Map<string, number>();
  #inAllLanes = 0;

  countGone(gone: boolean): RefusalDecision | null {
    const { share, first, window } = REFUSAL_LIMITS.gone;
    const place = this.#landed % window;
    this.#gone += (gone ? 1 : 0) - (this.#window[place] as number);
    this.#window[place] = gone ? 1 : 0;
    this.#landed++;
    if (!gone || this.#goneTold) return null;
    const of = this.#landed <= first ? first : window;
    if (this.#gone <= of * share) return null;
    this.#goneTold = true;
    const seen = Math.min(this.#landed, window);
    const whose = this.#landed <= window ? 'the first' : 'the last';
    return {
      do: 'pause',
      text: `${this.#gone} of ${whose} ${seen.toLocaleString('en')} addresses do not exist, say their servers: is it the right list?`,
    };
  }

  /** Only a message that is taken ends a row: a missing mailbox between two refusals of ours says nothing of us. */
  countPolicy(lane: string, outcome: SendOutcome): RefusalDecision | null {
    if (outcome.kind === 'sent') {
      this.#inLane.delete(lane);
      this.#inAllLanes = 0;
      return null;
    }
    if (outcome.kind !== 'refused' || outcome.reason !== 'policy') return null;
    const { lane: mostInLane, edition: mostInAll } = REFUSAL_LIMITS.policy;
    const inLane = (this.#inLane.get(lane) ?? 0) + 1;
    this.#inLane.set(lane, inLane);
    this.#inAllLanes++;
    const said = withoutAddresses(outcome.response);
    if (this.#inAllLanes >= mostInAll) {
      // Whoever resumes it begins anew.
      this.#inAllLanes = 0;
      this.#inLane.clear();
      return {
        do: 'pause',
        text: `${mostInAll} messages in a row were refused for what we are, or say: ${said}`,
      };
    }
    if (inLane % mostInLane !== 0) return null;
    return {
      do: 'set-aside',
      lane,
      text: `${lane} refused ${inLane} messages in a row for what we are, or say: ${said}`,
    };
  }
}
