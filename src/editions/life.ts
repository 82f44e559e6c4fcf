import type { Db } from '../database/connect.ts';
import type { PausedReason, SkippedReason } from '../database/tables/editions.ts';
import { RefusedError } from '../refused-error.ts';
import {
  type EditionRow,
  fullName,
  inTransaction,
  lockEdition,
  type Move,
  move,
  refuse,
} from './transition.ts';

/**
 * The edition's life: every change of `editions.state` is one function here, one conditional UPDATE that names
 * the states it may leave, with its line in the audit. README.md draws the arrows.
 *
 * Each may be given a transaction of the caller's. What a person asks for throws a RefusedError that tells the
 * state found; what the clock or the sender asks for returns whether it happened.
 */

/** Who moves by itself, in `state_by` and the audit. */
export const BROADSHEET = 'broadsheet';

/**
 * draft → approved. Approval is of one revision: the present one, which must be `revision` when that is given.
 * A person's approval counts as a touch: selection only suggests from then on.
 * @returns false when its present revision is approved already.
 */
export async function approve(
  db: Db,
  editionId: number,
  by: string,
  now: Temporal.Instant,
  revision?: number,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    if (edition.state === 'approved') return false;
    if (revision !== undefined && revision !== edition.revision) {
      throw new RefusedError(
        `${await fullName(tx, edition)} is at revision ${edition.revision} now, not ${revision}: look at it again, then approve it.`,
      );
    }
    const change = approval(edition, by, now);
    const moved = await move(tx, edition, { ...change, set: { ...change.set, touched: 1 } });
    return moved || refuse(tx, edition, 'it cannot be approved');
  });
}

/**
 * draft → approved at the slot, for a newsletter that goes out by itself.
 * @param revision what the clock looked at: when a person changed the edition just now nothing happens.
 */
export function approveAtSlot(
  db: Db,
  editionId: number,
  revision: number,
  now: Temporal.Instant,
): Promise<boolean> {
  return attempt(db, editionId, (edition) =>
    edition.revision === revision ? approval(edition, BROADSHEET, now) : null,
  );
}

/** approved → draft: an approval taken back before the edition goes out. */
export function takeBackApproval(
  db: Db,
  editionId: number,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  return demand(db, editionId, 'its approval cannot be taken back', () => ({
    from: ['approved'],
    to: 'draft',
    what: 'edition.approval_taken_back',
    by,
    now,
    set: { approved_revision: null, approved_by: null, approved_at: null },
  }));
}

/** approved → draft, because its content is no longer the one that was approved. @returns whether it was approved. */
export function lapseApproval(
  tx: Db,
  editionId: number,
  by: string,
  now: Temporal.Instant,
): Promise<boolean> {
  return attempt(tx, editionId, () => ({
    from: ['approved'],
    to: 'draft',
    what: 'edition.approval_lapsed',
    by,
    now,
  }));
}

/** draft, approved → held. `note` says what it waits for. */
export function hold(
  db: Db,
  editionId: number,
  note: string | null,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  return demand(db, editionId, 'it cannot be held', () => ({
    from: ['draft', 'approved'],
    to: 'held',
    what: 'edition.held',
    note,
    by,
    now,
  }));
}

/** held → approved when its present revision is approved, else → draft. */
export function release(db: Db, editionId: number, by: string, now: Temporal.Instant): Promise<void> {
  return demand(db, editionId, 'it cannot be released', ({ approved_revision, revision }) => ({
    from: ['held'],
    to: approved_revision === revision ? 'approved' : 'draft',
    what: 'edition.released',
    by,
    now,
  }));
}

/** draft, approved, held, sending, paused → cancelled. What has not left never will; people read "Stopped". */
export function cancel(
  db: Db,
  editionId: number,
  note: string | null,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  return demand(db, editionId, 'it cannot be stopped', () => ({
    from: ['draft', 'approved', 'held', 'sending', 'paused'],
    to: 'cancelled',
    what: 'edition.cancelled',
    note,
    by,
    now,
  }));
}

/**
 * draft, approved, held → skipped. `seen` is the state and revision that the decision was made on: when a
 * person approved, held or changed the edition in the meantime nothing happens.
 */
export function skip(
  db: Db,
  editionId: number,
  { reason, note }: { reason: SkippedReason; note: string },
  now: Temporal.Instant,
  seen: Pick<EditionRow, 'state' | 'revision'>,
): Promise<boolean> {
  return attempt(db, editionId, ({ state, revision }) =>
    state === seen.state && revision === seen.revision
      ? {
          from: ['draft', 'approved', 'held'],
          to: 'skipped',
          what: 'edition.skipped',
          note,
          by: BROADSHEET,
          now,
          set: { skipped_reason: reason },
        }
      : null,
  );
}

/** approved → sending, in the transaction that freezes the last slice of the audience. */
export function beginSending(tx: Db, editionId: number, now: Temporal.Instant): Promise<boolean> {
  return attempt(tx, editionId, ({ approved_revision, revision }) =>
    approved_revision === revision
      ? {
          from: ['approved'],
          to: 'sending',
          what: 'edition.sending',
          by: BROADSHEET,
          now,
          set: { sending_at: now.epochMilliseconds },
        }
      : null,
  );
}

/** sending → paused: by a guard with its reason, or by a person. */
export function pause(
  tx: Db,
  editionId: number,
  reason: PausedReason,
  note: string | null,
  by: string,
  now: Temporal.Instant,
): Promise<boolean> {
  return attempt(tx, editionId, () => ({
    from: ['sending'],
    to: 'paused',
    what: 'edition.paused',
    note,
    by,
    now,
    set: { paused_reason: reason },
  }));
}

/**
 * paused → sending, by a person, who thereby approves the present revision: what is left goes out with it.
 * @throws RefusedError also when there is nothing in it any more.
 */
export function resume(db: Db, editionId: number, by: string, now: Temporal.Instant): Promise<void> {
  return inTransaction(db, async (tx) => {
    const { state, revision } = await lockEdition(tx, editionId);
    if (state === 'paused') await refuseEmpty(tx, editionId, revision);
    await demand(tx, editionId, 'it cannot be resumed', () => ({
      from: ['paused'],
      to: 'sending',
      what: 'edition.resumed',
      by,
      now,
      set: { approved_revision: revision, approved_by: by, approved_at: now.epochMilliseconds },
    }));
  });
}

async function refuseEmpty(tx: Db, editionId: number, revision: number): Promise<void> {
  const item = await tx
    .selectFrom('edition_items')
    .select('story_id')
    .where('edition_id', '=', editionId)
    .where('revision', '=', revision)
    .limit(1)
    .executeTakeFirst();
  if (item !== undefined) return;
  const name = await fullName(tx, await lockEdition(tx, editionId));
  throw new RefusedError(
    `${name} has no story in it now (revision ${revision}). Bring one in (broadsheet edition edit ${name}), or stop it (broadsheet edition cancel ${name}).`,
  );
}

/**
 * An edition that is going out has a new revision, by somebody who may approve it: what has not left goes out with it.
 * It stays `sending`.
 */
export async function approveOnTheWay(
  tx: Db,
  editionId: number,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  const edition = await lockEdition(tx, editionId);
  const { approved_revision: before, revision } = edition;
  const at = now.epochMilliseconds;
  await tx
    .updateTable('editions')
    .set({ approved_revision: revision, approved_by: by, approved_at: at })
    .where('id', '=', editionId)
    .where('state', '=', 'sending')
    .execute();
  await tx
    .insertInto('audit')
    .values({
      who: by,
      what: 'edition.corrected',
      subject: await fullName(tx, edition),
      at,
      before: JSON.stringify({ revision: before }),
      after: JSON.stringify({ revision }),
    })
    .execute();
}

/** sending → sent, when nothing of it is open any more. */
export function finish(tx: Db, editionId: number, now: Temporal.Instant): Promise<boolean> {
  return attempt(tx, editionId, () => ({
    from: ['sending'],
    to: 'sent',
    what: 'edition.sent',
    by: BROADSHEET,
    now,
    set: { sent_at: now.epochMilliseconds },
  }));
}

/** sent → sending: only when a person puts deliveries that failed back. */
export function reopen(db: Db, editionId: number, by: string, now: Temporal.Instant): Promise<void> {
  return demand(db, editionId, 'it cannot be tried again', () => ({
    from: ['sent'],
    to: 'sending',
    what: 'edition.reopened',
    by,
    now,
  }));
}

/** What a person asks for. @throws RefusedError telling the state found, and that `wanted` is therefore not possible. */
async function demand(
  db: Db,
  editionId: number,
  wanted: string,
  change: (edition: EditionRow) => Move,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    if (!(await move(tx, edition, change(edition)))) await refuse(tx, edition, wanted);
  });
}

/** What the clock or the sender asks for. @returns whether it happened; null from `change`: not as it is now. */
async function attempt(
  db: Db,
  editionId: number,
  change: (edition: EditionRow) => Move | null,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    const wanted = change(edition);
    return wanted !== null && move(tx, edition, wanted);
  });
}

function approval({ revision }: EditionRow, by: string, now: Temporal.Instant): Move {
  return {
    from: ['draft'],
    to: 'approved',
    what: 'edition.approved',
    by,
    now,
    set: { approved_revision: revision, approved_by: by, approved_at: now.epochMilliseconds },
  };
}
