import { formatCount, type Terminal } from './terminal.ts';

/** A line at the bottom for long work; silent where nobody looks. */
export interface Progress {
  /** @param value so much of the total is done. @param note what to say behind the bar. */
  update: (value: number, note: string) => void;
  /** A sentence in place of the bar, while there is nothing to count. */
  say: (text: string) => void;
  /** Takes the line away. */
  stop: () => void;
}

/** ms between two redraws. */
const REDRAW_EVERY = 80;
const WIDTH = 30;

/** Starts a bar: the last line of `terminal`, under whatever is printed meanwhile. */
export function startProgress(terminal: Terminal, total: number): Progress {
  let drawn = Number.NEGATIVE_INFINITY;
  const draw = (text: string) => {
    drawn = performance.now();
    // A line that wraps could not be taken back.
    terminal.status([...text].slice(0, terminal.columns - 1).join(''));
  };
  return {
    update: (value, note) => {
      if (performance.now() - drawn < REDRAW_EVERY && value < total) return;
      draw(barLine(total > 0 ? value / total : 1, note));
    },
    say: draw,
    stop: () => terminal.status(''),
  };
}

/** Says `text` at the bottom while `work` goes on. */
export async function saying<Result>(
  terminal: Terminal,
  text: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const line = startProgress(terminal, 1);
  line.say(text);
  try {
    return await work();
  } finally {
    line.stop();
  }
}

function barLine(share: number, note: string): string {
  const part = Math.min(1, Math.max(0, share));
  const full = Math.round(part * WIDTH);
  const percent = formatCount(Math.floor(part * 100)).padStart(3);
  return ` ${'━'.repeat(full)}${'─'.repeat(WIDTH - full)} ${percent} %   ${note}`;
}
