import type { SummaryBy } from '../database/tables/stories.ts';
import { withoutHead } from './boilerplate.ts';
import { extract } from './extract.ts';
import { isBalanced, isQuestion, isWhole, joinSentences, proseOf } from './prose.ts';
import { splitSentences } from './sentences.ts';
import { wordsOf } from './words.ts';

/** What a summary is made from; texts are plain. */
export interface Summarisable {
  headline: string;
  body: string;
  description: string | null;
  /** A stored summary and who made it. */
  summary: string | null;
  summaryBy: SummaryBy | null;
  language: string | null;
}

/** Under this share of the room a description says too little, when the story itself says more. */
const SHORTEST_SHARE = 1 / 4;
const ELLIPSIS = '…';

/**
 * What stands under the headline: the editor's summary as it is, else the source's own description when it is whole
 * prose, else an extract of the story's whole sentences; one overlong sentence is cut at a word.
 * @param most characters, for all but the editor's own.
 * @returns text '' only for a story that has neither prose nor a description.
 */
export function summarise(story: Summarisable, most: number): { text: string; by: SummaryBy } {
  const { headline, body, language, summaryBy } = story;
  const stored = story.summary?.trim() ?? '';
  if (stored !== '' && summaryBy === 'editor') return { text: stored, by: 'editor' };

  const prose = proseOf(body, language);
  const least = prose.length === 0 ? 1 : most * SHORTEST_SHARE;
  if (stored !== '' && stored.length <= most) return { text: stored, by: summaryBy ?? 'feed' };
  const told = wholeProse(story.description ?? '', headline, language, most);
  if (told.length >= least) return { text: told, by: 'feed' };

  const whole = joinSentences(prose.filter((sentence) => !isQuestion(sentence)));
  if (whole !== '' && whole.length <= most) return { text: whole, by: 'extract' };
  const chosen = joinSentences(extract(prose, language, (some) => joinSentences(some).length <= most));
  if (chosen !== '') return { text: chosen, by: 'extract' };
  if (told !== '') return { text: told, by: 'feed' };
  const first = prose[0] ?? withoutHead(body).replace(/\s+/g, ' ').trim();
  if (first !== '') return { text: cutAtWord(first, most), by: 'extract' };
  return { text: cutAtWord((story.description ?? '').replace(/\s+/g, ' ').trim(), most), by: 'feed' };
}

/** The whole sentences with which a description begins, as many as fit; '' when it is a teaser or the headline again. */
function wholeProse(description: string, headline: string, language: string | null, most: number): string {
  const sentences = splitSentences(withoutHead(description), language);
  if (/(?:…|\.\.\.|\[\S*\])\s*$/.test(description) || sentences.some((sentence) => !isWhole(sentence)))
    return '';
  let text = '';
  for (const sentence of proseOf(description, language)) {
    const longer = joinSentences(text === '' ? [sentence] : [text, sentence]);
    if (longer.length > most) break;
    text = longer;
  }
  const fit = isBalanced(text) && !isQuestion(text) && !repeats(text, headline);
  return fit ? text : '';
}

/** Whether it says hardly more than the headline. */
function repeats(text: string, headline: string): boolean {
  const known = new Set(wordsOf(headline).map((word) => word.form));
  const words = wordsOf(text);
  const fresh = words.filter((word) => !known.has(word.form)).length;
  return fresh < Math.max(3, words.length / 4);
}

function cutAtWord(text: string, most: number): string {
  if (text.length <= most) return text;
  const room = text.slice(0, most - ELLIPSIS.length + 1);
  const at = Math.max(room.lastIndexOf(' '), 0) || most - ELLIPSIS.length;
  return `${room.slice(0, at).replace(/[\s\p{Pd},;:(“"«‘]+$/u, '')}${ELLIPSIS}`;
}
