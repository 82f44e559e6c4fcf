import { type SqlBool, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import { BROADSHEET, pause } from '../editions/life.ts';
import { staleAfter } from '../newsletters/expiry.ts';
import { durationInWords } from '../newsletters/file.ts';
import { getNewsletter } from '../newsletters/newsletter.ts';
import { freshFrom, isNotOut, openBatches } from './open-deliveries.ts';

/**
 * Pauses (`stale`) each edition with a copy that has not been tried so long after it was due: a person decides whether
 * such old news still goes out. Whoever lets it go on has decided for as long again.
 * @returns how many editions.
 */
export async function pauseStale({ db, now, log }: Pick<Context, 'db' | 'now' | 'log'>): Promise<number> {
  const at = now().epochMilliseconds;
  const editions = await db
    .selectFrom('editions')
    .select(['id', 'newsletter_id', 'rhythm', 'state_at'])
    .where('state', '=', 'sending')
    .execute();
  let paused = 0;
  for (const { id, newsletter_id, rhythm, state_at } of editions) {
    const { timing, time_zone, slug } = await getNewsletter(db, newsletter_id);
    const age = staleAfter(rhythm, timing);
    if (state_at > at - age) continue;
    const { people, oldest } = await untried(db, id, at - age);
    if (people === 0 || oldest === null) continue;
    const copies = people === 1 ? '1 copy was' : `${people.toLocaleString('en')} copies were`;
    const since = clock(oldest, at, time_zone);
    const note = `${copies} due over ${durationInWords(age)} ago (since ${since}) and not tried yet`;
    if (!(await pause(db, id, 'stale', note, BROADSHEET, now()))) continue;
    paused++;
    log.error({ newsletter: slug, people }, `An edition is paused: ${note}`);
  }
  return paused;
}

/** Copies that were due before `before`, never tried and are not out, and since when the oldest has waited. */
async function untried(
  db: Db,
  editionId: number,
  before: number,
): Promise<{ people: number; oldest: number | null }> {
  return (
    db
      .selectFrom('deliveries')
      .select((eb) => [
        eb.fn.countAll<number>().as('people'),
        sql<number | null>`min(${freshFrom})`.as('oldest'),
      ])
      // In the words of the partial index `deliveries_batch`.
      .where(sql<SqlBool>`deliveries.state = 'queued'`)
      .where('batch_id', 'in', openBatches(db, editionId).where('batches.due_at', '<=', before))
      .where('tries', '=', 0)
      .where(sql<SqlBool>`${freshFrom} <= ${before}`)
      .where(isNotOut)
      .executeTakeFirstOrThrow()
  );
}

/** `07:00`; with its date when that is not today's. */
function clock(at: number, now: number, timeZone: string): string {
  const local = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const time = local(at).toPlainTime().toString({ smallestUnit: 'minute' });
  const day = local(at).toPlainDate();
  return day.equals(local(now).toPlainDate()) ? time : `${day}, ${time}`;
}
