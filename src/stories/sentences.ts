import { type Abbreviations, abbreviationsOf } from './abbreviations.ts';

/**
 * The sentences of `text`, in order, each trimmed and with its white space folded. A blank line always ends one;
 * what stands in quotation marks or brackets is never torn apart.
 * @param language BCP 47; decides which abbreviations count. null: English.
 */
export function splitSentences(text: string, language: string | null): string[] {
  const abbreviations = abbreviationsOf(language);
  return text
    .split(/\r?\n[^\S\n]*\r?\n/)
    .flatMap(joinLines)
    .flatMap(splitList)
    .flatMap((paragraph) => splitParagraph(paragraph, abbreviations, language));
}

/** Lines of one paragraph belong together, unless none of them ends like a sentence: then each is an entry. */
function joinLines(paragraph: string): string[] {
  const lines = paragraph.split(/\r?\n/).map(fold).filter(Boolean);
  const entries =
    lines.length > 1 && !lines.some((line) => /[.!?…。！？؟।:;,][\p{Pe}\p{Pf}"']*$/u.test(line));
  return entries ? lines : [lines.join(' ')].filter(Boolean);
}

const MARKER = /(?<=^|\s)(?:[•⁃◦▪‣]\s*)?(?:(\d{1,2}|[a-z])(?:\.\)|\)|\.)\s+|[•⁃◦▪‣]\s*)(?=\p{L})/gu;

/** A numbered or dotted list on one line: "1. Salt 2. Flour". It must begin with a marker and count upwards. */
function splitList(text: string): string[] {
  const markers = [...text.matchAll(MARKER)];
  if (markers.length < 2 || markers[0]?.index !== 0) return [text];
  const starts = [0];
  let last = markers[0];
  for (const marker of markers.slice(1)) {
    if (!follows(last[1], marker[1])) continue;
    starts.push(marker.index);
    last = marker;
  }
  if (starts.length === 1) return [text];
  return starts.map((start, n) => text.slice(start, starts[n + 1]).trim());
}

function follows(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  if (/\d/.test(before) && /\d/.test(after)) return Number(after) === Number(before) + 1;
  return after.length === 1 && after.charCodeAt(0) === before.charCodeAt(0) + 1;
}

/** "1." or "• 9.": what a list's entry begins with. */
const LONE_MARKER = /^\s*(?:[•⁃◦▪‣]\s*)?(?:\d{1,2}|[a-z])[.)]+$/;

/** A run of marks that may end a sentence (spaced dots are one run), then whatever closes with it. */
const END = /(?:[!?！？؟]+|[。．।॥۔]|…\.?|\.(?:[^\S\n]?\.)+|\.[!?]*)[\p{Pe}\p{Pf}"'“«]*/gu;
const ALWAYS = /^[。．।॥۔！？؟]/u;

/** So much on either side of a mark decides whether it ends a sentence. */
const CONTEXT = 200;

function splitParagraph(text: string, abbreviations: Abbreviations, language: string | null): string[] {
  const shut = enclosed(text);
  const sentences: string[] = [];
  let start = 0;
  for (const match of text.matchAll(END)) {
    const at = match.index;
    let end = at + match[0].length;
    // "It was late. . . . The next": the first dot ends the sentence, three stand for what was left out.
    if (/^\. \. \. \.$/.test(match[0]) && /\S/.test(text.charAt(at - 1)) && end < text.length) end = at + 1;
    if (shut(end)) continue;
    const place: Place = {
      before: text.slice(Math.max(start, at - CONTEXT), at),
      marks: text.slice(at, end),
      after: text.slice(end, end + CONTEXT),
    };
    if (!endsSentence(place, abbreviations, language)) continue;
    sentences.push(text.slice(start, end).trim());
    start = end;
  }
  sentences.push(text.slice(start).trim());
  return sentences.filter(Boolean);
}

interface Place {
  /** From the sentence's first character, or near, up to the mark. */
  before: string;
  marks: string;
  after: string;
}

function endsSentence(
  { before, marks, after }: Place,
  words: Abbreviations,
  language: string | null,
): boolean {
  if (after === '') return true;
  if (before.trim() === '' || LONE_MARKER.test(before + marks) || /^(?:…|\.\s?\.)[.\s]*[\])]/.test(marks))
    return false;
  if (ALWAYS.test(marks)) return !/^\s*[とっ]/.test(after) || !/[」』]$/.test(marks);
  const spaced = /^\s/.test(after);
  const next = after.trimStart().replace(/^[\p{Ps}\p{Pi}"'“‘¿¡—–-]+\s*/u, '');
  if (!spaced && !(marks === '.' && glued(before, next))) return false;
  if (!/^(?:[\p{Lu}\p{Lt}\p{Lo}\p{N}•⁃\p{Emoji_Presentation}]|[a-z][A-Z]|\. \. \.)/u.test(next)) return false;
  if (/["'”’»“]$/.test(marks) && attributed(next)) return false;
  if (/^(\.{3}|…|\. \. \.)[\p{Pe}\p{Pf}"'“«]*$/u.test(marks))
    return !/\s$/.test(before) && !/^I\b/.test(next);
  if (!/^\.[\p{Pe}\p{Pf}"'“«]*$/u.test(marks)) return true;
  return !abbreviates(before, next, words, language);
}

/** "world.Today": a full stop without a space still ends a sentence between two ordinary words. */
function glued(before: string, next: string): boolean {
  if (!/^\p{Lu}[\p{Ll}\s]/u.test(next)) return false;
  const word = /\S*$/.exec(before)?.[0] ?? '';
  const address = `${word}.${/^\S*/.exec(next)?.[0] ?? ''}`;
  return /(?:\p{Ll}{2}|\d)\p{Pf}?$/u.test(word) && !/[@/\\_=#]|www\./.test(address);
}

const SAID =
  /^\p{Lu}[\p{L}’'.-]+(?:\s\p{Lu}[\p{L}’'.-]+){0,2}\s(?:said|says|asked|asks|told|added|adds|wrote|writes|replied|shouted|cried|recalled|answered|insisted|warned)\b/u;

/** “Are we done?” Kim asked: the sentence goes on after the quotation. */
function attributed(next: string): boolean {
  return SAID.test(next);
}

const MONTH =
  /^(?:Jan|Feb|Mär|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Jahrhundert|Weltkrieg|Klasse|Platz|Liga|Etage|Stock)\p{L}*/u;
const ZONE = /^(?:[ECMP][SD]T|GMT|UTC|BST|CET|Eastern|Central|Pacific|Mountain|local|\p{Lu}\p{L}+day\b)/u;

/** Whether the full stop after `before` belongs to its last word rather than to the sentence. */
function abbreviates(before: string, next: string, words: Abbreviations, language: string | null): boolean {
  const word = (/[^\s([{"“‘'«„—–/]+$/u.exec(before)?.[0] ?? '').replace(/^[\p{P}$€£]+/u, '');
  const lower = word.toLowerCase();
  const opener = words.openers.has((/^[\p{L}’']+/u.exec(next)?.[0] ?? '').toLowerCase());
  if (words.beforeNumber.has(lower) && /^(?:\d|[IVXLC]+\b)/.test(next)) return true;
  if (lower === 'a.m' || lower === 'p.m') return ZONE.test(next) || isTimeOpener(before);
  if (lower === 'st' && /\d\p{Ll}+\s+\S+$/u.test(before)) return !opener;
  if (words.before.has(lower) && !(lower.length === 1 && /^\p{Ll}/u.test(word))) return true;
  if (words.either.has(lower))
    return !opener && (lower !== 'etc' || /^\d/.test(next)) && !isTitle(next, words);
  // "z. B.", "15 h. Selon"
  if (/^\p{Ll}$/u.test(word)) return /^\p{L}\./u.test(next);
  if (/^\p{Lu}$/u.test(word)) return isInitial(before, word, opener);
  // "U.S. Government", "Ph.D. students", and "U.S. How about you?"
  if (/^\p{Lu}\p{L}?(?:\.-?\p{L}{1,2})+$/u.test(word)) return !opener;
  if (/^\p{Ll}(?:\.\p{Ll}){1,3}$/u.test(word)) return true;
  if (language?.startsWith('de') && /^\d{1,2}$/.test(word)) return MONTH.test(next) || !opener;
  return false;
}

/** "At 5 a.m. Mr. Smith went": what stands before is only the time that the sentence opens with. */
function isTimeOpener(before: string): boolean {
  return before.trim().split(/\s+/).length <= 3;
}

function isTitle(next: string, words: Abbreviations): boolean {
  return words.before.has((/^\p{L}+(?=\.)/u.exec(next)?.[0] ?? '').toLowerCase());
}

/** "J. K. Rowling" goes on; "you and I." and "vitamin C." before an opener end. */
function isInitial(before: string, word: string, opener: boolean): boolean {
  const previous = /(\S+)\s+\S$/.exec(before)?.[1] ?? '';
  if (word === 'I' && /^\p{Ll}/u.test(previous)) return false;
  return !(opener && previous !== '');
}

const PAIRS: Record<string, string> = {
  '(': ')',
  '[': ']',
  '“': '”',
  '„': '“',
  '«': '»',
  '「': '」',
  '『': '』',
  '（': '）',
};
/** A mark that opens and is never closed must not swallow the rest of a long paragraph. */
const FARTHEST = 1200;

/**
 * Tells whether a position lies inside brackets or quotation marks that open and close in this paragraph.
 * To be asked in ascending order.
 */
function enclosed(text: string): (position: number) => boolean {
  const spans: { from: number; to: number }[] = [];
  for (const { index } of text.matchAll(/["'‘“„«「『([（]/g)) {
    if (index <= (spans.at(-1)?.to ?? -1)) continue;
    const length = closing(text.slice(index, index + FARTHEST), text.charAt(index - 1));
    if (length !== -1) spans.push({ from: index, to: index + length });
  }
  let next = 0;
  return (position) => {
    while ((spans[next]?.to ?? position) < position) next++;
    return (spans[next]?.from ?? position) < position;
  };
}

/** How far behind the mark at the beginning of `text` lies the one that closes it; -1: it opens nothing. */
function closing(text: string, before: string): number {
  const mark = text.charAt(0);
  const inWord = /[\p{L}\d]/u.test(before);
  if (mark === '"') return inWord || /[.!?,]/.test(before) ? -1 : text.indexOf('"', 1);
  if (mark === '‘') return singleQuoteEnd(text, /’(?![\p{L}\d])/gu);
  if (mark === "'") return inWord ? -1 : singleQuoteEnd(text, /'(?![\p{L}\d])/gu);
  const pair = PAIRS[mark] ?? '';
  let depth = 0;
  for (let position = 0; position < text.length; position++) {
    if (text[position] === mark) depth++;
    else if (text[position] === pair && --depth === 0) return position;
  }
  // German „…“ is also closed by ”.
  return mark === '„' ? text.indexOf('”') : -1;
}

/** The end of ‘a quotation’, which an apostrophe inside a word is not. `‘90s` opens nothing. */
function singleQuoteEnd(text: string, end: RegExp): number {
  if (/\d/.test(text.charAt(1))) return -1;
  end.lastIndex = 2;
  return end.exec(text)?.index ?? -1;
}

function fold(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
