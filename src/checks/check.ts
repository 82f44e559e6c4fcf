import type { Mark } from '../terminal/terminal.ts';

/** One line of `broadsheet check`: `failed` must be mended before an edition can go out, `look` is worth a look. */
export interface Check {
  mark: Mark;
  /** What was looked at: `relay`. */
  thing: string;
  /** What was found. */
  found: string;
  /** What to do about it. */
  todo?: string;
}

export function done(thing: string, found: string): Check {
  return { mark: 'done', thing, found };
}

export function look(thing: string, found: string, todo: string): Check {
  return { mark: 'look', thing, found, todo };
}

export function failed(thing: string, found: string, todo: string): Check {
  return { mark: 'failed', thing, found, todo };
}
