import { expect, test } from 'vitest';
import { saying, startProgress } from '../../src/terminal/progress.ts';
import { readableLog } from '../../src/terminal/readable-log.ts';
import { markLine, processTerminal } from '../../src/terminal/terminal.ts';

/** A terminal of 60 columns, and what it shows once everything written to it is drawn. */
function screen({ isTTY = true } = {}) {
  let written = '';
  const stream = {
    isTTY,
    columns: 60,
    write: (text: string | Uint8Array) => {
      written += text;
      return true;
    },
  };
  const terminal = processTerminal({ stdin: { isTTY }, stdout: stream, stderr: stream });
  const shown = () => written.split('\n').map((line) => line.split('\r\x1b[K').at(-1));
  return { terminal, shown };
}

test('what is printed while a bar is up stands above it, log lines too, and the bar is whole below', async () => {
  const { terminal, shown } = screen();
  const log = await readableLog(terminal, 'warn');
  const bar = startProgress(terminal, 10);
  bar.update(5, '5 of 10');
  terminal.out('a line');
  log.warn({ relay: 'mail.example:587' }, 'The relay is in trouble');
  const whole = ` ${'━'.repeat(15)}${'─'.repeat(15)}  50 %   5 of 10`;
  expect(shown()).toEqual([
    'a line',
    expect.stringMatching(/^\[[\d:.]+\] WARN: The relay is in trouble$/),
    '    relay: "mail.example:587"',
    whole,
  ]);
  bar.stop();
  expect(shown().at(-1)).toBe('');
  terminal.out('the end');
  expect(shown().slice(-2)).toEqual(['the end', '']);
});

test('the line at the bottom never wraps, and goes when the work fails', async () => {
  const { terminal, shown } = screen();
  const failing = saying(terminal, 'Asking '.repeat(20), async () => {
    expect(shown()).toEqual(['Asking '.repeat(20).slice(0, 59)]);
    throw new Error('no answer');
  });
  await expect(failing).rejects.toThrow('no answer');
  expect(shown()).toEqual(['']);
});

test('where nobody looks there is no bar, and lines stay whole', async () => {
  const { terminal, shown } = screen({ isTTY: false });
  const bar = startProgress(terminal, 10);
  bar.update(10, 'all');
  expect(shown()).toEqual(['']);
  const long = 'word '.repeat(20).trim();
  expect(markLine(terminal, 'look', 'relay', long)).toBe(` ! relay       ${long}`);
  expect(markLine(screen().terminal, 'look', 'relay', `→ ${long}`).split('\n')).toEqual([
    ` ! relay       → ${'word '.repeat(8).trim()}`,
    `                 ${'word '.repeat(8).trim()}`,
    `                 ${'word '.repeat(4).trim()}`,
  ]);
});
