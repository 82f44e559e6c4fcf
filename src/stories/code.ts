import { randomInt } from 'node:crypto';
import type { Db } from '../database/connect.ts';

/** No look-alikes (0 o, 1 l i, u v), and no vowels: a code is never a word, nor a number such as `2e45` in YAML. */
const LETTERS = 'bcdfghjkmnpqrstvwxyz';
const ALPHABET = `23456789${LETTERS}`;
const SHORTEST = 4;
const TRIES = 8;

/**
 * A code that no stored story has: four letters and digits that a person can read out and type (`k7q2`), one more
 * when that many are nearly all taken.
 * @param pick gives a whole number from 0 up to, not including, its argument.
 */
export async function newStoryCode(tx: Db, pick: (below: number) => number = randomInt): Promise<string> {
  for (let length = SHORTEST; ; length++) {
    const tries = Array.from({ length: TRIES }, () => randomCode(length, pick));
    const rows = await tx.selectFrom('stories').select('code').where('code', 'in', tries).execute();
    const taken = new Set(rows.map((row) => row.code));
    const free = tries.find((code) => !taken.has(code));
    if (free !== undefined) return free;
  }
}

/** It begins with a letter, so that no spreadsheet and no YAML reads it as a number. */
function randomCode(length: number, pick: (below: number) => number): string {
  let code = LETTERS.charAt(pick(LETTERS.length));
  while (code.length < length) code += ALPHABET.charAt(pick(ALPHABET.length));
  return code;
}
