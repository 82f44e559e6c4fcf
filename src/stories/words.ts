/** A word as it stands, and the form under which it counts. */
export interface Word {
  /** Lower case, without a plural or possessive s; two characters where a script writes no spaces. */
  form: string;
  capitalised: boolean;
}

const RUN = /[\p{L}\p{M}\p{N}]+(?:[’'.,-][\p{L}\p{M}\p{N}]+)*/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/u;

/** The words of `text` in order, for comparing texts; numbers count as words. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  const unspaced = UNSPACED.test(text);
  for (const [run] of text.normalize('NFC').matchAll(RUN)) {
    if (unspaced && UNSPACED.test(run)) {
      for (const pair of pairsOf(run)) words.push({ form: pair, capitalised: false });
      continue;
    }
    for (const part of run.includes('-') ? run.split('-') : [run]) {
      if (part === '') continue;
      const lower = part.toLowerCase();
      words.push({ form: formOf(lower), capitalised: lower.charCodeAt(0) !== part.charCodeAt(0) });
    }
  }
  return words;
}

/** Every word of thousands of stories passes here: what can be told without a regular expression is. */
function formOf(lower: string): string {
  const word = /['’]/.test(lower) ? lower.replace(/[’']s?$/, '') : lower;
  const first = word.charCodeAt(0);
  if (first >= 48 && first <= 57) return word.replace(/[,’']/g, '');
  return word.length > 4 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

/** Japanese and its like: every two neighbouring characters. */
function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.length < 2 ? characters : characters.slice(1).map((c, n) => `${characters[n]}${c}`);
}
