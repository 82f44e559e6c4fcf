import { expect, test } from 'vitest';
import { asSentence } from '../src/as-sentence.ts';

test.each([
  ['wrong vote count', 'wrong vote count.'],
  ['is it the right list?', 'is it the right list?'],
  ['421 too many connections.', '421 too many connections.'],
  ['stop! ', 'stop!'],
  ['it said "wrong list?"', 'it said "wrong list?"'],
  ['by Mai: "wrong list"', 'by Mai: "wrong list".'],
  ['see (docs)', 'see (docs).'],
  ['', ''],
])('%j is followed by more as %j', (text, sentence) => {
  expect(asSentence(text)).toBe(sentence);
});
