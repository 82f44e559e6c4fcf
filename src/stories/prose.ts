import { isBoilerplate, withoutHead } from './boilerplate.ts';
import { splitSentences } from './sentences.ts';

/** How a whole sentence ends. */
const ENDED = /[.!?…。．！？؟۔।][\p{Pe}\p{Pf}"'“«]*$/u;
/** What comes later in a longer text is not what it is about. */
const LONGEST_STORY = 60_000;
/** What is longer is a paragraph, whose sentences are looked at one by one. */
const LONGEST_LINE = 200;
/** Scripts that write no full stop. */
const UNPOINTED = /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/**
 * The whole sentences of a story in order: without its dateline, bylines, captions, credits, crossheads, "Read
 * more" and the like.
 */
export function proseOf(body: string, language: string | null): string[] {
  return withoutHead(body.slice(0, LONGEST_STORY))
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph.length > LONGEST_LINE || !isBoilerplate(paragraph.replace(/\s+/g, ' ')))
    .flatMap((paragraph) => splitSentences(paragraph, language))
    .filter((sentence) => isWhole(sentence) && !isBoilerplate(sentence));
}

/** Whether it ends as a sentence does. */
export function isWhole(sentence: string): boolean {
  return ENDED.test(sentence) || UNPOINTED.test(sentence);
}

/** Whether it asks: a summary answers. */
export function isQuestion(sentence: string): boolean {
  return /[?？؟][\p{Pe}\p{Pf}"']*$/u.test(sentence);
}

/** Whether every quotation mark and bracket that it opens is closed. */
export function isBalanced(text: string): boolean {
  const count = (mark: string) => text.split(mark).length - 1;
  return (
    count('"') % 2 === 0 &&
    count('(') === count(')') &&
    count('[') === count(']') &&
    count('«') === count('»') &&
    (text.includes('„') || count('“') === count('”'))
  );
}

/** Puts sentences one after the other as their script does. */
export function joinSentences(sentences: readonly string[]): string {
  return sentences.reduce(
    (text, next) => (text === '' || /[。！？]$/.test(text) ? text + next : `${text} ${next}`),
    '',
  );
}
