import type { Selectable } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { EditionTable, PausedReason } from '../database/tables/editions.ts';
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
export async function approveAtSlot(
  db: Db,
  editionId: number,
  revision: number,
  now: Temporal.Instant,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    if (edition.revision !== revision) return false;
    return move(tx, edition, approval(edition, BROADSHEET, now));
  });
}

/** approved → draft: an approval taken back before the edition goes out. */
export async function takeBackApproval(
  db: Db,
  editionId: number,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    const moved = await move(tx, edition, {
      from: ['approved'],
      to: 'draft',
      what: 'edition.approval_taken_back',
      by,
      now,
      set: { approved_revision: null, approved_by: null, approved_at: null },
    });
    if (!moved) await refuse(tx, edition, 'its approval cannot be taken back');
  });
}

/** approved → draft, because its content is no longer the one that was approved. @returns whether it was approved. */
export async function lapseApproval(
  tx: Db,
  editionId: number,
  by: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const edition = await lockEdition(tx, editionId);
  return move(tx, edition, { from: ['approved'], to: 'draft', what: 'edition.approval_lapsed', by, now });
}

/** draft, approved → held. `note` says what it waits for. */
export async function hold(
  db: Db,
  editionId: number,
  note: string | null,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    const change = { from: ['draft', 'approved'], to: 'held', what: 'edition.held', note, by, now } as const;
    if (!(await move(tx, edition, change))) await refuse(tx, edition, 'it cannot be held');
  });
}

/** held → approved when its present revision is approved, else → draft. @returns the state it has now. */
export async function release(
  db: Db,
  editionId: number,
  by: string,
  now: Temporal.Instant,
): Promise<'approved' | 'draft'> {
  return inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    const to = edition.approved_revision === edition.revision ? 'approved' : 'draft';
    const moved = await move(tx, edition, { from: ['held'], to, what: 'edition.released', by, now });
    return moved ? to : refuse(tx, edition, 'it cannot be released');
  });
}

/** draft, approved, held, sending, paused → cancelled. What has not left never will; people read "Stopped". */
export async function cancel(
  db: Db,
  editionId: number,
  note: string | null,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    const moved = await move(tx, edition, {
      from: ['draft', 'approved', 'held', 'sending', 'paused'],
      to: 'cancelled',
      what: 'edition.cancelled',
      note,
      by,
      now,
    });
    if (!moved) await refuse(tx, edition, 'it cannot be stopped');
  });
}

/**
 * draft, approved, held → skipped. `seen` is the state and revision that the decision was made on: when a
 * person approved, held or changed the edition in the meantime nothing happens.
 */
export async function skip(
  db: Db,
  editionId: number,
  note: string,
  by: string,
  now: Temporal.Instant,
  seen?: Pick<Selectable<EditionTable>, 'state' | 'revision'>,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    if (seen && (edition.state !== seen.state || edition.revision !== seen.revision)) return false;
    return move(tx, edition, {
      from: ['draft', 'approved', 'held'],
      to: 'skipped',
      what: 'edition.skipped',
      note,
      by,
      now,
    });
  });
}

/** approved → sending, in the transaction that freezes the last slice of the audience. */
export async function beginSending(tx: Db, editionId: number, now: Temporal.Instant): Promise<boolean> {
  return inTransaction(tx, async (inner) => {
    const edition = await lockEdition(inner, editionId);
    if (edition.approved_revision !== edition.revision) return false;
    return move(inner, edition, {
      from: ['approved'],
      to: 'sending',
      what: 'edition.sending',
      by: BROADSHEET,
      now,
      set: { sending_at: now.epochMilliseconds },
    });
  });
}

/** sending → paused: by a guard with its reason, or by a person. */
export async function pause(
  tx: Db,
  editionId: number,
  reason: PausedReason,
  note: string | null,
  by: string,
  now: Temporal.Instant,
): Promise<boolean> {
  return inTransaction(tx, async (inner) =>
    move(inner, await lockEdition(inner, editionId), {
      from: ['sending'],
      to: 'paused',
      what: 'edition.paused',
      note,
      by,
      now,
      set: { paused_reason: reason },
    }),
  );
}

/** paused → sending, by a person, who thereby approves the present revision: what is left goes out with it. */
export async function resume(db: Db, editionId: number, by: string, now: Temporal.Instant): Promise<void> {
  await inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    const moved = await move(tx, edition, {
      from: ['paused'],
      to: 'sending',
      what: 'edition.resumed',
      by,
      now,
      set: { approved_revision: edition.revision, approved_by: by, approved_at: now.epochMilliseconds },
    });
    if (!moved) await refuse(tx, edition, 'it cannot be resumed');
  });
}

/** sending → sent, when nothing of it is open any more. */
export async function finish(tx: Db, editionId: number, now: Temporal.Instant): Promise<boolean> {
  return inTransaction(tx, async (inner) =>
    move(inner, await lockEdition(inner, editionId), {
      from: ['sending'],
      to: 'sent',
      what: 'edition.sent',
      by: BROADSHEET,
      now,
      set: { sent_at: now.epochMilliseconds },
    }),
  );
}

/** sent → sending: only when a person puts deliveries that failed back. */
export async function reopen(db: Db, editionId: number, by: string, now: Temporal.Instant): Promise<void> {
  await inTransaction(db, async (tx) => {
    const edition = await lockEdition(tx, editionId);
    const change = { from: ['sent'], to: 'sending', what: 'edition.reopened', by, now } as const;
    if (!(await move(tx, edition, change))) await refuse(tx, edition, 'it cannot be tried again');
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
