import type { Context } from '../src/context.ts';
import type { Db } from '../src/database/connect.ts';
import { forgetRefusals } from '../src/delivery/refusals.ts';

// Once a night, at a time when hardly any newsletter goes out.
export const schedule = '17 3 * * *';

/** How long things are kept that nobody needs for their work any more. */
const KEPT_DAYS = {
  /** The clock's log, which grows by 25,000 lines a day. */
  jobRuns: 2,
  problems: 90,
  /** Confirmations, tests, alarms that have been sent, or never will be: they hold addresses. */
  notices: 30,
  /** Bookkeeping of sending; the deliveries themselves stay. */
  batches: 7,
  /** Who asked to join and never confirmed: nobody agreed to keep them. */
  unconfirmed: 30,
  /** Where a consent came from, beyond its proof (GDPR art. 5(1)(e)). */
  addresses: 90,
  audit: 800,
};

/** Removes what is past its time, in slices, so that nobody waits for it. */
export async function run({ db, now, log }: Context, signal: AbortSignal): Promise<void> {
  const before = (days: number) => now().subtract({ hours: 24 * days }).epochMilliseconds;
  const counts = {
    jobRuns: await slices(signal, () => pruneJobRuns(db, before(KEPT_DAYS.jobRuns))),
    problems: await slices(signal, () => pruneProblems(db, before(KEPT_DAYS.problems))),
    notices: await slices(signal, () => pruneNotices(db, before(KEPT_DAYS.notices))),
    batches: await slices(signal, () => pruneBatches(db, before(KEPT_DAYS.batches))),
    pending: await slices(signal, () => prunePending(db, before(KEPT_DAYS.unconfirmed))),
    people: await slices(signal, () => pruneStrangers(db, before(KEPT_DAYS.unconfirmed))),
    addresses: await slices(signal, () => forgetAddresses(db, before(KEPT_DAYS.addresses))),
    audit: await slices(signal, () => pruneAudit(db, before(KEPT_DAYS.audit))),
    refusals: await slices(signal, () => forgetRefusals(db, now(), SLICE)),
  };
  if (Object.values(counts).some((count) => count > 0)) log.info(counts, 'Pruned');
}

const SLICE = 1000;

/** Repeats `prune`, which removes at most a slice and says how many, until nothing is left or the program stops. */
async function slices(
  signal: AbortSignal,
  prune: () => Promise<{ numDeletedRows: bigint }>,
): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const removed = Number((await prune()).numDeletedRows);
    total += removed;
    if (removed < SLICE) break;
  }
  return total;
}

function pruneJobRuns(db: Db, before: number) {
  const old = db.selectFrom('job_runs').select('at').where('at', '<', before).orderBy('at').limit(SLICE);
  // A slice ends at an instant, not within one: several jobs run at the same.
  const last = db.selectFrom(old.as('old')).select((eb) => eb.fn.max('old.at').as('at'));
  return db.deleteFrom('job_runs').where('at', '<=', last).executeTakeFirst();
}

function pruneProblems(db: Db, before: number) {
  return db.deleteFrom('problems').where('over_at', '<', before).executeTakeFirst();
}

function pruneNotices(db: Db, before: number) {
  const old = db
    .selectFrom('notices')
    .select('id')
    .where((eb) =>
      eb.or([
        eb.and([eb('state', '<>', 'queued'), eb('created_at', '<', before)]),
        eb('expires_at', '<', before),
      ]),
    )
    .limit(SLICE);
  return db.deleteFrom('notices').where('id', 'in', old).executeTakeFirst();
}

function pruneBatches(db: Db, before: number) {
  const old = db
    .selectFrom('batches')
    .select('id')
    .where('state', '=', 'done')
    .where('due_at', '<', before)
    .limit(SLICE);
  return db.deleteFrom('batches').where('id', 'in', old).executeTakeFirst();
}

function prunePending(db: Db, before: number) {
  const old = db
    .selectFrom('subscriptions')
    .select('id')
    .where('state', '=', 'pending')
    // Who left once must stay known as having left, whatever a stranger asked in their name since.
    .where('left_at', 'is', null)
    .where('created_at', '<', before)
    .limit(SLICE);
  return db.deleteFrom('subscriptions').where('id', 'in', old).executeTakeFirst();
}

/** People without any subscription who never agreed to anything. Who left is kept: they must stay left. */
function pruneStrangers(db: Db, before: number) {
  const strangers = db
    .selectFrom('subscribers')
    .select('subscribers.id')
    .where('created_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('subscriptions')
            .select('subscriptions.id')
            .whereRef('subscriptions.subscriber_id', '=', 'subscribers.id'),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('consents')
            .select('consents.id')
            .whereRef('consents.subscriber_id', '=', 'subscribers.id')
            .where('what', '<>', 'asked'),
        ),
      ),
    )
    .limit(SLICE);
  return db.deleteFrom('subscribers').where('id', 'in', strangers).executeTakeFirst();
}

async function forgetAddresses(db: Db, before: number) {
  const old = db
    .selectFrom('consents')
    .select('id')
    .where('ip', 'is not', null)
    .where('at', '<', before)
    .limit(SLICE);
  const { numUpdatedRows } = await db
    .updateTable('consents')
    .set({ ip: null })
    .where('id', 'in', old)
    .executeTakeFirst();
  return { numDeletedRows: numUpdatedRows };
}

function pruneAudit(db: Db, before: number) {
  const old = db.selectFrom('audit').select('id').where('at', '<', before).limit(SLICE);
  return db.deleteFrom('audit').where('id', 'in', old).executeTakeFirst();
}
