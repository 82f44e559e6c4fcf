import type { Selectable, Updateable } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import type { EditionState, EditionTable } from '../database/tables/editions.ts';
import { RefusedError } from '../refused-error.ts';

export type EditionRow = Selectable<EditionTable>;

/** One arrow of the edition's life. */
export interface Move {
  from: readonly EditionState[];
  to: EditionState;
  /** The audit's word for it. */
  what: string;
  note?: string | null;
  by: string;
  now: Temporal.Instant;
  set?: Updateable<EditionTable>;
}

/**
 * Moves an edition, and tells the audit, in the caller's transaction.
 * @returns false when it is in a state that this move may not leave.
 */
export async function move(
  tx: Db,
  edition: EditionRow,
  { from, to, what, note = null, by, now, set = {} }: Move,
): Promise<boolean> {
  const at = now.epochMilliseconds;
  const { numUpdatedRows } = await tx
    .updateTable('editions')
    .set({ paused_reason: null, ...set, state: to, state_note: note, state_by: by, state_at: at })
    .where('id', '=', edition.id)
    .where('state', 'in', from)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await tx
    .insertInto('audit')
    .values({
      who: by,
      what,
      subject: await fullName(tx, edition),
      at,
      before: JSON.stringify({ state: edition.state, revision: edition.revision }),
      after: JSON.stringify({ state: to, revision: edition.revision, ...(note === null ? {} : { note }) }),
    })
    .execute();
  return true;
}

/** Reads the row; on PostgreSQL nobody else changes it until the transaction ends (SQLite has one writer anyway). */
export async function lockEdition(tx: Db, editionId: number): Promise<EditionRow> {
  return tx
    .selectFrom('editions')
    .selectAll()
    .where('id', '=', editionId)
    .$if(isPostgres(tx), (query) => query.forUpdate())
    .executeTakeFirstOrThrow();
}

/** @throws RefusedError that tells the state found, and what therefore is not possible. */
export async function refuse(tx: Db, edition: EditionRow, wanted: string): Promise<never> {
  const why: Record<EditionState, string> = {
    draft: 'is a draft',
    approved: `is approved by ${edition.approved_by}`,
    held: `is held by ${edition.state_by}${edition.state_note ? `: ${edition.state_note}` : ''} (release it first)`,
    sending: 'is going out',
    paused: 'is paused',
    sent: 'has gone out',
    skipped: `was skipped: ${edition.state_note}`,
    cancelled: `was stopped by ${edition.state_by}`,
  };
  throw new RefusedError(`${await fullName(tx, edition)} ${why[edition.state]}: ${wanted} now.`);
}

/** `morning/2026-11-24`. */
export async function fullName(tx: Db, edition: EditionRow): Promise<string> {
  const { slug } = await tx
    .selectFrom('newsletters')
    .select('slug')
    .where('id', '=', edition.newsletter_id)
    .executeTakeFirstOrThrow();
  return `${slug}/${edition.name}`;
}

/** Runs `work` in the caller's transaction, or in one of its own. */
export function inTransaction<Result>(db: Db, work: (tx: Db) => Promise<Result>): Promise<Result> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}
