import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { DeliveryState } from '../database/tables/deliveries.ts';
import { maskUrl } from '../log.ts';

/** The log's line for an edition that begins to go out: which, to how many, over which relay. */
export async function logGoingOut(
  { db, log, secrets }: Pick<Context, 'db' | 'log' | 'secrets'>,
  editionId: number,
): Promise<void> {
  const count = await countByState(db, editionId);
  const people = count('queued', 'deferred', 'sent', 'refused', 'expired', 'unknown');
  const relays = secrets.smtpUrls.map(maskUrl);
  log.info({ edition: await nameOf(db, editionId), people, leftOut: count('excluded'), relays }, 'Going out');
}

/** The log's line for an edition of which nothing is open any more: what became of everybody. */
export async function logSent({ db, log }: Pick<Context, 'db' | 'log'>, editionId: number): Promise<void> {
  const count = await countByState(db, editionId);
  const figures = {
    sent: count('sent'),
    refused: count('refused'),
    leftOut: count('excluded'),
    expired: count('expired'),
    unknown: count('unknown'),
  };
  log.info({ edition: await nameOf(db, editionId), ...figures }, 'Sent');
}

async function countByState(db: Db, editionId: number): Promise<(...states: DeliveryState[]) => number> {
  const rows = await db
    .selectFrom('deliveries')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .where('edition_id', '=', editionId)
    .groupBy('state')
    .execute();
  return (...states) =>
    rows.filter(({ state }) => states.includes(state)).reduce((sum, { count }) => sum + count, 0);
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
