import type { Terminal } from './terminal.ts';

/** A bar for long work; silent where nobody looks. */
export interface Progress {
  /** @param value so much of the total is done. @param note what to say behind the bar. */
  update: (value: number, note: string) => void;
  stop: () => void;
}

/** Starts a bar on standard error, so that output can still be piped. */
export async function startProgress(terminal: Terminal, total: number): Promise<Progress> {
  if (!terminal.interactive) return { update: () => {}, stop: () => {} };
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: ' {bar} {percentage} %   {note}',
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(total, 0, { note: '' });
  return { update: (value, note) => bar.update(value, { note }), stop: () => bar.stop() };
}
