import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { EditionState, SkippedReason } from '../database/tables/editions.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { RHYTHMS, type Rhythm } from '../newsletters/settings.ts';
import { queueNotice } from '../notices/notice.ts';
import { RefusedError } from '../refused-error.ts';
import type { Verdict } from './candidate.ts';
import { windowOfSlot } from './candidates.ts';
import { storeCandidates } from './edition-candidates.ts';
import { approve, BROADSHEET } from './life.ts';
import { readRevision } from './read-revision.ts';
import type { Revision } from './revision.ts';
import { describeItems } from './revision-items.ts';
import { insertRevision } from './revisions.ts';
import { type SelectedContent, selectContent } from './select-content.ts';
import { editionName, nextSlots, previousSlots } from './slots.ts';
import { lookedUntil } from './window.ts';

/** Somebody sends an edition by hand for which there is no draft yet. */
export interface ByHand {
  by: string;
  /** Throws when the content is not the one that they saw. */
  check: (content: Pick<Revision, 'subject' | 'preheader' | 'greeting' | 'items'>) => void;
}

/**
 * Makes the draft of a slot: its stories are chosen and its editors get the proof. The row is the right to the
 * slot: whoever comes second, at once or later, gets the first one's edition and changes nothing.
 * @param byHand then it is approved with its first breath, and no editor gets a proof of what leaves this minute.
 * @returns the edition's id.
 */
export async function prepareEdition(
  context: Context,
  newsletter: Newsletter,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
  byHand: ByHand | null = null,
): Promise<number> {
  const { db, now } = context;
  const made = await editionOfSlot(db, newsletter, rhythm, slotAt);
  if (made !== undefined) return made;
  const content = await selectContent(db, newsletter, rhythm, slotAt);
  byHand?.check({ ...NO_TEXTS, items: await describeItems(db, content.items) });
  return db.transaction().execute(async (tx) => {
    const edition = { newsletter, rhythm, slotAt, window: content.window, now: now() };
    const id = await insertEdition(tx, edition, { state: 'draft', reason: null, note: null });
    if (id === undefined) return firstEdition(tx, newsletter, rhythm, slotAt);
    await fillDraft(tx, id, content, now());
    if (byHand) await approve(tx, id, byHand.by, now(), 1);
    else if (content.items.length > 0) await queueProofs(tx, newsletter, id, 1, now());
    return id;
  });
}

/** They take their automatic form until somebody writes them. */
const NO_TEXTS = { subject: null, preheader: null, greeting: null };

/** A revision that is stored, or would be, and what selection says of every story it saw in [from, to) (ms UTC). */
export interface PreviewedRevision extends Revision {
  candidates: Verdict[];
  window: { from: number; to: number };
}

/**
 * What an edition would be, without making it: the stored revision where the slot has its edition already.
 * @param at the slot; null: that of the newest edition that has not gone out, else the next slot.
 * @param rhythm null: the one whose schedule names the slot, the most frequent of several, else the newsletter's first.
 */
export async function previewRevision(
  context: Context,
  newsletter: Newsletter,
  at: Temporal.Instant | null,
  rhythm: Rhythm | null = null,
): Promise<PreviewedRevision> {
  const { db } = context;
  const found = at === null ? await openSlot(context, newsletter) : slotAtInstant(newsletter, at);
  const slot = { ...found, rhythm: rhythm ?? found.rhythm };
  const stored = await editionOfSlot(db, newsletter, slot.rhythm, slot.at);
  const { items, verdicts, window } = await selectContent(db, newsletter, slot.rhythm, slot.at);
  if (stored !== undefined) return { ...(await readRevision(db, stored)), candidates: verdicts, window };
  return {
    newsletter,
    edition: {
      id: 0,
      name: `${newsletter.slug}/${editionName(newsletter, slot)}`,
      kind: 'scheduled',
      rhythm: slot.rhythm,
      state: 'draft',
      slotAt: slot.at.epochMilliseconds,
    },
    number: 0,
    ...NO_TEXTS,
    items: await describeItems(db, items),
    candidates: verdicts,
    window,
  };
}

/** Records that nobody was there at a slot, so that everybody can see it. @returns whether it was not known yet. */
export async function recordMissedSlot(
  db: Db,
  newsletter: Newsletter,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
  note: string,
  now: Temporal.Instant,
): Promise<boolean> {
  // What it would have looked at: its stories have their chance in the next one.
  const { window } = await windowOfSlot(db, newsletter, rhythm, slotAt);
  return db.transaction().execute(async (tx) => {
    const edition = { newsletter, rhythm, slotAt, window, now };
    return (
      (await insertEdition(tx, edition, { state: 'skipped', reason: 'not_running', note })) !== undefined
    );
  });
}

async function editionOfSlot(
  db: Db,
  newsletter: Newsletter,
  rhythm: Rhythm,
  slotAt: Temporal.Instant,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('editions')
    .select('id')
    .where('newsletter_id', '=', newsletter.id)
    .where('rhythm', '=', rhythm)
    .where('slot_at', '=', slotAt.epochMilliseconds)
    .where('kind', '=', 'scheduled')
    .executeTakeFirst();
  return row?.id;
}

/** Whose insert came between our look and ours. */
async function firstEdition(tx: Db, ...slot: [Newsletter, Rhythm, Temporal.Instant]): Promise<number> {
  const id = await editionOfSlot(tx, ...slot);
  // Another slot took the same name at the same moment, after the schedule had changed.
  if (id === undefined) throw new Error('The name of the edition is taken: the next tick gives it another.');
  return id;
}

interface NewEdition {
  newsletter: Newsletter;
  rhythm: Rhythm;
  slotAt: Temporal.Instant;
  /** ms UTC. */
  window: { from: number; to: number };
  now: Temporal.Instant;
}

/** @returns its id; undefined when the slot has an edition. */
async function insertEdition(
  tx: Db,
  { newsletter, rhythm, slotAt, window, now }: NewEdition,
  { state, reason, note }: { state: EditionState; reason: SkippedReason | null; note: string | null },
): Promise<number | undefined> {
  const at = now.epochMilliseconds;
  const name = await freeName(tx, newsletter, editionName(newsletter, { rhythm, at: slotAt }));
  const row = await tx
    .insertInto('editions')
    .values({
      newsletter_id: newsletter.id,
      kind: 'scheduled',
      rhythm,
      slot_at: slotAt.epochMilliseconds,
      name,
      state,
      skipped_reason: reason,
      state_note: note,
      state_by: BROADSHEET,
      state_at: at,
      window_from: window.from,
      window_to: lookedUntil(window, now),
      created_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await tx
    .insertInto('audit')
    .values({
      who: BROADSHEET,
      what: state === 'skipped' ? 'edition.skipped' : 'edition.prepared',
      subject: `${newsletter.slug}/${name}`,
      at,
      after: JSON.stringify({ state, ...(note === null ? {} : { note }) }),
    })
    .execute();
  return row.id;
}

/** A schedule that changed in the course of a day may give a second edition the name of the first. */
async function freeName(tx: Db, newsletter: Newsletter, name: string): Promise<string> {
  const rows = await tx
    .selectFrom('editions')
    .select('name')
    .where('newsletter_id', '=', newsletter.id)
    .where('name', 'like', `${name}%`)
    .execute();
  const taken = new Set(rows.map((row) => row.name));
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name}-${count}`;
  return free;
}

async function fillDraft(
  tx: Db,
  editionId: number,
  { items, verdicts }: SelectedContent,
  now: Temporal.Instant,
): Promise<void> {
  await insertRevision(tx, editionId, 1, { ...NO_TEXTS, items }, BROADSHEET, now);
  await tx.updateTable('editions').set({ revision: 1 }).where('id', '=', editionId).execute();
  await storeCandidates(tx, editionId, verdicts);
}

/** The draft, to everyone who may approve it; once there is something to look at. */
export async function queueProofs(
  tx: Db,
  { editors }: Newsletter,
  editionId: number,
  revision: number,
  now: Temporal.Instant,
): Promise<void> {
  for (const editor of editors) await queueNotice(tx, 'proof', editor, { editionId, revision }, now);
}

type RhythmSlot = { rhythm: Rhythm; at: Temporal.Instant };

async function openSlot({ db, now }: Context, newsletter: Newsletter): Promise<RhythmSlot> {
  const open = await db
    .selectFrom('editions')
    .select(['rhythm', 'slot_at'])
    .where('newsletter_id', '=', newsletter.id)
    .where('kind', '=', 'scheduled')
    .where('state', 'in', ['draft', 'approved', 'held'])
    .orderBy('slot_at', 'desc')
    .orderBy('id')
    .executeTakeFirst();
  if (open) {
    return { rhythm: open.rhythm as Rhythm, at: Temporal.Instant.fromEpochMilliseconds(open.slot_at) };
  }
  const [next] = nextSlots(newsletter, now(), 1);
  if (next) return next;
  throw new RefusedError(`${newsletter.slug} has no time in its schedule that is still to come.`);
}

/** The rhythm whose schedule names that instant, else the newsletter's most frequent one. */
function slotAtInstant(newsletter: Newsletter, at: Temporal.Instant): RhythmSlot {
  const after = at.add({ milliseconds: 1 });
  const named = previousSlots(newsletter, after, RHYTHMS.length).find((slot) => slot.at.equals(at));
  const offered = RHYTHMS.find((rhythm) => newsletter.rhythms[rhythm] !== undefined);
  return { rhythm: named?.rhythm ?? offered ?? 'daily', at };
}
