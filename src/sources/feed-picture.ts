import type { LooseItem } from './loose-item.ts';

/** What we read of Media RSS (rssboard.org/media-rss): on an item, in a group, or in one of several contents. */
export interface MediaElements {
  title?: { value?: string };
  description?: { value?: string };
  thumbnails?: { url?: string; width?: number }[];
  credits?: { value?: string }[];
  contents?: MediaContent[];
  group?: MediaElements;
  groups?: MediaElements[];
}

interface MediaContent extends MediaElements {
  url?: string;
  type?: string;
  medium?: string;
  width?: number;
}

/** The widest picture of an item's Media RSS, else its widest thumbnail. */
export function mediaPicture(media: MediaElements | undefined): LooseItem['picture'] {
  if (media === undefined) return null;
  const groups = [media, ...(media.group ? [media.group] : []), ...(media.groups ?? [])];
  const contents = groups.flatMap((group) => group.contents ?? []);
  const image = widest(contents.filter(isPicture));
  const thumbnail = widest([...groups, ...contents].flatMap((group) => group.thumbnails ?? []));
  const found = image ?? thumbnail;
  if (found?.url === undefined) return null;
  const about = (image as MediaContent | undefined)?.description ?? media.description;
  const credit = (image as MediaContent | undefined)?.credits?.[0]?.value ?? media.credits?.[0]?.value;
  // A description longer than a caption is the story's own text, which some feeds repeat there.
  const alt = (about?.value?.length ?? 0) > 250 ? undefined : about?.value;
  return { url: found.url, alt, credit };
}

function isPicture({ url, type, medium }: MediaContent): boolean {
  if (url === undefined) return false;
  if (medium !== undefined) return medium === 'image';
  return type === undefined
    ? /\.(?:jpe?g|png|webp|gif|avif)(?:[?#]|$)/i.test(url)
    : type.startsWith('image/');
}

function widest<T extends { width?: number }>(pictures: T[]): T | undefined {
  return pictures.toSorted((a, b) => (b.width ?? 0) - (a.width ?? 0))[0];
}
