/** Sentences that feed software adds to a text. */
const ADDED =
  /^(?:the post .* (?:appeared first on|first appeared on|originally appeared on) .*|this (?:article|post|story) .{0,200}(?:appeared first|first appeared|was first published|originally (?:appeared|published)) .*|(?:continue reading|read more|read the full (?:story|article)|read on|keep reading|lire la suite|weiterlesen|leer más|xem thêm|đọc tiếp|اقرأ المزيد)\b.{0,200}|(?:filed under|tagged|share this|related)\s*:.*|l’article .* est apparu en premier sur .*|der beitrag .* erschien zuerst auf .*|la entrada .* se publicó primero en .*)$/iu;
/** How software marks a text that it cut. */
const CUT =
  /\s*(?:\[(?:…|\.{3}|&hellip;|\u22EF)\]|\((?:…|\.{3})\)|…|\.{3,4})\s*(?:(?:read|continue|lire|leer|weiter)\b.{0,80})?$/iu;
const SENTENCE_END = /[.!?؟。][\])"'”’»]*$/u;

/** A text without the paragraphs and tails that are the feed software's, not the story's. */
export function withoutFeedNotes(text: string, headline: string): string {
  return text
    .split('\n\n')
    .map((paragraph) =>
      paragraph.replace(/\s*The post .{0,400} (?:appeared first on|first appeared on) .{0,200}$/u, ''),
    )
    .map((paragraph) =>
      paragraph.replace(/\s*(?:Continue reading|Read more)\s*(?:→|»|…|\.{3}|“.{0,200}”)?\s*$/u, ''),
    )
    .filter((paragraph) => paragraph !== '' && !ADDED.test(paragraph) && paragraph !== headline)
    .join('\n\n')
    .trim();
}

/**
 * Tells a summary from an excerpt that was cut: `whole` is the text when it is whole prose, else null;
 * `excerpt` is what can be used of it: of a cut text, what stands before the end of its last whole sentence.
 */
export function excerptOf(text: string): { whole: string | null; excerpt: string } {
  const line = text.replaceAll('\n\n', ' ').trim();
  if (line === '') return { whole: null, excerpt: '' };
  if (!CUT.test(line) && SENTENCE_END.test(line)) return { whole: line, excerpt: text };
  if (!CUT.test(line)) return { whole: null, excerpt: text };
  const uncut = line.replace(CUT, '');
  return { whole: null, excerpt: SENTENCE_END.test(uncut) ? uncut : wholeSentences(uncut) };
}

/** Up to the last end of a sentence that is none of an abbreviation ("Mr.", "U.S.", "No."). */
function wholeSentences(text: string): string {
  const ends = [...text.matchAll(/(?<=[\p{Ll}\p{Lo}\d)”"]{3})[.!?؟。]["”’»)]*(?=\s)/gu)];
  const last = ends.findLast(
    ({ index }) =>
      !/\b(?:Mrs|Prof|Gov|Sen|Rep|Gen|Col|Capt|Sgt|Rev|approx|Inc|Ltd|Corp)$/.test(text.slice(0, index)),
  );
  return last === undefined ? '' : text.slice(0, last.index + last[0].length);
}
