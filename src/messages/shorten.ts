/**
 * `text` cut at the end of a word to at most `most` characters, the ellipsis included. Characters are what people
 * count (graphemes); words are found by the language's own rules, so that Thai and Chinese are cut rightly too.
 */
export function shorten(text: string, most: number, language: string): string {
  if (characters(text) <= most) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter(language, { granularity: 'word' }).segment(text)) {
    if (characters(kept + segment) > most - 1) break;
    kept += segment;
  }
  // A single word longer than the space: cut it, rather than say nothing.
  if (kept.trim() === '') kept = firstCharacters(text, most - 1);
  return `${kept.replace(/[\s\p{Pd}\p{Ps}\p{Pi},;:،؛.]+$/u, '')}…`;
}

/** How many characters a person sees. */
export function characters(text: string): number {
  if (/^[\x20-\x7E]*$/.test(text)) return text.length;
  let count = 0;
  for (const _ of new Intl.Segmenter().segment(text)) count++;
  return count;
}

function firstCharacters(text: string, most: number): string {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
    .slice(0, most)
    .join('');
}
