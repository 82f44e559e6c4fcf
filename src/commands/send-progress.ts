import type { SendProgress } from '../delivery/send-now.ts';
import type { Progress } from '../terminal/progress.ts';
import { formatCount, markLine, plural, type Terminal } from '../terminal/terminal.ts';

/** ms without anything new after which the bar says that it waits: a relay may be silent for minutes. */
const PATIENCE = 10_000;
const SAFE = 'Nothing is lost; Ctrl-C is safe.';

/**
 * Shows on `bar` how far a send is: other mail first, then its readers. Says once that the relay is away, and once that
 * it is back; meanwhile the bar tells when it is tried again.
 * @param relay its name. @param clock ms from an arbitrary moment on.
 */
export function sendProgress(
  terminal: Terminal,
  bar: Progress,
  relay: string,
  clock = () => performance.now(),
): (progress: SendProgress) => void {
  let first = 0;
  let awaySince: number | null = null;
  let latest = { count: '', at: clock() };
  const tell = (mark: 'look' | 'done', said: string[]) => {
    if (terminal.interactive) terminal.err(markLine(terminal, mark, 'relay', said));
  };
  return ({ done, people, notices, trouble }) => {
    const now = clock();
    first = Math.max(first, notices);
    const count =
      notices > 0
        ? `first ${formatCount(first - notices)} of ${plural(first, 'other mail')}`
        : `${formatCount(done)} of ${formatCount(people)}`;
    if (count !== latest.count || trouble !== null) latest = { count, at: now };
    if (trouble !== null) {
      if (awaySince === null) tell('look', [`${relay} takes no mail now. It said:`, trouble.response]);
      awaySince ??= now;
      const next = Math.ceil(trouble.nextTryIn / 1000);
      bar.say(` Sent ${count}, ${next > 0 ? `next try in ${next} s` : 'trying now'}. ${SAFE}`);
      return;
    }
    if (awaySince !== null) {
      tell('done', [`takes mail again after ${Math.round((now - awaySince) / 1000)} s`]);
      awaySince = null;
    }
    const silent = now - latest.at;
    if (silent >= PATIENCE) {
      bar.say(` Sent ${count}, no answer for ${Math.floor(silent / 1000)} s. ${SAFE}`);
      return;
    }
    bar.update(first + people === 0 ? 1 : (first - notices + done) / (first + people), count);
  };
}
