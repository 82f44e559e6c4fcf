import { expect, test } from 'vitest';
import { changesInWords } from '../../src/editions/revision-changes.ts';
import type { RevisionChange } from '../../src/editions/revisions.ts';

const at = { headline: 'Eleven ports', position: 1 };
const changed = (code: string, field: 'headline' | 'summary' | 'section'): RevisionChange => ({
  kind: 'changed',
  code,
  field,
  before: 'a',
  after: 'b',
});

test.each<[string, RevisionChange[]]>([
  ['', []],
  ['fixes k7q2', [changed('k7q2', 'headline'), changed('k7q2', 'summary')]],
  ['without p0d4', [{ kind: 'removed', code: 'p0d4', ...at }]],
  [
    'fixes k7q2, m3x9; without p0d4; with z5n8; another subject',
    [
      { kind: 'text', field: 'subject', before: null, after: 'New' },
      { kind: 'added', code: 'z5n8', ...at },
      { kind: 'removed', code: 'p0d4', ...at },
      changed('k7q2', 'headline'),
      changed('m3x9', 'summary'),
    ],
  ],
  ['in another order', [{ kind: 'moved', code: 'k7q2', headline: 'x', from: 1, to: 2 }]],
])('a revision is told as %j', (words, changes) => {
  expect(changesInWords(changes)).toBe(words);
});
