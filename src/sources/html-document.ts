import { Parser } from 'htmlparser2';
import { parseHTML } from 'linkedom';

/** What article pages stay far below. Beyond it, taking a page apart would cost minutes: the algorithms are quadratic. */
const DEEPEST = 400;
const MOST_ELEMENTS = 40_000;
const LONGEST = 8_000_000;

/** The document that HTML makes; undefined when it is none, or one that no page of news looks like. */
export function htmlDocument(html: string): Document | undefined {
  if (html.length > LONGEST || isMonstrous(html)) return undefined;
  try {
    const { document } = parseHTML(html);
    return document.documentElement === null ? undefined : (document as unknown as Document);
  } catch {
    return undefined;
  }
}

/** Whether HTML is nested deeper, or has more elements, than any page or feed has for its readers. */
export function isMonstrous(html: string): boolean {
  let depth = 0;
  let deepest = 0;
  let elements = 0;
  const parser = new Parser({
    onopentag() {
      elements += 1;
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (deepest > DEEPEST || elements > MOST_ELEMENTS) parser.pause();
    },
    onclosetag() {
      depth -= 1;
    },
  });
  for (let at = 0; at < html.length && deepest <= DEEPEST && elements <= MOST_ELEMENTS; at += 65_536) {
    parser.write(html.slice(at, at + 65_536));
  }
  return deepest > DEEPEST || elements > MOST_ELEMENTS;
}
