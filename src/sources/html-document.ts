import { Parser } from 'htmlparser2';
import { parseHTML } from 'linkedom';

/** What article pages stay far below. Beyond it, taking a page apart would cost minutes: the algorithms are quadratic. */
const DEEPEST = 400;
const MOST_ELEMENTS = 40_000;
const LONGEST = 8_000_000;
/** Pieces of text: what stands between two tags, and each entity in it. */
const MOST_PIECES = 100_000;
/** Longer attributes are pictures and programs. */
const LONGEST_ATTRIBUTE = 4000;
const LONGEST_TITLE = 1000;
/** White space as it stands and as entities: what looks for it in a page takes the square of a run's length. */
const SPACES =
  /(?:\s|&(?:Tab|NewLine|NonBreakingSpace|[a-z]{1,9}sp|#0*(?:9|10|12|13|32|160|5760|8192|8\d\d\d|12288)|#x0*(?:9|a|c|d|20|a0|1680|20[0-9a-f]{2}|3000));?){3,}/gi;

/** The document that HTML makes; undefined when it is none, or one that no page of news looks like. */
export function htmlDocument(html: string): Document | undefined {
  if (html.length > LONGEST) return undefined;
  const text = html.replace(SPACES, (run) => (run.includes('\n') ? '\n' : ' '));
  if (exceeds(text, MOST_PIECES)) return undefined;
  try {
    const { document } = parseHTML(text);
    return document.documentElement === null ? undefined : tamed(document as unknown as Document);
  } catch {
    return undefined;
  }
}

/** Whether HTML is nested deeper, or has more elements, than any page or feed has for its readers. */
export function isMonstrous(html: string): boolean {
  return exceeds(html, Number.POSITIVE_INFINITY);
}

function exceeds(html: string, mostPieces: number): boolean {
  let depth = 0;
  let elements = 0;
  let pieces = 0;
  let tooMuch = false;
  const parser = new Parser(
    {
      onopentag() {
        elements += 1;
        depth += 1;
        tooMuch ||= depth > DEEPEST || elements > MOST_ELEMENTS;
        if (tooMuch) parser.pause();
      },
      onclosetag() {
        depth -= 1;
      },
      ontext() {
        pieces += 1;
        tooMuch ||= pieces > mostPieces;
      },
    },
    { decodeEntities: true },
  );
  for (let at = 0; at < html.length && !tooMuch; at += 65_536) parser.write(html.slice(at, at + 65_536));
  return tooMuch;
}

/** Without what no reader sees and what is made to be costly. */
function tamed(document: Document): Document {
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes])
      if (value.length > LONGEST_ATTRIBUTE) element.removeAttribute(name);
  }
  const title = document.querySelector('title');
  if (title !== null) title.textContent = (title.textContent ?? '').slice(0, LONGEST_TITLE);
  return document;
}
