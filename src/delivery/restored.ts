import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { BROADSHEET, hold, pause } from '../editions/life.ts';
import { rememberRestored } from '../installation.ts';

/** What was stopped because a copy may not know that it has gone out. */
export interface Stopped {
  /** `morning/2026-11-24`. */
  edition: string;
  /** Paused in the middle, or held before it began. */
  as: 'paused' | 'held';
  /** How many would get it, as this copy knows. */
  people: number;
}

/** Deliveries due for so long without any outcome, and nobody at work since: this is no outage but a copy. */
const SILENCE = 2 * 3_600_000;

/**
 * Makes sure that a database put back from a copy sends nothing by itself: what it believes to be going out is paused
 * (`restored`), what it believes to be due is held, and sending is off until `broadsheet adopt`. A person decides, who
 * knows what left after the copy was made.
 */
export function markRestored(db: Db, now: Temporal.Instant): Promise<Stopped[]> {
  return db.transaction().execute(async (tx) => {
    const editions = await tx
      .selectFrom('editions')
      .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
      .select([
        'editions.id',
        'editions.state',
        'editions.name',
        'newsletters.slug',
        'newsletters.id as newsletterId',
      ])
      .where((eb) =>
        eb.or([
          eb('editions.state', '=', 'sending'),
          eb.and([
            eb('editions.state', 'in', ['draft', 'approved']),
            eb('editions.slot_at', '<=', now.epochMilliseconds),
          ]),
        ]),
      )
      .orderBy('editions.id')
      .execute();
    const stopped: Stopped[] = [];
    for (const { id, state, slug, name, newsletterId } of editions) {
      const edition = `${slug}/${name}`;
      if (state === 'sending') {
        const people = await openDeliveries(tx, id);
        const note = `This database was put back from a copy: ${people} people have not had it as far as the copy knows`;
        await pause(tx, id, 'restored', note, BROADSHEET, now);
        stopped.push({ edition, as: 'paused', people });
      } else {
        const note = 'This database was put back from a copy: it may have gone out already';
        await hold(tx, id, note, BROADSHEET, now);
        stopped.push({ edition, as: 'held', people: await activeReaders(tx, newsletterId) });
      }
    }
    await rememberRestored(tx, now);
    return stopped;
  });
}

/**
 * Whether this database looks like a copy that somebody put back by other means: mail has been due for two hours,
 * nothing came of any, and no program worked on it in that time. To be asked before the clock and the senders start.
 */
export async function looksRestored(db: Db, now: Temporal.Instant): Promise<boolean> {
  const before = now.epochMilliseconds - SILENCE;
  const due = await db
    .selectFrom('batches')
    .innerJoin('editions', 'editions.id', 'batches.edition_id')
    .select('batches.id')
    // In the words of the partial index `batches_due`.
    .where(sql<boolean>`batches.state <> 'done'`)
    .where('batches.due_at', '<=', before)
    .where('editions.state', '=', 'sending')
    .limit(1)
    .executeTakeFirst();
  if (due === undefined) return false;
  const { last } = await db
    .selectFrom('job_runs')
    .select((eb) => eb.fn.max('at').as('last'))
    .executeTakeFirstOrThrow();
  if (last !== null && last > before) return false;
  const outcome = await db
    .selectFrom('deliveries')
    .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
    .select('deliveries.id')
    .where('editions.state', '=', 'sending')
    .where((eb) =>
      eb.or([eb('deliveries.sent_at', '>', before), eb('deliveries.first_tried_at', '>', before)]),
    )
    .limit(1)
    .executeTakeFirst();
  return outcome === undefined;
}

async function openDeliveries(tx: Db, editionId: number): Promise<number> {
  const { people } = await tx
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('people'))
    .where('edition_id', '=', editionId)
    .where('state', 'in', ['queued', 'deferred'])
    .executeTakeFirstOrThrow();
  return people;
}

async function activeReaders(tx: Db, newsletterId: number): Promise<number> {
  const { people } = await tx
    .selectFrom('subscriptions')
    .select((eb) => eb.fn.countAll<number>().as('people'))
    .where('newsletter_id', '=', newsletterId)
    .where('state', '=', 'active')
    .executeTakeFirstOrThrow();
  return people;
}
