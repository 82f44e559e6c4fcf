import { commonness } from './background.ts';
import { leansOnPrevious } from './openers.ts';
import { isBalanced, isQuestion } from './prose.ts';
import { cosine, type Vector } from './similarity.ts';
import { wordsOf } from './words.ts';

interface Candidate {
  text: string;
  /** Its place in the story. */
  place: number;
  vector: Vector;
  /** How telling it is by itself. */
  worth: number;
  /** Whether it can be read only after the sentence before it. */
  leans: boolean;
}

/** Tuned by ROUGE on 102 articles with their editors' highlights; the values around them do nearly as well. */
const CENTRALITY = 60;
const REPETITION = 0.8;
/** So like a chosen one that it says the same again. */
const SAME = 0.6;
/** News says the most important thing first: so many sentences further down a place is worth half. */
const HALF_WORTH = 8;
/** The story's own beginning is always among them, when one of so many sentences can stand. */
const OPENING = 3;
const FEWEST_WORDS = 7;
/** Words in more of all stories than this say nothing about one of them. */
const EVERYWHERE = 0.1;

/**
 * The most telling sentences, in the order of the story: early ones, those that hold what the story as a whole is
 * about, and none that repeats another. Questions, torn quotations and sentences that lean on a missing one are left out.
 * @param fits whether the chosen sentences, in order, may stand together: the caller's measure of length.
 */
export function extract(
  sentences: readonly string[],
  language: string | null,
  fits: (chosen: readonly string[]) => boolean,
): string[] {
  const candidates = rate(sentences, language);
  const first = candidates.find(({ place, leans, text }) => place < OPENING && !leans && fits([text]));
  const chosen: Candidate[] = first === undefined ? [] : [first];
  for (;;) {
    const next = best(candidates, chosen, fits);
    if (next === undefined) return inOrder(chosen).map((candidate) => candidate.text);
    chosen.push(next);
  }
}

function rate(sentences: readonly string[], language: string | null): Candidate[] {
  const telling = sentences.map(tellingWords);
  const shares = sharesOf(telling);
  return sentences.flatMap((text, place) => {
    const words = telling[place];
    if (words === undefined || !stands(text)) return [];
    const worth = HALF_WORTH / (HALF_WORTH + place) + CENTRALITY * centrality(words, shares);
    return { text, place, vector: unit(words), worth, leans: place > 0 && leansOnPrevious(text, language) };
  });
}

function tellingWords(sentence: string): Set<string> {
  return new Set(
    wordsOf(sentence)
      .map((word) => word.form)
      .filter((form) => commonness(form) < EVERYWHERE),
  );
}

/** Of all telling words of the story, the share that each makes up. */
function sharesOf(telling: readonly Set<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  let all = 0;
  for (const words of telling) {
    all += words.size;
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  for (const [word, count] of counts) counts.set(word, count / all);
  return counts;
}

/** The mean share of a sentence's words, which favours no length (SumBasic, Nenkova and Vanderwende 2005). */
function centrality(words: ReadonlySet<string>, shares: ReadonlyMap<string, number>): number {
  if (words.size === 0) return 0;
  let sum = 0;
  for (const word of words) sum += shares.get(word) ?? 0;
  return sum / words.size;
}

/** Whether a sentence may be printed apart from its neighbours at all. */
function stands(text: string): boolean {
  if (isQuestion(text) || /…$|\.\.\.$/.test(text)) return false;
  if (/^(?:\p{Ll}|[-–—•*]\s)/u.test(text) || !isBalanced(text)) return false;
  // Code, tables and marks of markup.
  if (/[{}<>=|\\]|\(\)|\]\(/.test(text)) return false;
  // "Emotional: Anna Lund hugs her brother": a caption.
  if (/^['‘]?\p{Lu}[\p{L}’'-]*(?:\s[\p{L}’'-]+){0,4}['’]?:\s\p{Lu}/u.test(text)) return false;
  if (/^["“‘«„][^"”’»“]*["”’»“]$/u.test(text)) return false;
  return wordsOf(text).length >= FEWEST_WORDS;
}

function best(
  candidates: readonly Candidate[],
  chosen: readonly Candidate[],
  fits: (chosen: readonly string[]) => boolean,
): Candidate | undefined {
  const places = new Set(chosen.map((candidate) => candidate.place));
  let top: { candidate: Candidate; gain: number } | undefined;
  for (const candidate of candidates) {
    if (places.has(candidate.place) || (candidate.leans && !places.has(candidate.place - 1))) continue;
    const repeats = Math.max(0, ...chosen.map((other) => cosine(other.vector, candidate.vector)));
    const gain = candidate.worth - REPETITION * repeats;
    if (repeats > SAME) continue;
    if (top !== undefined && gain <= top.gain) continue;
    if (!fits(inOrder([...chosen, candidate]).map(({ text }) => text))) continue;
    top = { candidate, gain };
  }
  return top?.candidate;
}

function inOrder(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => a.place - b.place);
}

function unit(words: ReadonlySet<string>): Vector {
  return new Map([...words].map((word) => [word, 1 / Math.sqrt(words.size)]));
}
