/** Most characters of a story's text: thirty thousand words. Longer ones are archives or attacks, and are refused. */
export const LONGEST_BODY = 200_000;

/** A story as its source tells it, before we store it. All texts are plain text: markup was taken out. */
export interface RawStory {
  /** The source's own identity of it (a feed's guid, else its link, else a hash of headline and date). */
  guid: string;
  /** Absolute http(s) link; null for a story of a mailed release that has none. */
  url: string | null;
  headline: string;
  /** The story's own label ("World"), not the source's. */
  section: string | null;
  /** BCP 47; null when it is not said. */
  language: string | null;
  /** "Seoul [South Korea], November 30", without the colon. */
  dateline: string | null;
  byline: string | null;
  /** Whom it names as its origin ("Source: Yonhap"). */
  credit: string | null;
  /** ms UTC; null when the source gives none: the moment of import counts then. */
  publishedAt: number | null;
  /** Paragraphs separated by a blank line; may be empty for a feed without content. */
  body: string;
  /** The source's own summary, whole prose only: no `[…]`, no "The post … appeared first on …". */
  description: string | null;
  picture: { url: string; alt: string | null; credit: string | null } | null;
}

/** An item that was not taken, and where it stands: nothing is ever dropped silently. */
export interface RefusedItem {
  /** `line 88`, `item 3`. */
  place: string;
  /** A sentence part: `no headline above the dateline`. */
  reason: string;
}

/** What reading one document of a source gives. */
export interface ReadStories {
  stories: RawStory[];
  refused: RefusedItem[];
}
