import { diffArrays } from 'diff';
import type { Db } from '../database/connect.ts';
import type { EditionState } from '../database/tables/editions.ts';
import { approveOnTheWay, lapseApproval, pause } from './life.ts';
import type { Revision, RevisionItem } from './revision.ts';
import type { Content } from './revision-items.ts';
import { lockEdition } from './transition.ts';

/**
 * Stores the next revision of an edition inside the caller's transaction; an approval of an older one lapses. While the
 * edition goes out, what has not left carries the new one from then on, if its maker may approve it; else, and when
 * nothing is left in it, the edition pauses.
 * @param basedOn the revision that its maker saw.
 * @param touch whether a person made it: selection then only suggests.
 * @param approves whether its maker may approve it; not given: it is only stored before the edition goes out.
 * @returns its number, or null when the edition has another revision by now or can no longer be changed.
 */
export async function storeRevision(
  tx: Db,
  editionId: number,
  basedOn: number,
  content: Content,
  by: string,
  now: Temporal.Instant,
  { touch, approves }: { touch: boolean; approves?: boolean },
): Promise<number | null> {
  const number = basedOn + 1;
  const { state } = await lockEdition(tx, editionId);
  const { numUpdatedRows } = await tx
    .updateTable('editions')
    .set({ revision: number, ...(touch ? { touched: 1 } : {}) })
    .where('id', '=', editionId)
    .where('revision', '=', basedOn)
    .where('state', 'in', approves === undefined ? BEFORE : [...BEFORE, 'sending', 'paused'])
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return null;
  await insertRevision(tx, editionId, number, content, by, now);
  if (state === 'approved') await lapseApproval(tx, editionId, by, now);
  if (state !== 'sending') return number;
  if (content.items.length === 0) {
    await pause(tx, editionId, 'lint', `Nothing is left in it (revision ${number})`, by, now);
  } else if (approves) {
    await approveOnTheWay(tx, editionId, by, now);
  } else {
    await pause(tx, editionId, 'approval', `revision ${number} waits for approval`, by, now);
  }
  return number;
}

const BEFORE: EditionState[] = ['draft', 'approved', 'held'];

/** Writes the rows of one revision. */
export async function insertRevision(
  tx: Db,
  editionId: number,
  number: number,
  { items, ...texts }: Content,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('revisions')
    .values({ edition_id: editionId, number, ...texts, made_by: by, at: now.epochMilliseconds })
    .execute();
  if (items.length === 0) return;
  await tx
    .insertInto('edition_items')
    .values(
      items.map(({ storyId, pinned, ...item }) => ({
        ...item,
        edition_id: editionId,
        revision: number,
        story_id: storyId,
        pinned: pinned ? 1 : 0,
      })),
    )
    .execute();
}

/** One difference between two revisions. */
export type RevisionChange =
  | { kind: 'text'; field: 'subject' | 'preheader' | 'greeting'; before: string | null; after: string | null }
  | { kind: 'added' | 'removed'; code: string; headline: string; position: number }
  | { kind: 'moved'; code: string; headline: string; from: number; to: number }
  | { kind: 'changed'; code: string; field: (typeof FIELDS)[number]; before: unknown; after: unknown };

const FIELDS = ['place', 'section', 'headline', 'summary', 'pinned'] as const;

type Comparable = Pick<Revision, 'subject' | 'preheader' | 'greeting'> & {
  items: Pick<RevisionItem, 'code' | 'position' | (typeof FIELDS)[number]>[];
};

/** What became of one revision in another. Pure. Only what was really moved is moved, not what made room for it. */
export function diffRevisions(before: Comparable, after: Comparable): RevisionChange[] {
  const changes: RevisionChange[] = [];
  for (const field of ['subject', 'preheader', 'greeting'] as const) {
    if (before[field] !== after[field]) {
      changes.push({ kind: 'text', field, before: before[field], after: after[field] });
    }
  }
  const old = new Map(before.items.map((item) => [item.code, item]));
  const present = new Map(after.items.map((item) => [item.code, item]));
  const moved = movedCodes(
    [...old.keys()].filter((code) => present.has(code)),
    [...present.keys()].filter((code) => old.has(code)),
  );
  for (const item of before.items) {
    if (!present.has(item.code)) changes.push(itemChange('removed', item));
  }
  for (const item of after.items) {
    const was = old.get(item.code);
    if (!was) {
      changes.push(itemChange('added', item));
      continue;
    }
    const { code, headline } = item;
    if (moved.has(code)) {
      changes.push({ kind: 'moved', code, headline, from: was.position, to: item.position });
    }
    for (const field of FIELDS) {
      if (was[field] === item[field]) continue;
      changes.push({ kind: 'changed', code, field, before: was[field], after: item[field] });
    }
  }
  return changes;
}

function itemChange(
  kind: 'added' | 'removed',
  { code, headline, position }: Comparable['items'][number],
): RevisionChange {
  return { kind, code, headline, position };
}

/** Those that left the longest common order of the two lists. */
function movedCodes(before: string[], after: string[]): Set<string> {
  return new Set(diffArrays(before, after).flatMap((part) => (part.removed ? part.value : [])));
}
