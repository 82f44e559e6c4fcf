import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { reopen } from '../editions/life.ts';
import { readRevision } from '../editions/read-revision.ts';
import { type EditionRow, fullName, lockEdition } from '../editions/transition.ts';
import { itemsForSections } from '../messages/variant.ts';
import { RefusedError } from '../refused-error.ts';
import { standing } from './advance/recipient.ts';
import { audienceSlices } from './audience-slices.ts';
import { type Again, rebatch } from './rebatch.ts';

/** Deliveries a transaction. */
const SLICE = 2_000;

/** Those that ended without a copy, and that a person may have tried again. */
export const RETRY_LISTS = ['unknown', 'refused', 'expired'] as const;

/** Whom a person wants to be tried again. */
export interface RetryChoice {
  list: (typeof RETRY_LISTS)[number];
  /** Of the refused: `gone`, `soft`, `policy`. */
  reason?: string | undefined;
  /** One person alone. */
  subscriberId?: number | undefined;
}

/** What has changed for them since: only `people` are tried again. */
export interface RetryPreview {
  people: number;
  left: number;
  suppressed: number;
  paused: number;
  /** Nothing in the present revision is of their sections. */
  noSection: number;
}

/**
 * Counts whom `putBack` would try again, and who is not to have a copy any more.
 * @throws RefusedError when nothing of the edition can be tried again now.
 */
export async function previewRetry(
  db: Db,
  edition: EditionRow,
  choice: RetryChoice,
  now: Temporal.Instant,
): Promise<RetryPreview> {
  await refuseRetry(db, edition);
  const rows = await db
    .selectFrom(
      chosen(db, edition, choice)
        .select(['d.variant', standingNow(now).as('standing')])
        .as('row'),
    )
    .select((eb) => ['variant', 'standing', eb.fn.countAll<number>().as('count')])
    .groupBy(['variant', 'standing'])
    .execute();
  const empty = await emptyVariants(
    db,
    edition,
    rows.map(({ variant }) => variant),
  );
  const preview: RetryPreview = { people: 0, left: 0, suppressed: 0, paused: 0, noSection: 0 };
  for (const { variant, standing: why, count } of rows) {
    if (why !== null) preview[why] += count;
    else if (variant !== null && empty.includes(variant)) preview.noSection += count;
    else preview.people += count;
  }
  return preview;
}

/**
 * Puts back whom a person chose, in new batches that are due now, as far as they are still to have a copy; an edition
 * that had been sent is going out again. Their tokens stay: who was in doubt is sent the same Message-ID. Goes by
 * slices; killed in between, asking again does the rest.
 * @returns how many people are tried again.
 * @throws RefusedError when nothing of the edition can be tried again now.
 */
export async function putBack(
  { db, now, handout }: Pick<Context, 'db' | 'now' | 'handout'>,
  editionId: number,
  choice: RetryChoice,
  by: string,
  { slice = SLICE }: { slice?: number } = {},
): Promise<number> {
  let people = 0;
  const { subscriberId } = choice;
  const one = subscriberId === undefined ? null : [{ from: subscriberId - 1, to: subscriberId }];
  for await (const bounds of one ?? audienceSlices(db, editionId, slice)) {
    people += await db.transaction().execute(async (tx) => {
      const edition = await lockEdition(tx, editionId);
      await refuseRetry(tx, edition);
      const again = await whoIsStillToHaveIt(tx, edition, choice, bounds, now());
      if (again.length === 0) return 0;
      if (edition.state === 'sent') await reopen(tx, editionId, by, now());
      const at = now().epochMilliseconds;
      const fresh = { due_at: at, fresh_from: at };
      const batches = await rebatch(tx, again, now(), choice.list, fresh);
      await handout?.offer(tx, batches);
      await tellAudit(tx, edition, choice, again.length, by, now());
      return again.length;
    });
  }
  return people;
}

/** @throws RefusedError that says why, and what to do. */
async function refuseRetry(db: Db, edition: EditionRow): Promise<void> {
  if (edition.state === 'sent' || edition.state === 'sending') return;
  const name = await fullName(db, edition);
  const why: Record<Exclude<EditionRow['state'], 'sent' | 'sending'>, string> = {
    paused: `is paused: let it go on first (broadsheet edition resume ${name}), or stop it.`,
    cancelled: 'was stopped for good: nobody else gets it.',
    skipped: 'was skipped: nobody was to get it.',
    draft: 'has not gone out yet.',
    approved: 'has not gone out yet.',
    held: 'has not gone out yet.',
  };
  throw new RefusedError(`${name} ${why[edition.state]} Nobody was tried again.`);
}

/** Of those that were chosen, within the bounds of a slice. */
async function whoIsStillToHaveIt(
  tx: Db,
  edition: EditionRow,
  choice: RetryChoice,
  { from, to }: { from: number; to: number },
  now: Temporal.Instant,
): Promise<Again[]> {
  const rows = await chosen(tx, edition, choice)
    .select(['d.id', 'd.edition_id', 'd.lane', 'd.due_at', 'd.variant', standingNow(now).as('standing')])
    .where('d.subscriber_id', '>', from)
    .where('d.subscriber_id', '<=', to)
    .orderBy('d.subscriber_id')
    .$if(isPostgres(tx), (query) => query.forUpdate('d'))
    .execute();
  const fit = rows.filter((row) => row.standing === null);
  const empty = await emptyVariants(
    tx,
    edition,
    fit.map(({ variant }) => variant),
  );
  return fit.filter(({ variant }) => variant === null || !empty.includes(variant));
}

/** The deliveries that are meant, each with the reader's subscription `p` and suppression `x` as they are now. */
function chosen(db: Db, edition: EditionRow, { list, reason, subscriberId }: RetryChoice) {
  return db
    .selectFrom('deliveries as d')
    .leftJoin('subscribers as s', 's.id', 'd.subscriber_id')
    .leftJoin('subscriptions as p', (join) =>
      join.onRef('p.subscriber_id', '=', 'd.subscriber_id').on('p.newsletter_id', '=', edition.newsletter_id),
    )
    .leftJoin('suppressions as x', 'x.address_key', 's.address_key')
    .where('d.edition_id', '=', edition.id)
    .where('d.state', '=', list)
    .$if(reason !== undefined, (query) => query.where('d.reason', '=', reason as string))
    .$if(subscriberId !== undefined, (query) => query.where('d.subscriber_id', '=', subscriberId as number));
}

function standingNow(now: Temporal.Instant) {
  return sql.raw<'left' | 'suppressed' | 'paused' | null>(standing(String(now.epochMilliseconds)));
}

/** Choices of sections for which the present revision has nothing. */
async function emptyVariants(
  db: Db,
  { id, approved_revision, revision }: EditionRow,
  variants: (string | null)[],
): Promise<string[]> {
  if (variants.every((variant) => variant === null)) return [];
  const { items, newsletter } = await readRevision(db, id, approved_revision ?? revision);
  return [...new Set(variants)].filter(
    (variant) =>
      variant !== null && itemsForSections(items, JSON.parse(variant) as string[], newsletter) === null,
  ) as string[];
}

async function tellAudit(
  tx: Db,
  edition: EditionRow,
  { list, reason, subscriberId }: RetryChoice,
  people: number,
  by: string,
  now: Temporal.Instant,
): Promise<void> {
  await tx
    .insertInto('audit')
    .values({
      who: by,
      what: 'edition.retried',
      subject: await fullName(tx, edition),
      at: now.epochMilliseconds,
      before: null,
      after: JSON.stringify({ list, people, reason, ...(subscriberId === undefined ? {} : { one: true }) }),
    })
    .execute();
}
