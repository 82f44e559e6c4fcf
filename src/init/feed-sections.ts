import type { RawStory } from '../sources/raw-story.ts';

const MOST = 6;
/** The newsletter that everybody begins with. */
const DEFAULT = ['World', 'Business'];

/** The headings of a first newsletter. */
export interface FirstSections {
  sections: string[];
  /** The heading for stories without a label of their own. */
  rest: string;
  /** Whether they are the feed's own labels, not the default. */
  own: boolean;
  /** How many of the feed's stories bear none of these labels, and how many it has. */
  others: number;
  all: number;
}

/**
 * The labels that a feed uses, the most used first, where they cover most of its stories; else World and Business:
 * two labels among twenty stories are no sections. Pure.
 */
export function feedSections(stories: Pick<RawStory, 'section'>[]): FirstSections {
  const counts = new Map<string, number>();
  for (const { section } of stories) {
    if (section !== null) counts.set(section, (counts.get(section) ?? 0) + 1);
  }
  const used = [...counts].sort(([, one], [, other]) => other - one).slice(0, MOST);
  const covered = used.reduce((sum, [, count]) => sum + count, 0);
  const own = covered * 2 > stories.length;
  const sections = own ? used.map(([section]) => section) : DEFAULT;
  const named = new Set(sections);
  return {
    sections,
    rest: sections[0] as string,
    own,
    others: stories.filter(({ section }) => section === null || !named.has(section)).length,
    all: stories.length,
  };
}
