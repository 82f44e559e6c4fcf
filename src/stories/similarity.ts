import { commonness } from './background.ts';
import { wordsOf } from './words.ts';

/** What a story is compared by. */
export interface Comparable {
  headline: string;
  description: string | null;
  /** Only its beginning counts. */
  body: string;
}

/** Words of a story by form: how often each occurs, names counting half as much again. */
export type Terms = Map<string, number>;
/** Terms weighed by how rare they are, of length 1 (less for a very short text). */
export type Vector = Map<string, number>;

/** News says first what happened; what follows is background that other events share. */
export const BEGINNING = 600;
const NAME = 1.5;
/**
 * What a text of some fifty words weighs, squared. A shorter one counts as if the rest of it were different: two
 * words that two headlines share are not yet an event.
 */
const LEAST_LENGTH = 2500;
/** Words that every fifth story holds tell nothing, and would be looked up in all of those. */
const LEAST_RARITY = 1.7;
/** The background speaks as loudly as so many stored stories. */
const BACKGROUND_STORIES = 1000;

/** The terms of a story: headline twice, description, beginning of the body. */
export function termsOf({ headline, description, body }: Comparable): Terms {
  const terms: Terms = new Map();
  const heard = wordsOf(headline);
  const rest = wordsOf(`${(description ?? '').slice(0, BEGINNING)}\n${body.slice(0, BEGINNING)}`);
  for (const { form, capitalised } of [...heard, ...heard, ...rest]) {
    terms.set(form, (terms.get(form) ?? 0) + (capitalised ? NAME : 1));
  }
  return terms;
}

/** How rare words are among the stories seen so far, with news in general as the beginning of experience. */
export class Vocabulary {
  #stories = 0;
  readonly #holding = new Map<string, number>();

  add(terms: Terms): void {
    this.#stories++;
    for (const form of terms.keys()) this.#holding.set(form, (this.#holding.get(form) ?? 0) + 1);
  }

  /** Inverse document frequency, never negative. */
  rarity(form: string): number {
    const holding = (this.#holding.get(form) ?? 0) + commonness(form) * BACKGROUND_STORIES;
    return Math.log((this.#stories + BACKGROUND_STORIES + 1) / (holding + 1));
  }
}

/** Weighs terms by rarity and brings them to length 1. */
export function weigh(terms: Terms, vocabulary: Vocabulary): Vector {
  const vector: Vector = new Map();
  let squares = 0;
  for (const [form, count] of terms) {
    const rarity = vocabulary.rarity(form);
    if (rarity < LEAST_RARITY) continue;
    const weight = (1 + Math.log(count)) * rarity;
    vector.set(form, weight);
    squares += weight * weight;
  }
  const length = Math.sqrt(Math.max(squares, LEAST_LENGTH));
  for (const [form, weight] of vector) vector.set(form, weight / length);
  return vector;
}

/** Cosine of two vectors: 0 nothing in common, 1 the same words. */
export function cosine(a: Vector, b: Vector): number {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let sum = 0;
  for (const [form, weight] of small) sum += weight * (large.get(form) ?? 0);
  return Math.min(1, sum);
}
