import type { Config } from '../config.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { Flag } from './flags.ts';

/** How and with what the questions are asked. */
export interface Asking {
  terminal: Terminal;
  /** Nobody can be asked: the defaults are taken, where there are any. */
  silent: boolean;
  config: Pick<Config, 'publicUrl' | 'fetchPrivate'>;
  now: () => Temporal.Instant;
  /** Puts a question to a person. */
  put: (question: Question) => Promise<string>;
  /** What was answered the last time. */
  earlier: Partial<Record<Flag, string>>;
}

/** One question, and what it takes for an answer. */
export interface Question {
  message: string;
  /** What Enter alone means. */
  preset?: string | undefined;
  /** true, or what is wrong: the question is put again then. */
  check: (text: string) => true | string | Promise<true | string>;
  /** What is refused is taken away from the line, not left there to be mended. */
  retype?: boolean;
  /** How the answer stands there once it is given. */
  once?: (text: string) => string;
}

/** Puts a question to the person at the terminal until the answer will do. */
export async function put({
  message,
  preset,
  check,
  retype = false,
  once = (text) => text,
}: Question): Promise<string> {
  const { input } = await import('@inquirer/prompts');
  return input({
    message,
    ...(preset === undefined ? {} : { default: preset }),
    validate: check,
    transformer: (text, { isFinal }) => (isFinal ? once(text) : text),
    theme: { validationFailureMode: retype ? 'clear' : 'keep' },
  });
}
