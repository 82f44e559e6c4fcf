import { readDate } from './dates.ts';
import type { DocumentAbout } from './format.ts';
import { baseLanguage } from './language.ts';
import { cleanLink } from './links.ts';
import type { LooseItem } from './loose-item.ts';
import { bodyOfText, lineOfText } from './plain-text.ts';
import { excerptOf, withoutFeedNotes } from './prose-of-feed.ts';
import { LONGEST_BODY, type RawStory } from './raw-story.ts';
import { sectionAmong } from './section-name.ts';
import { storyGuid } from './story-guid.ts';
import { partsOfBody } from './story-text.ts';

/** What is known of all items of a document. */
export interface ItemSetting extends Pick<DocumentAbout, 'now' | 'timeZone'> {
  /** What relative links are relative to. */
  base: string | null;
  /** BCP 47. */
  language: string | null;
}

/** Longest headline; a longer one is a paragraph in the wrong place. */
const HEADLINE = 400;
/** A description as long as this is the story itself. */
const LONG_DESCRIPTION = 700;
/** What is longer sums nothing up, even beside a text. */
const LONGEST_DESCRIPTION = 5000;

/**
 * Makes a story of an item: links resolved and without tracking, texts plain, dates read, a description kept only
 * when it is whole prose.
 * @returns the story, or why it is refused, as a sentence part.
 */
export function readItem(item: LooseItem, setting: ItemSetting): RawStory | { reason: string } {
  const headline = lineOfText(item.title);
  if (headline === '') return { reason: 'no headline' };
  if (headline.length > HEADLINE)
    return { reason: `the headline has ${headline.length} characters; at most ${HEADLINE} are one` };
  const published = readPublished(item.published, setting);
  if ('fault' in published) return { reason: published.fault };
  const url = cleanLink(item.link, setting.base);
  const content = bodyOfText(item.body);
  const summary = bodyOfText(item.description);
  const longest = Math.max(content.text.length, summary.text.length);
  if (longest > LONGEST_BODY)
    return { reason: `its text has ${longest} characters; at most ${LONGEST_BODY} are one story` };
  const { body, description } = textsOf(content.text, summary.text, headline);
  if (body === '' && description === null && url === null)
    return { reason: 'only a headline: no text and no link' };
  const parts = partsOfBody(body, setting);
  return {
    guid: storyGuid(lineOfText(item.id) || null, url, headline, published.day),
    url,
    headline,
    section: lineOfText(item.section) || sectionAmong((item.categories ?? []).map(lineOfText)),
    language: baseLanguage(item.language) ?? setting.language,
    dateline: lineOfText(item.dateline) || parts.dateline,
    byline: bylineOf(item.byline),
    credit: lineOfText(item.credit) || parts.agency,
    publishedAt: published.at,
    body: parts.body,
    description: description === null ? null : partsOfBody(description, setting).body,
    picture:
      pictureOf(item.picture, setting.base) ?? pictureOf(content.picture ?? summary.picture, setting.base),
  };
}

function readPublished(
  text: string | null | undefined,
  setting: ItemSetting,
): { at: number | null; day: string | null } | { fault: string } {
  const plain = lineOfText(text);
  if (plain === '') return { at: null, day: null };
  const reading = readDate(plain, setting);
  if (reading === undefined) return { fault: `the date “${plain.slice(0, 60)}” cannot be read` };
  return reading;
}

/** Which of the two texts is the story and which its summary; feeds fill them in either way. */
function textsOf(
  content: string,
  summary: string,
  headline: string,
): { body: string; description: string | null } {
  const body = withoutFeedNotes(content, headline);
  const said = withoutFeedNotes(summary, headline);
  const { whole, excerpt } = excerptOf(said);
  const only = body === '';
  if (!only && said.length > LONGEST_DESCRIPTION)
    return { body: said.length > body.length ? said : body, description: null };
  if (only && said.length > LONG_DESCRIPTION) return { body: whole ?? excerpt, description: null };
  if (only && whole === null) return { body: excerpt, description: null };
  const same = whole !== null && (whole === headline || whole === body);
  return { body, description: same ? null : whole };
}

function bylineOf(text: string | null | undefined): string | null {
  const name = lineOfText(text).replace(/^by\s+(?=\p{Lu})/iu, '');
  const account =
    /^(?:admin|administrator|editor|webmaster|root|user|guest|wordpress|web ?desk|noreply)$/i.test(name);
  return name === '' || account || name.length > 200 || /^\S+@\S+$|^https?:/i.test(name) ? null : name;
}

function pictureOf(picture: LooseItem['picture'], base: string | null): RawStory['picture'] {
  const url = cleanLink(picture?.url, base);
  if (url === null) return null;
  return { url, alt: lineOfText(picture?.alt) || null, credit: lineOfText(picture?.credit) || null };
}
