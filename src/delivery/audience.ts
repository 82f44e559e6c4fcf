import { randomBytes } from 'node:crypto';
import { type SqlBool, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import { beginSending } from '../editions/life.ts';
import { readRevision } from '../editions/read-revision.ts';
import type { Revision } from '../editions/revision.ts';
import { itemsForSections } from '../messages/variant.ts';
import { BATCH_SIZE } from './batches.ts';
import type { Handout, OfferedBatch } from './handout.ts';
import { unfreeze } from './unfreeze.ts';

/** Subscriptions a transaction, so that nobody waits long for the database. */
const SLICE = 20_000;

export interface FreezeOptions {
  /** Copies may leave from here on; default: the edition's slot. */
  dueAt?: Temporal.Instant;
  handout?: Handout;
  /** Subscriptions a slice; tests make it small. */
  slice?: number;
  signal?: AbortSignal;
}

/**
 * Freezes who gets an edition: one delivery for each subscription of its newsletter and rhythm that is active or
 * paused, with the reason where they get none. Goes by slices of subscriptions up to the highest there is at the
 * start; killed in between, the next call goes on from the last slice. The edition becomes `sending` in the last
 * one's transaction, and nothing leaves before. Changed and approved again on the way, it is frozen anew: who has
 * nothing in it is decided by what goes out.
 * @returns whether the edition is going out now: false when it was held, stopped or never approved, when its
 * approval lapsed on the way, or when it went out before.
 */
export async function freezeAudience(
  context: Pick<Context, 'db' | 'now' | 'handout'>,
  editionId: number,
  { dueAt, handout = context.handout, slice = SLICE, signal }: FreezeOptions = {},
): Promise<boolean> {
  const { db } = context;
  let revision = await readRevision(db, editionId);
  const due = dueAt ?? Temporal.Instant.fromEpochMilliseconds(revision.edition.slotAt);
  await begin(db, revision);
  for (;;) {
    if (signal?.aborted) return false;
    const step = await freezeNext(context, revision, { due, slice, handout });
    if (step === 'sending') return true;
    if (step === 'over') return false;
    if (step === 'changed') {
      if (!(await unfreeze(db, editionId, slice, signal))) return false;
      revision = await readRevision(db, editionId);
      await begin(db, revision);
    }
    // Lets the web and the wire have their turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Fixes how far the audience goes, once: who subscribes later gets the next edition. */
async function begin(db: Db, { edition, newsletter, number }: Revision): Promise<void> {
  await db
    .updateTable('editions')
    .set((eb) => ({
      frozen_revision: number,
      frozen_to: eb
        .selectFrom('subscriptions')
        .select((max) => max.fn.coalesce(max.fn.max('subscriptions.id'), max.lit(0)).as('id'))
        .where('newsletter_id', '=', newsletter.id),
    }))
    .where('id', '=', edition.id)
    .where('state', '=', 'approved')
    .where('frozen_to', 'is', null)
    .execute();
}

interface Plan {
  due: Temporal.Instant;
  slice: number;
  handout: Handout | undefined;
}

async function freezeNext(
  { db, now }: Pick<Context, 'db' | 'now'>,
  revision: Revision,
  { due, slice, handout }: Plan,
): Promise<'more' | 'changed' | 'sending' | 'over'> {
  const editionId = revision.edition.id;
  try {
    return await db.transaction().execute(async (tx) => {
      const bounds = await nextSlice(tx, revision, slice);
      if (bounds === 'taken') return 'more';
      if (bounds === 'over' || bounds === 'changed') return bounds;
      const batches = await freezeSlice(tx, revision, bounds, due, now());
      await handout?.offer(tx, batches);
      if (!bounds.last) return 'more';
      if (await beginSending(tx, editionId, now())) return 'sending';
      throw new NotApproved();
    });
  } catch (error) {
    if (error instanceof NotApproved) return 'over';
    throw error;
  }
}

/** The approval was taken back or lapsed during the last slice, which therefore is not kept. */
class NotApproved extends Error {}

interface Bounds {
  /** Subscriptions above `from` up to and including `to`. */
  from: number;
  to: number;
  last: boolean;
}

/**
 * Takes the next slice, by a conditional UPDATE in the transaction that freezes it.
 * @returns `taken` when another process was faster, `changed` when the edition has another revision than that by
 * which its audience is decided, `over` when it is not to be frozen.
 */
async function nextSlice(
  tx: Db,
  { edition: { id: editionId }, newsletter, number }: Revision,
  size: number,
): Promise<Bounds | 'taken' | 'changed' | 'over'> {
  const {
    state,
    revision,
    frozen_revision,
    frozen_to,
    frozen_at_id: from,
  } = await tx
    .selectFrom('editions')
    .select(['state', 'revision', 'frozen_revision', 'frozen_to', 'frozen_at_id'])
    .where('id', '=', editionId)
    .executeTakeFirstOrThrow();
  if (state !== 'approved') return 'over';
  if (frozen_to === null || revision !== number || frozen_revision !== number) return 'changed';
  const end = await tx
    .selectFrom('subscriptions')
    .select('id')
    .where('newsletter_id', '=', newsletter.id)
    .where('id', '>', from)
    .where('id', '<=', frozen_to)
    .orderBy('id')
    .limit(1)
    .offset(size - 1)
    .executeTakeFirst();
  const to = end?.id ?? frozen_to;
  const { numUpdatedRows } = await tx
    .updateTable('editions')
    .set({ frozen_at_id: to })
    .where('id', '=', editionId)
    .where('frozen_at_id', '=', from)
    .where('frozen_revision', '=', number)
    .where('revision', '=', number)
    .where('state', '=', 'approved')
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { from, to, last: to === frozen_to } : 'taken';
}

async function freezeSlice(
  tx: Db,
  revision: Revision,
  bounds: Bounds,
  due: Temporal.Instant,
  now: Temporal.Instant,
): Promise<OfferedBatch[]> {
  const readers = await slicedReaders(tx, revision, bounds, now);
  const editionId = revision.edition.id;
  const lanes = await tx
    .selectFrom(readers.as('reader'))
    .select((eb) => ['reader.lane', eb.fn.countAll<number>().as('people')])
    .where('reader.reason', 'is', null)
    .groupBy('reader.lane')
    .orderBy('reader.lane')
    .execute();
  const wanted = lanes.flatMap(({ lane, people }) =>
    Array.from({ length: Math.ceil(people / BATCH_SIZE) }, () => lane),
  );
  const batches = await makeBatches(tx, editionId, due, wanted);
  await tx
    .insertInto('deliveries')
    .columns([
      'edition_id',
      'subscriber_id',
      'token',
      'batch_id',
      'lane',
      'variant',
      'state',
      'reason',
      'due_at',
    ])
    .expression(
      tx
        .selectFrom(readers.as('reader'))
        .select([
          sql<number>`${sql.lit(editionId)}`.as('edition_id'),
          'reader.subscriber_id',
          token(tx).as('token'),
          batchOf(tx, batches).as('batch_id'),
          'reader.lane',
          'reader.sections',
          sql<'queued'>`case when reader.reason is null then 'queued' else 'excluded' end`.as('state'),
          'reader.reason',
          sql<number>`${sql.lit(due.epochMilliseconds)}`.as('due_at'),
        ])
        // Rows of one batch lie together, in the order in which they will be read.
        .orderBy('reader.id'),
    )
    .execute();
  return batches.map(({ batchId, lane }) => ({ batchId, editionId, lane, dueAt: due.epochMilliseconds }));
}

/** Who is in the slice, why they get nothing, and their place in their lane. */
async function slicedReaders(
  tx: Db,
  { edition, newsletter, items }: Revision,
  { from, to }: Bounds,
  now: Temporal.Instant,
) {
  const slice = tx
    .selectFrom('subscriptions')
    .where('subscriptions.newsletter_id', '=', newsletter.id)
    .where('subscriptions.id', '>', from)
    .where('subscriptions.id', '<=', to)
    .where('subscriptions.state', 'in', ['active', 'paused'])
    .$if(edition.rhythm !== null, (query) => query.where('rhythm', '=', edition.rhythm));
  const choices = await slice.select('sections').distinct().execute();
  const empty = choices
    .map(({ sections }) => sections)
    .filter(
      (sections) => sections !== null && itemsForSections(items, JSON.parse(sections), newsletter) === null,
    );
  const asked = slice
    .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
    .leftJoin('suppressions', 'suppressions.address_key', 'subscribers.address_key')
    .select([
      'subscriptions.id',
      'subscriptions.subscriber_id',
      'subscriptions.sections',
      'subscribers.lane',
      sql<string | null>`case
        when suppressions.id is not null then 'suppressed'
        when subscriptions.state = 'paused'
          and (paused_until is null or paused_until > ${now.epochMilliseconds}) then 'paused'
        when ${empty.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`sections in (${sql.join(empty)})`} then 'no_section'
        when subscribers.email not like '_%@_%' or subscribers.email like '% %' then 'unsendable'
      end`.as('reason'),
    ]);
  return tx
    .selectFrom(asked.as('asked'))
    .selectAll()
    .select(sql<number>`row_number() over (partition by lane, reason is null order by id)`.as('place'));
}

interface Batch {
  batchId: number;
  lane: string;
}

/** One batch for each of the lanes `wanted`. */
async function makeBatches(
  tx: Db,
  editionId: number,
  due: Temporal.Instant,
  wanted: string[],
): Promise<Batch[]> {
  const batches: Batch[] = [];
  // One by one, since a RETURNING of many promises no order: some fifty a slice.
  for (const lane of wanted) {
    const { id } = await tx
      .insertInto('batches')
      .values({ edition_id: editionId, lane, due_at: due.epochMilliseconds, state: 'open' })
      .returning('id')
      .executeTakeFirstOrThrow();
    batches.push({ batchId: id, lane });
  }
  return batches;
}

/** The batch at a reader's place in their lane, looked up in one parameter: a join would scan it for each of them. */
function batchOf(tx: Db, batches: Batch[]) {
  const byLane = Object.entries(Object.groupBy(batches, ({ lane }) => lane)).map(
    ([lane, own = []]) => [lane, own.map(({ batchId }) => batchId)] as const,
  );
  const json = JSON.stringify(Object.fromEntries(byLane));
  const ordinal = sql`((reader.place - 1) / ${sql.lit(BATCH_SIZE)})`;
  const found = isPostgres(tx)
    ? sql<number>`(${json}::jsonb -> reader.lane ->> ${ordinal}::int)::bigint`
    : sql<number>`json_extract(${json}, '$."' || reader.lane || '"[' || ${ordinal} || ']')`;
  return sql<number | null>`case when reader.reason is null then ${found} end`;
}

/**
 * 32 hex digits. The first 8 are drawn once a slice, so that a slice's tokens lie together in their index; the 24
 * that follow come from the database's own generator of random numbers.
 */
function token(tx: Db) {
  const first = randomBytes(4).toString('hex');
  return isPostgres(tx)
    ? sql<string>`${first} || substr(replace(gen_random_uuid()::text, '-', ''), 9)`
    : sql<string>`${first} || lower(hex(randomblob(12)))`;
}
