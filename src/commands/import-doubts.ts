import type { Doubt } from '../subscribers/import-row.ts';
import { columns } from '../terminal/terminal.ts';

/** The same thing in several rows of a file. */
interface DoubtCount {
  about: string;
  rows: number;
  /** The first of them. */
  lines: number[];
  /** What stood in the first of them. */
  found: string | null;
}

export interface Doubts {
  add: (doubt: Doubt) => void;
  /** Most frequent first. */
  list: () => DoubtCount[];
}

const LINES = 5;
/** Of a column of free words each row may hold another: so many kinds are kept apart, in bounded memory. */
const KINDS = 200;
const OTHERS = 'and more of this kind';

/** Counts what an import leaves out, by what it is. */
export function countDoubts(): Doubts {
  const byWords = new Map<string, DoubtCount>();
  return {
    add: ({ line, about: words, found }) => {
      const about = byWords.has(words) || byWords.size < KINDS ? words : OTHERS;
      const count = byWords.get(about) ?? { about, rows: 0, lines: [], found };
      count.rows++;
      if (count.lines.length < LINES && count.lines.at(-1) !== line) count.lines.push(line);
      byWords.set(about, count);
    },
    list: () => [...byWords.values()].sort((one, other) => other.rows - one.rows),
  };
}

const SHOWN = 12;

/** What was left out, for a person: how often, what, and in which lines. */
export function doubtLines(doubts: DoubtCount[]): string[] {
  if (doubts.length === 0) return [];
  const rows = doubts.slice(0, SHOWN).map(({ rows, about, found, lines }) => {
    const example = found === null ? '' : ` (“${found.slice(0, 40)}”)`;
    return [rows, `${about}${example}`, `line ${lines.join(', ')}${rows > lines.length ? ', …' : ''}`];
  });
  const more = doubts.length - SHOWN;
  return [
    '',
    ' Not understood (the people come in all the same)',
    ...columns(rows).map((line) => `   ${line}`),
    ...(more > 0 ? [`   and ${more} more kinds; --json lists them`] : []),
  ];
}
