import { cosine, type Terms, type Vector, Vocabulary, weigh } from './similarity.ts';

/** A story as the index looks at it. */
export interface Report {
  sourceId: number;
  /** ms UTC. */
  at: number;
  terms: Terms;
}

const HOUR = 3_600_000;
/** A story that comes later than this after the last report of an event is about another. */
export const EVENT_SPAN = 30 * 24 * HOUR;
/**
 * What only one source reported, and reports again after so long, is a column rather than an event: the markets, the
 * weather. Unless it sends the same text again.
 */
const COLUMN_SPAN = 18 * HOUR;
const SAME_TEXT = 0.7;
/**
 * The least mean likeness to the stories of a cluster. A missed pair shows a reader one event twice, a wrong one
 * hides a story: the line is drawn where wrong ones end.
 */
const LEAST_LIKENESS = 0.16;

interface Held {
  clusterId: number;
  sourceId: number;
  at: number;
  /** Likeness to itself: 1, or less for a very short text. */
  self: number;
}

interface Event {
  id: number;
  /** Sum of likeness to its stories, and how many they are. */
  sum: number;
  stories: number;
  /** The time between the report and the story nearest to it, ms. */
  apart: number;
  otherSources: boolean;
  sameText: boolean;
}

/** Recent stories by their words: finds the event that a new story reports. Pure; holds what it is given. */
export class EventIndex {
  readonly #vocabulary = new Vocabulary();
  readonly #stories: Held[] = [];
  /** For each word, which stories hold it and how much it weighs in them. */
  readonly #holding = new Map<string, { story: number; weight: number }[]>();

  /** Takes the stories of the recent past, all at once: how rare a word is shows only in all of them. */
  constructor(recent: readonly (Report & { clusterId: number })[]) {
    for (const { terms } of recent) this.#vocabulary.add(terms);
    for (const report of recent) this.#insert(report, report.clusterId);
  }

  add(report: Report, clusterId: number): void {
    this.#vocabulary.add(report.terms);
    this.#insert(report, clusterId);
  }

  /**
   * The cluster whose stories are, on average, most like this one; undefined when none is like enough.
   * @param not clusters that it must not join.
   */
  nearest(report: Report, not: ReadonlySet<number>): number | undefined {
    let best: Event | undefined;
    for (const event of this.#events(report)) {
      const column = !event.otherSources && !event.sameText && event.apart > COLUMN_SPAN;
      if (not.has(event.id) || column || event.apart > EVENT_SPAN) continue;
      if (event.sum / event.stories < LEAST_LIKENESS) continue;
      if (best === undefined || event.sum / event.stories > best.sum / best.stories) best = event;
    }
    return best?.id;
  }

  #events(report: Report): Iterable<Event> {
    const vector = weigh(report.terms, this.#vocabulary);
    const alike = this.#likeness(vector);
    const self = cosine(vector, vector);
    const events = new Map<number, Event>();
    for (const [n, story] of this.#stories.entries()) {
      const likeness = alike.get(n) ?? 0;
      const event = events.get(story.clusterId) ?? {
        ...{ id: story.clusterId, sum: 0, stories: 0, apart: Number.POSITIVE_INFINITY },
        ...{ otherSources: false, sameText: false },
      };
      event.sum += likeness;
      event.stories++;
      event.apart = Math.min(event.apart, Math.abs(story.at - report.at));
      event.otherSources ||= story.sourceId !== report.sourceId;
      event.sameText ||= likeness > SAME_TEXT * Math.min(self, story.self);
      events.set(story.clusterId, event);
    }
    return events.values();
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

  #insert({ sourceId, at, terms }: Report, clusterId: number): void {
    const vector = weigh(terms, this.#vocabulary);
    const story = this.#stories.push({ clusterId, sourceId, at, self: cosine(vector, vector) }) - 1;
    for (const [form, weight] of vector) {
      const holding = this.#holding.get(form);
      if (holding === undefined) this.#holding.set(form, [{ story, weight }]);
      else holding.push({ story, weight });
    }
  }
}
