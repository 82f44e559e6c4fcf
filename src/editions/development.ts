import { distance } from 'fastest-levenshtein';

/** A story in an earlier edition of the same rhythm. Times in ms UTC. */
export interface Carried {
  storyId: number;
  code: string;
  clusterId: number | null;
  /** Under which headlines that edition had it, the editor's and the source's. */
  headlines: string[];
  /** `2026-11-23`. */
  edition: string;
  slotAt: number;
  /** The end of that edition's window: what is newer it could not know. */
  windowTo: number;
}

interface Report {
  id: number;
  headline: string;
  voice: string;
  publishedAt: number;
  changedAt: number | null;
}

/**
 * Whether there is enough new to tell readers of a story that they have had:
 * - the same story, when its source changed the headline since and says something else in it;
 * - another report of the event, when two voices or more reported anew and the headline says something else.
 *   One late reprint is no news.
 */
export function hasDeveloped(story: Report, carried: Carried, event: readonly Report[]): boolean {
  const saysOther = carried.headlines.every((headline) => saysSomethingElse(headline, story.headline));
  if (!saysOther) return false;
  if (story.id === carried.storyId) return story.changedAt !== null && story.changedAt >= carried.windowTo;
  const anew = event.filter(
    (report) => report.id !== carried.storyId && report.publishedAt >= carried.windowTo,
  );
  return anew.some(({ id }) => id === story.id) && new Set(anew.map(({ voice }) => voice)).size >= 2;
}

/** Other numbers, or a quarter of the words new; spelling, punctuation and letter case do not count. */
function saysSomethingElse(before: string, after: string): boolean {
  const [old, fresh] = [wordsOf(before), wordsOf(after)];
  const numbers = (words: string[]) =>
    words
      .filter((word) => /\p{Number}/u.test(word))
      .sort()
      .join(' ');
  if (numbers(old) !== numbers(fresh)) return true;
  const added = fresh.filter((word) => !old.some((known) => known === word || isSlip(known, word)));
  return added.length > 0 && added.length >= fresh.length / 4;
}

function isSlip(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= 4 && distance(one, other) === 1;
}

function wordsOf(headline: string): string[] {
  return (
    headline
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{Letter}\p{Mark}\p{Number}]+/gu) ?? []
  );
}
