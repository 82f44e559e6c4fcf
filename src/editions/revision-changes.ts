import type { Db } from '../database/connect.ts';
import { readRevision } from './read-revision.ts';
import { diffRevisions, type RevisionChange } from './revisions.ts';

/** What a revision of an edition changed, compared with an earlier one, in a few words: `fixes k7q2, without p0d4`. */
export async function revisionChanges(
  db: Db,
  editionId: number,
  before: number,
  after: number,
): Promise<string> {
  if (before === after || before === 0) return '';
  return changesInWords(
    diffRevisions(await readRevision(db, editionId, before), await readRevision(db, editionId, after)),
  );
}

/** Pure. What is said of a story is said once, the gravest of it. */
export function changesInWords(changes: readonly RevisionChange[]): string {
  const codes = (wanted: (change: RevisionChange) => boolean) => [
    ...new Set(changes.flatMap((change) => ('code' in change && wanted(change) ? [change.code] : []))),
  ];
  const fixed = codes((change) => change.kind === 'changed' && TEXTS.includes(change.field));
  const removed = codes(({ kind }) => kind === 'removed');
  const added = codes(({ kind }) => kind === 'added');
  const texts = changes.flatMap((change) => (change.kind === 'text' ? [change.field] : []));
  const placed = codes((change) => change.kind === 'moved' || change.kind === 'changed');
  const said = [
    ...(fixed.length > 0 ? [`fixes ${fixed.join(', ')}`] : []),
    ...(removed.length > 0 ? [`without ${removed.join(', ')}`] : []),
    ...(added.length > 0 ? [`with ${added.join(', ')}`] : []),
    ...(texts.length > 0 ? [`another ${texts.join(', ')}`] : []),
  ];
  if (said.length === 0 && placed.length > 0) return 'in another order';
  return said.join('; ');
}

const TEXTS: readonly string[] = ['headline', 'summary'];
