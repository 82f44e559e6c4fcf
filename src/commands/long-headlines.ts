import type { RevisionItem } from '../editions/revision.ts';
import { cleanLine } from '../messages/clean-text.ts';
import { LONGEST_HEADLINE, tooLong } from '../messages/headline.ts';

/** Headlines of an edition that its mail shows only the beginning of, a sentence each. */
export function longHeadlines(items: RevisionItem[]): string[] {
  return items.flatMap(({ code, headline }) => {
    const count = tooLong(cleanLine(headline));
    return count === null
      ? []
      : [`${code}: its headline has ${count} characters; mail cuts it at a word before ${LONGEST_HEADLINE}`];
  });
}
