import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { DeliveryState } from '../database/tables/deliveries.ts';
import { maskUrl } from '../log.ts';
import { audienceSlices } from './audience-slices.ts';

/** People a statement, so that a million of them keep nobody waiting. */
const SLICE = 20_000;

/** The log's line for an edition that begins to go out: which, to how many, over which relay. */
export async function logGoingOut(
  { db, log, secrets }: Pick<Context, 'db' | 'log' | 'secrets'>,
  editionId: number,
): Promise<void> {
  const count = await countByState(db, editionId, SLICE);
  const people = count('queued', 'deferred', 'sent', 'refused', 'expired', 'unknown');
  const relays = secrets.smtpUrls.map(maskUrl);
  log.info({ edition: await nameOf(db, editionId), people, leftOut: count('excluded'), relays }, 'Going out');
}

/** The log's line for an edition of which nothing is open any more: what became of everybody. */
export async function logSent(
  { db, log }: Pick<Context, 'db' | 'log'>,
  editionId: number,
  { slice = SLICE }: { slice?: number } = {},
): Promise<void> {
  const count = await countByState(db, editionId, slice);
  const figures = {
    sent: count('sent'),
    refused: count('refused'),
    leftOut: count('excluded'),
    expired: count('expired'),
    unknown: count('unknown'),
  };
  log.info({ edition: await nameOf(db, editionId), ...figures }, 'Sent');
}

async function countByState(
  db: Db,
  editionId: number,
  slice: number,
): Promise<(...states: DeliveryState[]) => number> {
  const counts = new Map<DeliveryState, number>();
  for await (const { from, to } of audienceSlices(db, editionId, slice)) {
    const rows = await db
      .selectFrom('deliveries')
      .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
      .where('edition_id', '=', editionId)
      .where('subscriber_id', '>', from)
      .where('subscriber_id', '<=', to)
      .groupBy('state')
      .execute();
    for (const { state, count } of rows) counts.set(state, (counts.get(state) ?? 0) + count);
    // SQLite answers in this very process, and what has come meanwhile has its turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return (...states) => states.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);
}

async function nameOf(db: Db, editionId: number): Promise<string> {
  const { slug, name } = await db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select(['newsletters.slug', 'editions.name'])
    .where('editions.id', '=', editionId)
    .executeTakeFirstOrThrow();
  return `${slug}/${name}`;
}
