import { type Terms, type Vector, Vocabulary, weigh } from './similarity.ts';

/** A story in the index, with the cluster that it belongs to. */
export interface IndexedStory {
  clusterId: number;
  /** ms UTC. */
  at: number;
  terms: Terms;
}

/** A story that comes later than this after the last report of an event is about another: columns recur weekly. */
export const EVENT_SPAN = 6 * 24 * 3_600_000;
/**
 * The least mean likeness to the stories of a cluster. A missed pair shows a reader one event twice, a wrong one
 * hides a story: where the two were about equal in our measurements, the line is drawn on the side of showing.
 */
const LEAST_LIKENESS = 0.16;

/** Recent stories by their words: finds the event that a new story reports. Pure; holds what it is given. */
export class EventIndex {
  readonly #vocabulary = new Vocabulary();
  readonly #stories: { clusterId: number; at: number }[] = [];
  readonly #holding = new Map<string, { story: number; weight: number }[]>();

  /** Takes the stories of the recent past, all at once: how rare a word is shows only in all of them. */
  constructor(recent: readonly IndexedStory[]) {
    for (const { terms } of recent) this.#vocabulary.add(terms);
    for (const story of recent) this.#insert(story.clusterId, story.at, weigh(story.terms, this.#vocabulary));
  }

  add({ clusterId, at, terms }: IndexedStory): void {
    this.#vocabulary.add(terms);
    this.#insert(clusterId, at, weigh(terms, this.#vocabulary));
  }

  /** The cluster whose stories are, on average, most like this one; undefined when none is like enough. */
  nearest(terms: Terms, at: number, not: ReadonlySet<number>): number | undefined {
    const alike = this.#likeness(weigh(terms, this.#vocabulary));
    const clusters = new Map<number, { sum: number; stories: number; near: boolean }>();
    for (const [n, story] of this.#stories.entries()) {
      if (not.has(story.clusterId)) continue;
      const cluster = clusters.get(story.clusterId) ?? { sum: 0, stories: 0, near: false };
      cluster.sum += alike.get(n) ?? 0;
      cluster.stories++;
      cluster.near ||= Math.abs(story.at - at) <= EVENT_SPAN;
      clusters.set(story.clusterId, cluster);
    }
    let best: { id: number; mean: number } | undefined;
    for (const [id, { sum, stories, near }] of clusters) {
      const mean = sum / stories;
      if (near && mean >= LEAST_LIKENESS && (best === undefined || mean > best.mean)) best = { id, mean };
    }
    return best?.id;
  }

  /** Likeness to every story that shares a word, by its place in `#stories`. */
  #likeness(vector: Vector): Map<number, number> {
    const sums = new Map<number, number>();
    for (const [form, weight] of vector) {
      for (const held of this.#holding.get(form) ?? []) {
        sums.set(held.story, (sums.get(held.story) ?? 0) + weight * held.weight);
      }
    }
    return sums;
  }

  #insert(clusterId: number, at: number, vector: Vector): void {
    const story = this.#stories.push({ clusterId, at }) - 1;
    for (const [form, weight] of vector) {
      const holding = this.#holding.get(form);
      if (holding === undefined) this.#holding.set(form, [{ story, weight }]);
      else holding.push({ story, weight });
    }
  }
}
