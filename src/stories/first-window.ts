import type { RawStory, ReadStories } from '../sources/raw-story.ts';

/** What decides how far back a source's stories are taken. */
export interface SinceWhen {
  /** When the source was added, ms UTC; null: whatever it holds is taken, however old. */
  addedAt: number | null;
  /** Whether it is read for the first time. */
  first: boolean;
}

/** A feed's stories are taken from one window before it was added on: nobody wants its archive in tomorrow's edition. */
const FIRST_WINDOW = 24 * 60 * 60_000;
/** Of stories without a date, at the first reading so many count as new; feeds list the newest first. */
const UNDATED_NEW = 5;

/** Leaves out what was published before the window in which the source was added. */
export function recentOnly<Read extends ReadStories>(
  read: Read,
  { addedAt, first }: SinceWhen,
  now: Temporal.Instant,
): { read: Read; older: number } {
  if (addedAt === null) return { read, older: 0 };
  const from = addedAt - FIRST_WINDOW;
  const recent = read.stories.filter(({ publishedAt }) => publishedAt === null || publishedAt >= from);
  const stories = first ? datedWhenSeen(recent, from - 1, now) : recent;
  return { read: { ...read, stories }, older: read.stories.length - recent.length };
}

/**
 * Stories without a date are remembered all, so that they are not taken for new ones the next time, but only the first
 * few count as news.
 */
function datedWhenSeen(stories: RawStory[], old: number, now: Temporal.Instant): RawStory[] {
  let undated = 0;
  return stories.map((story) => {
    if (story.publishedAt !== null) return story;
    undated += 1;
    return { ...story, publishedAt: undated <= UNDATED_NEW ? now.epochMilliseconds : old };
  });
}
