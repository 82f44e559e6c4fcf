import type { SummaryBy } from '../database/tables/stories.ts';
import { splitSentences } from './sentences.ts';

export interface Summarisable {
  headline: string;
  body: string;
  description: string | null;
  summary: string | null;
  summaryBy: SummaryBy | null;
  language: string | null;
}

export function summarise(story: Summarisable, most: number): { text: string; by: SummaryBy } {
  if (story.summary) return { text: story.summary, by: story.summaryBy ?? 'editor' };
  if (story.description && story.description.length <= most) return { text: story.description, by: 'feed' };
  let text = '';
  for (const s of splitSentences(story.body, story.language)) {
    if (text.length + s.length + 1 > most) break;
    text = `${text} ${s}`.trim();
  }
  return { text, by: 'extract' };
}
