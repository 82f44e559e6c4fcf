import type { DocumentAbout, ReadDocument } from './format.ts';
import { baseLanguage } from './language.ts';
import type { LooseItem } from './loose-item.ts';
import { lineOfText } from './plain-text.ts';
import type { RefusedItem } from './raw-story.ts';
import { readItem } from './read-item.ts';

/** What a document says of itself, as written. */
export interface LooseDocument {
  title: string | null | undefined;
  format: string;
  language?: string | null | undefined;
  /** What its relative links are relative to, when it says so. */
  base?: string | null | undefined;
}

/** Reads the items of a document one by one; each is a story or refused with its place. */
export function readLooseItems(
  self: LooseDocument,
  items: { place: string; item: LooseItem }[],
  refused: RefusedItem[],
  about: DocumentAbout,
): ReadDocument {
  const setting = {
    now: about.now,
    timeZone: about.timeZone,
    base: URL.parse(self.base ?? '', about.url ?? undefined)?.href ?? about.url,
    language: baseLanguage(self.language) ?? about.language ?? null,
  };
  const read: ReadDocument = {
    title: lineOfText(self.title) || null,
    format: self.format,
    stories: [],
    refused: [...refused],
  };
  for (const { place, item } of items) {
    const story = readItem(item, setting);
    if ('reason' in story) read.refused.push({ place, reason: story.reason });
    else read.stories.push(story);
  }
  return read;
}
