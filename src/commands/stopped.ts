import type { Stopped } from '../delivery/restored.ts';
import { formatCount, markLine, type Terminal } from '../terminal/terminal.ts';

/** Tells what a copy that was put back believed to be going out, and what to do. */
export function showStopped(terminal: Terminal, stopped: Stopped[]): void {
  for (const { edition, as, people } of stopped) {
    terminal.out(
      markLine(terminal, 'look', edition, [
        `${as}: as far as this copy knows, ${formatCount(people)} people have not had it`,
        as === 'paused'
          ? `→ broadsheet edition resume ${edition} (after adopt)   or   broadsheet edition cancel ${edition}`
          : `→ broadsheet edition release ${edition}   or   broadsheet edition cancel ${edition}`,
      ]),
    );
  }
  terminal.out(
    markLine(terminal, 'look', 'sending', [
      'is off: a copy does not know what left after it was made',
      '→ broadsheet adopt',
    ]),
  );
}
