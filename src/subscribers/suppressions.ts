import type { ExpressionBuilder } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { Schema } from '../database/schema.ts';
import { maskAddress } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { forgetRefusalsOf, type SuppressionReason, suppress } from './suppression.ts';

/** Which suppressions; what is not given does not matter. */
export interface SuppressionFilter {
  reasons?: SuppressionReason[] | undefined;
  /** From this moment on. */
  since?: Temporal.Instant | undefined;
  domain?: string | undefined;
  editionId?: number | undefined;
  /** Of these addresses alone, as `suppressionHash` names them. */
  addressKeys?: string[] | undefined;
}

export interface SuppressionLine {
  reason: string;
  /** ms UTC. */
  at: number;
  /** null: nobody here has this address any more, and only its hash is kept. */
  email: string | null;
  domain: string | null;
  /** `morning/2026-11-24`: the edition that it refused. */
  edition: string | null;
  who: string | null;
  note: string | null;
}

/** What the program concluded by itself from replies: what a bad day brings. */
export const FROM_REPLIES: SuppressionReason[] = ['gone', 'soft'];

/** The person's own word, against which only a written reason stands. */
const THEIR_WORD: Record<string, string> = {
  complaint: 'They complained',
  erased: 'They were removed',
  moved: 'They took another address',
} satisfies Partial<Record<SuppressionReason, string>>;

/** How many of each reason, most first. */
export async function countSuppressions(
  db: Db,
  filter: SuppressionFilter,
): Promise<{ reason: string; count: number }[]> {
  return db
    .selectFrom('suppressions')
    .select((eb) => ['reason', eb.fn.countAll<number>().as('count')])
    .where((eb) => matching(eb, filter))
    .groupBy('reason')
    .orderBy('count', 'desc')
    .orderBy('reason')
    .execute();
}

/** The newest first. */
export async function listSuppressions(
  db: Db,
  filter: SuppressionFilter,
  limit: number,
): Promise<SuppressionLine[]> {
  const rows = await db
    .selectFrom('suppressions')
    .leftJoin('subscribers', 'subscribers.address_key', 'suppressions.address_key')
    .leftJoin('editions', 'editions.id', 'suppressions.edition_id')
    .leftJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select([
      'suppressions.reason',
      'suppressions.at',
      'subscribers.email',
      'suppressions.domain',
      'newsletters.slug',
      'editions.name',
      'suppressions.who',
      'suppressions.note',
    ])
    .where((eb) => matching(eb, filter))
    .orderBy('suppressions.at', 'desc')
    .orderBy('suppressions.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ slug, name, ...row }) => ({ ...row, edition: slug && name ? `${slug}/${name}` : null }));
}

/**
 * Lifts all suppressions that match, and begins the count of what those mailboxes refuse anew. The audit keeps the
 * filter, the numbers and the reason given.
 * @param by `note` is needed for a complaint, and for who was removed or moved.
 * @returns how many.
 * @throws RefusedError without a note where one is needed.
 */
export async function liftSuppressions(
  db: Db,
  filter: SuppressionFilter,
  by: { who: string; note: string | undefined; now: Temporal.Instant },
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const counts = await countSuppressions(tx, filter);
    requireNote(counts, by.note);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return 0;
    const lifted = await tx
      .deleteFrom('suppressions')
      .where((eb) => matching(eb, filter))
      .returning('address_key')
      .execute();
    for (let from = 0; from < lifted.length; from += 500) {
      const slice = lifted.slice(from, from + 500);
      await forgetRefusalsOf(
        tx,
        slice.map((row) => row.address_key),
      );
    }
    const { reasons, since, domain, editionId } = filter;
    const before = { counts: Object.fromEntries(counts.map(({ reason, count }) => [reason, count])) };
    await tx
      .insertInto('audit')
      .values({
        who: by.who,
        what: 'suppressions.removed',
        subject: lifted.length === 1 ? '1 address' : `${lifted.length} addresses`,
        at: by.now.epochMilliseconds,
        before: JSON.stringify({ ...before, reasons, since: since?.toString(), domain, editionId }),
        after: by.note === undefined ? null : JSON.stringify({ note: by.note }),
      })
      .execute();
    return lifted.length;
  });
}

/** @throws RefusedError when one of them was the person's word, and nothing is said against it. */
export function requireNote(found: { reason: string }[], note: string | undefined): void {
  if (note !== undefined && note.trim() !== '') return;
  const words = found.flatMap(({ reason }) => THEIR_WORD[reason] ?? [])[0];
  if (words === undefined) return;
  throw new RefusedError(
    `${words}: mail again needs a reason in writing, which is kept.   --note "asked by phone to come back"`,
  );
}

/**
 * Suppresses an address at the operator's word.
 * @returns whether it was not suppressed before.
 */
export async function suppressByHand(
  db: Db,
  email: string,
  reason: SuppressionReason,
  by: { who: string; note: string | undefined; now: Temporal.Instant },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (!(await suppress(tx, email, reason, by.now, by))) return false;
    await tx
      .insertInto('audit')
      .values({
        who: by.who,
        what: 'suppressions.added',
        subject: maskAddress(email),
        at: by.now.epochMilliseconds,
        after: JSON.stringify({ reason, note: by.note }),
      })
      .execute();
    return true;
  });
}

function matching(
  eb: ExpressionBuilder<Schema, 'suppressions'>,
  { reasons, since, domain, editionId, addressKeys }: SuppressionFilter,
) {
  return eb.and([
    ...(reasons === undefined ? [] : [eb('suppressions.reason', 'in', reasons)]),
    ...(since === undefined ? [] : [eb('suppressions.at', '>=', since.epochMilliseconds)]),
    ...(domain === undefined ? [] : [eb('suppressions.domain', '=', domain)]),
    ...(addressKeys === undefined ? [] : [eb('suppressions.address_key', 'in', addressKeys)]),
    ...(editionId === undefined ? [] : [eb('suppressions.edition_id', '=', editionId)]),
  ]);
}
