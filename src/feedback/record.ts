import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { BounceKind } from '../database/tables/bounces.ts';
import { countBounce } from '../delivery/refusals.ts';
import { maskAddress, withoutAddresses } from '../log.ts';
import { leaveEverything, leaveNewsletter } from '../subscribers/leave.ts';
import { suppress } from '../subscribers/suppression.ts';
import { calmStorm } from './calm-storm.ts';
import { type FoundDelivery, findDelivery } from './find-delivery.ts';
import type { DeliveryNames } from './names.ts';
import type { Bounce } from './read-bounce.ts';
import type { Feedback } from './read-report.ts';

/** What became of a report. */
export type Recorded =
  /** It says nothing that would be kept: a warning, an absence, an arrival. */
  | 'nothing'
  /** It names no delivery of ours. */
  | 'not ours'
  | 'counted before'
  | 'counted'
  /** The address gets no more mail. */
  | 'suppressed'
  /** They have left one newsletter, or all. */
  | 'left';

type Origin = 'mail' | 'webhook';

/**
 * Writes down what came back of a delivery and does what follows from it, once: the same report again changes nothing.
 * @param origin how it came: what the record of consent says of who left by it.
 */
export async function recordFeedback(
  context: Context,
  feedback: Feedback,
  origin: Origin,
): Promise<Recorded> {
  const { report, names } = feedback;
  switch (report.kind) {
    case 'arrived':
    case 'auto-reply':
    case 'other':
      return 'nothing';
    case 'bounce':
      return report.final ? recordBounce(context, report, names) : 'nothing';
    case 'complaint':
      if (report.type === 'none') return 'nothing';
      return report.type === 'opt-out'
        ? recordLeaving(context, names, `opt-out by ${origin}`)
        : recordComplaint(context, names, report.feedbackType);
    case 'leave':
      return recordLeaving(context, names, origin);
  }
}

async function recordBounce(context: Context, bounce: Bounce, names: DeliveryNames): Promise<Recorded> {
  const { db, now, log } = context;
  const delivery = await findDelivery(db, names);
  if (delivery === undefined) return recordNotice(context, bounce, names);
  const text = withoutAddresses(bounce.said);
  const recorded = await db.transaction().execute(async (tx): Promise<Recorded> => {
    if (!(await keep(tx, delivery, bounce.severity, { ...bounce, text }, now()))) return 'counted before';
    if (bounce.severity === 'policy' || (await hasMovedSince(tx, delivery))) return 'counted';
    const kind = bounce.reason === 'unknown host' ? 'no_host' : bounce.severity === 'hard' ? 'gone' : 'soft';
    const suppressed = await countBounce(tx, { deliveryId: delivery.id, kind, code: codeOf(bounce) }, now());
    if (suppressed !== null) return 'suppressed';
    if (kind === 'gone') await calmStorm(tx, delivery, now());
    return 'counted';
  });
  const { severity, reason } = bounce;
  log[recorded === 'suppressed' ? 'info' : 'debug'](
    { edition: `${delivery.slug}/${delivery.name}`, severity, reason, said: text },
    recorded === 'suppressed' ? 'Came back: the address gets no more mail' : `Came back: ${recorded}`,
  );
  return recorded;
}

/** A confirmation that nobody gets leads to no reader, and suppresses nobody: it says only that it came back. */
async function recordNotice(
  { db, log }: Context,
  bounce: Bounce,
  { tokens }: DeliveryNames,
): Promise<Recorded> {
  if (tokens.length === 0) return 'not ours';
  const response = bounce.said.slice(0, 500);
  const returned = await db
    .updateTable('notices')
    .set({ state: 'refused', response })
    .where('token', 'in', tokens)
    .where('state', '=', 'sent')
    .returning(['kind', 'to_address'])
    .executeTakeFirst();
  if (returned === undefined) return 'not ours';
  const { kind, to_address } = returned;
  log.warn(
    { notice: kind, to: maskAddress(to_address), reason: bounce.reason, said: withoutAddresses(response) },
    'A notice came back',
  );
  return 'counted';
}

/** Whoever calls one edition spam wants none: all newsletters of the publisher are left. */
async function recordComplaint(context: Context, names: DeliveryNames, type: string): Promise<Recorded> {
  const { db, now, log } = context;
  const delivery = await findDelivery(db, names);
  if (delivery === undefined) return 'not ours';
  if (await isKept(db, delivery, 'complaint')) return 'counted before';
  const person = await personOf(db, delivery);
  if (person !== undefined) {
    await leaveEverything(db, person.token, { source: 'complaint' }, now());
    const note = `called spam (${type})`;
    if (!(await hasMovedSince(db, delivery)))
      await suppress(db, person.email, 'complaint', now(), { who: 'broadsheet', note });
  }
  // Last: killed before it, all of this is done again, and is the same.
  await keep(db, delivery, 'complaint', { reason: type, status: null, text: null }, now());
  log.info(
    { edition: `${delivery.slug}/${delivery.name}`, type },
    'A reader complained: they have left all newsletters',
  );
  return 'suppressed';
}

async function recordLeaving(context: Context, names: DeliveryNames, source: string): Promise<Recorded> {
  const { db, now, log } = context;
  const delivery = await findDelivery(db, names);
  if (delivery === undefined) return 'not ours';
  if (await isKept(db, delivery, 'left')) return 'counted before';
  const person = await personOf(db, delivery);
  if (person !== undefined)
    await leaveNewsletter(db, person.token, delivery.newsletter_id, { source }, now());
  await keep(db, delivery, 'left', { reason: source, status: null, text: null }, now());
  log.info({ edition: `${delivery.slug}/${delivery.name}`, by: source }, 'A reader left');
  return 'left';
}

/** @returns whether it was not there before. */
async function keep(
  db: Db,
  { id, edition_id }: FoundDelivery,
  kind: BounceKind,
  { reason, status, text }: { reason: string; status: string | null; text: string | null },
  now: Temporal.Instant,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('bounces')
    .values({ delivery_id: id, edition_id, kind, reason, status, text, at: now.epochMilliseconds })
    .onConflict((conflict) => conflict.columns(['delivery_id', 'kind']).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

async function isKept(db: Db, { id }: FoundDelivery, kind: BounceKind): Promise<boolean> {
  const row = await db
    .selectFrom('bounces')
    .select('id')
    .where('delivery_id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst();
  return row !== undefined;
}

/** What a former address says is not true of the present one. */
async function hasMovedSince(db: Db, { subscriber_id, first_tried_at }: FoundDelivery): Promise<boolean> {
  const moved = await db
    .selectFrom('consents')
    .select('id')
    .where('subscriber_id', '=', subscriber_id)
    .where('what', '=', 'moved')
    .where('at', '>=', first_tried_at ?? 0)
    .executeTakeFirst();
  return moved !== undefined;
}

async function personOf(db: Db, { subscriber_id }: FoundDelivery) {
  return db
    .selectFrom('subscribers')
    .select(['token', 'email'])
    .where('id', '=', subscriber_id)
    .executeTakeFirst();
}

/** `550 5.1.1`, or what of it is known. */
function codeOf({ said, status }: Bounce): string | null {
  const code = /(?:^|\s)([45]\d\d)(?=[ -])/.exec(said)?.[1];
  return [code, status].filter((part) => part != null).join(' ') || null;
}
