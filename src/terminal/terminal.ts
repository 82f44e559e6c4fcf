import { stripVTControlCharacters, styleText } from 'node:util';

/** Where a command prints: the terminal, or a test that reads it back. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  /** Keeps one line at the bottom, under what is printed; '' takes it away. Nothing where nobody looks. */
  status: (line: string) => void;
  /** Whether the log goes to a terminal too, where it should be readable and leave the bottom line whole. */
  showsLog: boolean;
  /** Whether a person looks at it: progress bars, questions and an editor make sense. */
  interactive: boolean;
  color: boolean;
  columns: number;
}

interface Streams {
  stdin: { isTTY: boolean };
  stdout: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'> & { hasColors?: () => boolean };
  stderr: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
}

/** This process's own terminal. NO_COLOR and FORCE_COLOR are honoured (no-color.org). */
export function processTerminal({ stdin, stdout, stderr }: Streams = process): Terminal {
  const interactive = Boolean(stdout.isTTY && stdin.isTTY);
  let bottom = '';
  const print = (stream: Streams['stderr'], text: string) => {
    if (bottom === '') {
      stream.write(`${text}\n`);
      return;
    }
    stderr.write(CLEAR_LINE);
    stream.write(`${text}\n`);
    stderr.write(bottom);
  };
  return {
    out: (text) => print(stdout, text),
    err: (text) => print(stderr, text),
    status: (line) => {
      if (!interactive || !stderr.isTTY || line === bottom) return;
      stderr.write(CLEAR_LINE + line);
      bottom = line;
    },
    showsLog: Boolean(stderr.isTTY),
    interactive,
    color: stdout.hasColors?.() ?? false,
    get columns() {
      // Some terminals say 0 when they do not know.
      return stdout.columns || 100;
    },
  };
}

const CLEAR_LINE = '\r\x1b[K';

type Style = Parameters<typeof styleText>[0];

/** `text` in a style, or plain where colours are off. */
export function styled(terminal: Terminal, style: Style, text: string): string {
  return terminal.color ? styleText(style, text, { validateStream: false }) : text;
}

export type Mark = 'done' | 'failed' | 'look';

/** A line of a list of checks: ` ✓ database   …`. Further lines of detail stand under the first. */
export function markLine(terminal: Terminal, mark: Mark, thing: string, details: string | string[]): string {
  const sign = {
    done: styled(terminal, 'green', '✓'),
    failed: styled(terminal, 'red', '✗'),
    look: styled(terminal, 'yellow', '!'),
  };
  const lines = typeof details === 'string' ? [details] : details;
  // Piped lines stay whole, for grep.
  const room = terminal.interactive ? terminal.columns - INDENT.length : Number.POSITIVE_INFINITY;
  const [first = '', ...rest] = lines.flatMap((line) => wrapped(line, room));
  return [` ${sign[mark]} ${thing.padEnd(THING_WIDTH)} ${first}`, ...rest.map((line) => INDENT + line)].join(
    '\n',
  );
}

/**
 * `text` behind `label`, and what does not fit on the line under its own beginning: ` Preheader  Ministers …`. Lines
 * that are piped stay whole, for grep.
 * @param style of each line, once it is measured.
 */
export function paragraph(
  terminal: Terminal,
  label: string,
  text: string,
  style = (line: string) => line,
): string[] {
  const indent = displayWidth(stripVTControlCharacters(label));
  const room = terminal.interactive ? Math.min(terminal.columns, 100) - indent : Number.POSITIVE_INFINITY;
  return wrapped(text, room).map(
    (line, at) => (at === 0 ? label : ' '.repeat(indent)) + style(line.trimStart()),
  );
}

/**
 * `text` in lines of at most `room` cells, where its words allow that. What follows an arrow stays under it; what stands
 * in quotes is one word: it is there to be pasted.
 */
export function wrapped(text: string, room: number): string[] {
  if (displayWidth(text) <= room) return [text];
  const hang = text.startsWith('→ ') ? '  ' : '';
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/\s*(?:"[^"]*"|\S)+/g) ?? []) {
    if (line !== '' && displayWidth(line + word) > room) {
      lines.push(line);
      line = hang + word.trimStart();
    } else line += word;
  }
  return [...lines, line];
}

const THING_WIDTH = 11;
const INDENT = ' '.repeat(THING_WIDTH + 4);

/** Rows as aligned columns, two spaces apart; numbers to the right. */
export function columns(rows: ReadonlyArray<ReadonlyArray<string | number>>): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, displayWidth(String(cell)));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(String(cell))));
        return typeof cell === 'number' ? gap + formatCount(cell) : cell + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/**
 * Rows as aligned columns, where they all fit the terminal. Else each stands behind its first cell, the other cells one
 * after another on as many lines as they need.
 */
export function columnsInWidth(terminal: Terminal, rows: ReadonlyArray<readonly string[]>): string[] {
  const aligned = columns(rows).map((line) => ` ${line}`);
  const width = (text: string) => displayWidth(stripVTControlCharacters(text));
  if (!terminal.interactive || aligned.every((line) => width(line) <= terminal.columns)) return aligned;
  const indent = Math.max(...rows.map(([first = '']) => width(first))) + 3;
  const room = terminal.columns - indent;
  return rows.flatMap(([first = '', ...cells]) => {
    const lines: string[] = [];
    for (const cell of cells.filter((each) => each !== '')) {
      const joined = `${lines.at(-1)}  ${cell}`;
      if (lines.length > 0 && width(joined) <= room) lines.splice(-1, 1, joined);
      else lines.push(...wrapped(cell, room).map((line) => line.trimStart()));
    }
    const label = ` ${first}${' '.repeat(indent - 1 - width(first))}`;
    return [label + (lines[0] ?? ''), ...lines.slice(1).map((line) => ' '.repeat(indent) + line)];
  });
}

/** `7,412`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `1 story`, `3 stories`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Cells that a terminal gives to `text`: wide letters of East Asia take two, combining marks none. */
function displayWidth(text: string): number {
  let width = 0;
  for (const letter of text) {
    if (/\p{Mark}/u.test(letter)) continue;
    width +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\u{1F300}-\u{1FAFF}]/u.test(
        letter,
      )
        ? 2
        : 1;
  }
  return width;
}
