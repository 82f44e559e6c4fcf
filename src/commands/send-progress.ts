import type { SendProgress } from '../delivery/send-now.ts';
import type { Progress } from '../terminal/progress.ts';
import { formatCount, markLine, plural, type Terminal } from '../terminal/terminal.ts';

/**
 * Shows on `bar` how far a send is: other mail first, then its readers. Says once that the relay is away, and once that
 * it is back; meanwhile the bar tells when it is tried again.
 * @param relay its name.
 */
export function sendProgress(
  terminal: Terminal,
  bar: Progress,
  relay: string,
): (progress: SendProgress) => void {
  let first = 0;
  let awaySince: number | null = null;
  const tell = (mark: 'look' | 'done', said: string[]) => {
    if (terminal.interactive) terminal.err(markLine(terminal, mark, 'relay', said));
  };
  return ({ done, people, notices, trouble }) => {
    first = Math.max(first, notices);
    if (trouble !== null) {
      if (awaySince === null) tell('look', [`${relay} takes no mail now. It said:`, trouble.response]);
      awaySince ??= performance.now();
      const next = Math.ceil(trouble.nextTryIn / 1000);
      const when = next > 0 ? `next try in ${next} s` : 'trying now';
      bar.say(
        ` Sent ${formatCount(done)} of ${formatCount(people)}, ${when}. Nothing is lost; Ctrl-C is safe.`,
      );
      return;
    }
    if (awaySince !== null) {
      const seconds = Math.round((performance.now() - awaySince) / 1000);
      tell('done', [`takes mail again after ${seconds} s`]);
      awaySince = null;
    }
    const share = first + people === 0 ? 1 : (first - notices + done) / (first + people);
    const count =
      notices > 0
        ? `first ${formatCount(first - notices)} of ${plural(first, 'other mail')}`
        : `${formatCount(done)} of ${formatCount(people)}`;
    bar.update(share, count);
  };
}
