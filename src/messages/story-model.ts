import type { RevisionItem } from '../editions/revision.ts';
import { splitSentences } from '../stories/sentences.ts';
import { cleanLine, cleanText } from './clean-text.ts';
import { type Direction, directionOf, isolated, type Locale, say, sayCount } from './locale.ts';
import { readingMinutes } from './reading-time.ts';

/** One story as the templates are given it. */
export interface StoryModel {
  headline: string;
  url: string | null;
  /** Its language and direction where it is not the edition's own, else null. */
  lang: string | null;
  dir: Direction | null;
  paragraphs: string[];
  summary: string;
  source: string;
  /** Source, reading time, who else reports it. */
  meta: string[];
  metaText: string;
  /** Its line under "More news" in plain text. */
  bullet: string;
  /** The words of the link under the lead. */
  action: string | null;
  picture: { url: string; alt: string; link: string | null; caption: string | null } | null;
}

/** A source that gave us fewer words gave an excerpt: how long the whole takes is then not known. */
const LEAST_WORDS_FOR_TIME = 100;

/** An item whose every string may stand in a message, with a link that can be followed or none. */
export function cleanItem(item: RevisionItem): RevisionItem {
  return {
    ...item,
    headline: cleanLine(item.headline),
    summary: cleanText(item.summary).trim(),
    sourceName: cleanLine(item.sourceName),
    alsoReportedBy: item.alsoReportedBy.map(cleanLine),
    url: linkTarget(item.url),
  };
}

/** @param ownPictures pictures at this address are shown although it is not https. */
export function storyModel(item: RevisionItem, locale: Locale, ownPictures: string): StoryModel {
  const language = item.language ?? locale.language;
  const foreign = new Intl.Locale(language).language !== new Intl.Locale(locale.language).language;
  const also = item.alsoReportedBy.length > 0;
  const meta = [
    item.sourceName,
    item.words >= LEAST_WORDS_FOR_TIME
      ? sayCount(locale, locale.words.reading, readingMinutes(item.words))
      : '',
    also
      ? say(locale.words.alsoReportedBy, {
          sources: new Intl.ListFormat(locale.intl).format(item.alsoReportedBy),
        })
      : '',
  ].filter((part) => part !== '');
  return {
    headline: item.headline,
    url: item.url,
    lang: foreign ? language : null,
    dir: foreign ? directionOf(language) : null,
    paragraphs: item.summary
      .split(/\n\s*\n/)
      .map(cleanLine)
      .filter(Boolean),
    summary: cleanLine(item.summary),
    source: item.sourceName,
    meta,
    metaText: meta.join(' · '),
    bullet: item.sourceName
      ? `${isolated(item.headline, language, locale.dir)} (${item.sourceName})`
      : item.headline,
    action: null,
    picture: pictureModel(item, locale, ownPictures),
  };
}

/** The lead's text in short paragraphs, and a link that says where it goes instead of the source's name. */
export function leadModel(story: StoryModel, item: RevisionItem, locale: Locale): StoryModel {
  const paragraphs = story.paragraphs.flatMap((text) =>
    shortParagraphs(text, item.language ?? locale.language),
  );
  if (story.url === null || story.source === '') return { ...story, paragraphs };
  const meta = story.meta.slice(1);
  return {
    ...story,
    paragraphs,
    action: say(locale.words.readAt, { source: story.source }),
    meta,
    metaText: story.metaText,
  };
}

const LONG_PARAGRAPH = 300;

/** A long paragraph in two, at the end of the sentence that is nearest to its middle. */
function shortParagraphs(text: string, language: string): string[] {
  if (text.length <= LONG_PARAGRAPH) return [text];
  const sentences = splitSentences(text, language);
  let best = 0;
  let length = 0;
  let nearest = Number.POSITIVE_INFINITY;
  sentences.slice(0, -1).forEach((sentence, index) => {
    length += sentence.length + 1;
    const away = Math.abs(length - text.length / 2);
    if (away < nearest) [nearest, best] = [away, index + 1];
  });
  if (best === 0) return [text];
  return [sentences.slice(0, best).join(' '), sentences.slice(best).join(' ')];
}

/** https only, or our own; not what Gmail or Outlook cannot show (caniemail image-svg, image-webp, image-avif). */
function pictureModel(item: RevisionItem, locale: Locale, ownPictures: string): StoryModel['picture'] {
  const url = linkTarget(item.picture?.url ?? null);
  if (item.picture === null || url === null) return null;
  if (!url.startsWith('https:') && !url.startsWith(`${ownPictures}/`)) return null;
  if (/\.(svgz?|webp|avif)$/i.test(new URL(url).pathname)) return null;
  const alt = cleanLine(item.picture.alt ?? '');
  const credit = cleanLine(item.picture.credit ?? '');
  return {
    url,
    alt,
    // A link must say where it goes: a picture without words is passed over instead.
    link: alt === '' ? null : item.url,
    caption: credit === '' ? null : captionOf(credit, locale),
  };
}

/** `Picture: Ledger`; a credit that says for itself what it is ("Drawing: Ledger", "© Ledger") stays as it is. */
function captionOf(credit: string, locale: Locale): string {
  return /[:：©]/.test(credit) ? credit : say(locale.words.picture, { credit });
}

/** A link as ASCII, or null when it is none that a reader could follow from a mail. */
function linkTarget(url: string | null): string | null {
  if (url === null || !URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  return (protocol === 'https:' || protocol === 'http:') && href.length <= 2000 ? href : null;
}
