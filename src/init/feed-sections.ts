import type { RawStory } from '../sources/raw-story.ts';

/** Where stories without a label of their own go. */
const REST = 'News';
const MOST = 6;

/**
 * The headings of a first newsletter, from the labels that its feed uses: the most used first, at least two stories
 * each, and one for the rest. Pure.
 * @returns `rest`: the heading for stories without a label, and for those whose label is too rare.
 */
export function feedSections(stories: Pick<RawStory, 'section'>[]): { sections: string[]; rest: string } {
  const counts = new Map<string, number>();
  for (const { section } of stories) {
    if (section !== null) counts.set(section, (counts.get(section) ?? 0) + 1);
  }
  const used = [...counts]
    .filter(([section, count]) => count > 1 && section !== REST)
    .sort(([, one], [, other]) => other - one)
    .map(([section]) => section)
    .slice(0, MOST);
  return { sections: [...used, REST], rest: REST };
}
