/** An item as a feed, file or page says it: strings as written, perhaps with markup. Each format fills in what it has. */
export interface LooseItem {
  id?: string | null | undefined;
  link?: string | null | undefined;
  title?: string | null | undefined;
  /** The whole text, HTML or plain. */
  body?: string | null | undefined;
  description?: string | null | undefined;
  /** A date in any form. */
  published?: string | null | undefined;
  /** Its section when the source says so outright; else chosen among the categories. */
  section?: string | null | undefined;
  categories?: (string | null | undefined)[];
  language?: string | null | undefined;
  dateline?: string | null | undefined;
  byline?: string | null | undefined;
  credit?: string | null | undefined;
  picture?:
    | { url?: string | null | undefined; alt?: string | null | undefined; credit?: string | null | undefined }
    | null
    | undefined;
}
