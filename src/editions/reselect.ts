import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { EditionTable } from '../database/tables/editions.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import type { Rhythm } from '../newsletters/settings.ts';
import { storeCandidates } from './edition-candidates.ts';
import { BROADSHEET } from './life.ts';
import { queueProofs } from './prepare.ts';
import { readContent } from './read-revision.ts';
import type { Content, ContentItem } from './revision-items.ts';
import { storeRevision } from './revisions.ts';
import { type SelectedContent, selectContent } from './select-content.ts';
import { lockEdition } from './transition.ts';
import { lookedUntil } from './window.ts';

/**
 * Brings a draft up to what is stored now, until selection is frozen `freeze` before the slot. Once a person has
 * touched the edition its stories stay as they are, and what selection would choose is only remembered for `why`.
 * A story that its source took back leaves in any case, also after the freeze.
 */
export async function reselect(
  { db, now }: Context,
  newsletter: Newsletter,
  seen: Selectable<EditionTable>,
): Promise<void> {
  const frozen = seen.selected_at !== null;
  const present = await readContent(db, seen.id, seen.revision);
  if (!present || seen.rhythm === null) return;
  const pinned = new Set(present.items.filter((item) => item.pinned).map((item) => item.storyId));
  const slotAt = Temporal.Instant.fromEpochMilliseconds(seen.slot_at);
  const selected = frozen ? null : await selectContent(db, newsletter, seen.rhythm as Rhythm, slotAt, pinned);
  const items = selected && seen.touched === 0 ? selected.items : await withoutWithdrawn(db, present.items);
  const at = now();
  const settled = at.epochMilliseconds >= seen.slot_at - newsletter.timing.freeze;
  await db.transaction().execute(async (tx) => {
    const edition = await lockEdition(tx, seen.id);
    // A person was quicker: the next tick looks again.
    if (edition.revision !== seen.revision || edition.touched !== seen.touched) return;
    if (!['draft', 'approved', 'held'].includes(edition.state)) return;
    if (!sameItems(items, present.items)) {
      await storeItems(tx, newsletter, seen, present, items, at);
    }
    if (selected && edition.selected_at === null) await storeSelection(tx, edition, selected, at, settled);
  });
}

async function storeItems(
  tx: Db,
  newsletter: Newsletter,
  { id, revision }: Selectable<EditionTable>,
  present: Content,
  items: ContentItem[],
  now: Temporal.Instant,
): Promise<void> {
  const content = { ...present, items };
  const number = await storeRevision(tx, id, revision, content, BROADSHEET, now, { touch: false });
  if (number !== null && present.items.length === 0) await queueProofs(tx, newsletter, id, number, now);
}

async function storeSelection(
  tx: Db,
  { id, touched, window_to }: Selectable<EditionTable>,
  { verdicts, window }: SelectedContent,
  now: Temporal.Instant,
  settled: boolean,
): Promise<void> {
  await storeCandidates(tx, id, verdicts);
  await tx
    .updateTable('editions')
    .set({
      window_from: window.from,
      // What a person's edition no longer takes in is news for the next one.
      window_to: touched === 0 ? lookedUntil(window, now) : window_to,
      selected_at: settled ? now.epochMilliseconds : null,
    })
    .where('id', '=', id)
    .execute();
}

/** Items without those whose story was withdrawn. */
export async function withoutWithdrawn(db: Db, items: ContentItem[]): Promise<ContentItem[]> {
  if (items.length === 0) return items;
  const rows = await db
    .selectFrom('stories')
    .select('id')
    .where(
      'id',
      'in',
      items.map((item) => item.storyId),
    )
    .where('withdrawn_at', 'is not', null)
    .execute();
  if (rows.length === 0) return items;
  const gone = new Set(rows.map((row) => row.id));
  return items
    .filter((item) => !gone.has(item.storyId))
    .map((item, index) => ({ ...item, position: index + 1 }));
}

function sameItems(one: readonly ContentItem[], other: readonly ContentItem[]): boolean {
  const key = (items: readonly ContentItem[]) =>
    JSON.stringify(
      items.map(({ storyId, place, section, headline, summary }) => [
        storyId,
        place,
        section,
        headline,
        summary,
      ]),
    );
  return key(one) === key(other);
}
