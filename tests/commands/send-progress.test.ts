import { expect, test } from 'vitest';
import { sendProgress } from '../../src/commands/send-progress.ts';
import type { Terminal } from '../../src/terminal/terminal.ts';

function watched() {
  const lines: string[] = [];
  const terminal: Terminal = {
    out: () => {},
    err: (text) => lines.push(text),
    status: () => {},
    showsLog: true,
    interactive: true,
    color: false,
    columns: 80,
  };
  let shown = '';
  const bar = {
    update: (value: number, note: string) => {
      shown = `${Math.round(value * 100)} % ${note}`;
    },
    say: (text: string) => {
      shown = text;
    },
    stop: () => {},
  };
  let now = 0;
  const tell = sendProgress(terminal, bar, 'mail.example:587', () => now);
  return {
    lines,
    after: (seconds: number, progress: Partial<Parameters<typeof tell>[0]>) => {
      now += seconds * 1000;
      tell({ done: 0, people: 3000, notices: 0, trouble: null, ...progress });
      return shown;
    },
  };
}

test('the bar counts the mail that leaves first, then the readers, and never goes back', () => {
  const { after } = watched();
  expect(after(0, { notices: 1000 })).toBe('0 % first 0 of 1,000 other mails');
  expect(after(1, { notices: 400 })).toBe('15 % first 600 of 1,000 other mails');
  expect(after(1, { done: 0 })).toBe('25 % 0 of 3,000');
  expect(after(1, { done: 1500 })).toBe('63 % 1,500 of 3,000');
});

test('a relay that is away is told once, with the next try on the bar; its return is told too', () => {
  const { after, lines } = watched();
  after(0, { done: 7 });
  const trouble = { response: '421 4.3.2 going down', nextTryIn: 7400 };
  expect(after(1, { done: 7, trouble })).toBe(
    ' Sent 7 of 3,000, next try in 8 s. Nothing is lost; Ctrl-C is safe.',
  );
  expect(after(8, { done: 7, trouble: { ...trouble, nextTryIn: 0 } })).toContain('trying now');
  expect(lines).toEqual([
    ' ! relay       mail.example:587 takes no mail now. It said:\n               421 4.3.2 going down',
  ]);
  expect(after(4, { done: 8 })).toBe('0 % 8 of 3,000');
  expect(lines[1]).toBe(' ✓ relay       takes mail again after 12 s');
});

test('a relay that is silent for long is no frozen bar', () => {
  const { after } = watched();
  after(0, { done: 7 });
  expect(after(9, { done: 7 })).toBe('0 % 7 of 3,000');
  expect(after(3, { done: 7 })).toBe(
    ' Sent 7 of 3,000, no answer for 12 s. Nothing is lost; Ctrl-C is safe.',
  );
  expect(after(1, { done: 8 })).toBe('0 % 8 of 3,000');
});
