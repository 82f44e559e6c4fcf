import type { Context } from '../context.ts';
import type { Rhythm } from '../newsletters/settings.ts';
import { RefusedError } from '../refused-error.ts';
import { approve } from './life.ts';
import { prepareEdition } from './prepare.ts';
import { readRevision } from './read-revision.ts';
import type { Revision } from './revision.ts';
import { diffRevisions, type RevisionChange } from './revisions.ts';

/**
 * Approves what a person was shown, and nothing else; makes the edition where there is none yet.
 * @returns its id.
 * @throws RefusedError when its stories or texts have changed since, or when it can no longer be approved.
 */
export async function approveShown(context: Context, shown: Revision, by: string): Promise<number> {
  const { db, now } = context;
  const { id: known, rhythm, slotAt } = shown.edition;
  const slot = Temporal.Instant.fromEpochMilliseconds(slotAt);
  const shownAs = (present: Shown) => refuseOther(shown, present);
  const id =
    known ||
    (await prepareEdition(context, shown.newsletter, rhythm as Rhythm, slot, { by, check: shownAs }));
  const present = await readRevision(db, id);
  shownAs(present);
  if (present.edition.state !== 'sending') await approve(db, id, by, now(), present.number);
  return id;
}

type Shown = Pick<Revision, 'subject' | 'preheader' | 'greeting' | 'items'>;

function refuseOther(shown: Revision, present: Shown): void {
  const changes = diffRevisions(shown, present);
  if (changes.length === 0) return;
  throw new RefusedError(
    `${shown.edition.name} has changed since it was shown: ${changeWords(changes)}. Nothing was sent; look at it again.`,
  );
}

/** `m3x9 came in, k7q2 went out, the subject changed`. */
function changeWords(changes: readonly RevisionChange[]): string {
  const words = changes.map((change) => {
    if (change.kind === 'text') return `the ${change.field} changed`;
    const done = { added: 'came in', removed: 'went out', moved: 'moved', changed: 'changed' }[change.kind];
    return `${change.code} ${done}`;
  });
  return [...new Set(words)].join(', ');
}
