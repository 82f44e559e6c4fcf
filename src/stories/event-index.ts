import { cosine, type Terms, type Vector, Vocabulary, weigh } from './similarity.ts';

/** A story as the index looks at it. */
export interface Report {
  /** Who speaks: stories of one voice differ, those of several may tell the same. */
  voice: string;
  /** ms UTC. */
  at: number;
  terms: Terms;
}

const HOUR = 3_600_000;
/** A story that comes later than this after the last report of an event is about another. */
export const EVENT_SPAN = 30 * 24 * HOUR;
/**
 * What only one voice reported, and reports again after so long, is a column rather than an event: the markets, the
 * weather. Unless it sends the same text again.
 */
const COLUMN_SPAN = 18 * HOUR;
const SAME_TEXT = 0.9;
/**
 * The least mean likeness to the stories of a cluster. A missed pair shows a reader one event twice, a wrong one
 * hides a story: the line is drawn where wrong ones end.
 */
const LEAST_LIKENESS = 0.16;
/** Among stories of one voice: it seldom tells one event twice, and its stories share words of its own. */
const LEAST_IN_VOICE = 0.24;

interface Held {
  /** Place of its event in `#events`. */
  event: number;
  voice: string;
  at: number;
  /** Likeness to itself: 1, or less for a very short text. */
  self: number;
}

/** Which stories hold a word, and how much it weighs in each. */
interface Holding {
  stories: number[];
  weights: number[];
}

/** How an event looks to one report. */
interface Match {
  clusterId: number;
  /** Sum of likeness to its stories, and how many they are. */
  sum: number;
  stories: number;
  /** The time between the report and the story nearest to it, ms. */
  apart: number;
  otherVoices: boolean;
  sameText: boolean;
}

/** Recent stories by their words: finds the event that a new story reports. Pure; holds what it is given. */
export class EventIndex {
  readonly #vocabulary = new Vocabulary();
  readonly #stories: Held[] = [];
  /** Cluster keys in the order in which they came, and where each stands. */
  readonly #clusters: number[] = [];
  readonly #eventOf = new Map<number, number>();
  readonly #holding = new Map<string, Holding>();

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
    let best: { clusterId: number; mean: number } | undefined;
    for (const match of this.#match(report)) {
      const mean = match.sum / match.stories;
      const least = match.otherVoices ? LEAST_LIKENESS : LEAST_IN_VOICE;
      if (mean < least || (best !== undefined && mean <= best.mean)) continue;
      const column = !match.otherVoices && !match.sameText && match.apart > COLUMN_SPAN;
      if (column || match.apart > EVENT_SPAN || not.has(match.clusterId)) continue;
      best = { clusterId: match.clusterId, mean };
    }
    return best?.clusterId;
  }

  #match(report: Report): Match[] {
    const vector = weigh(report.terms, this.#vocabulary);
    const alike = this.#likeness(vector);
    const self = cosine(vector, vector);
    const matches = this.#clusters.map((clusterId): Match => {
      const none = { sum: 0, stories: 0, apart: Number.POSITIVE_INFINITY };
      return { clusterId, ...none, otherVoices: false, sameText: false };
    });
    for (const [n, story] of this.#stories.entries()) {
      const match = matches[story.event];
      if (match === undefined) continue;
      const likeness = alike[n] ?? 0;
      match.sum += likeness;
      match.stories++;
      match.apart = Math.min(match.apart, Math.abs(story.at - report.at));
      match.otherVoices ||= story.voice !== report.voice;
      match.sameText ||= likeness > SAME_TEXT * Math.min(self, story.self);
    }
    return matches;
  }

  /** Likeness to every story, by its place in `#stories`. */
  #likeness(vector: Vector): Float64Array {
    const sums = new Float64Array(this.#stories.length);
    for (const [form, weight] of vector) {
      const { stories = [], weights = [] } = this.#holding.get(form) ?? {};
      for (let n = 0; n < stories.length; n++) {
        const story = stories[n] ?? 0;
        sums[story] = (sums[story] ?? 0) + weight * (weights[n] ?? 0);
      }
    }
    return sums;
  }

  #insert({ voice, at, terms }: Report, clusterId: number): void {
    const vector = weigh(terms, this.#vocabulary);
    let event = this.#eventOf.get(clusterId);
    if (event === undefined) {
      event = this.#clusters.push(clusterId) - 1;
      this.#eventOf.set(clusterId, event);
    }
    const story = this.#stories.push({ event, voice, at, self: cosine(vector, vector) }) - 1;
    for (const [form, weight] of vector) {
      const holding = this.#holding.get(form) ?? { stories: [], weights: [] };
      holding.stories.push(story);
      holding.weights.push(weight);
      if (holding.stories.length === 1) this.#holding.set(form, holding);
    }
  }
}
