import { createHash } from 'node:crypto';

/**
 * A story's identity within its source: the source's own, else its link, else a hash of its headline and day.
 * @param day as the source says it: `2026-11-30`.
 */
export function storyGuid(
  own: string | null,
  url: string | null,
  headline: string,
  day: string | null,
): string {
  if (own !== null && own !== '') return own.length <= 500 ? own : `hash:${hash(own)}`;
  return (
    url ??
    `text:${hash(
      `${headline
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim()}\n${day ?? ''}`,
    )}`
  );
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
