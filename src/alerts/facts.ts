import type { Selectable } from 'kysely';
import { clockEndedAt } from '../clock-end.ts';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { EditionTable } from '../database/tables/editions.ts';
import { type SigningFault, signingFault } from '../delivery/dkim/missing-key.ts';
import { countSenders } from '../delivery/senders.ts';
import { previousSlots } from '../editions/slots.ts';
import { sendingAllowed } from '../installation.ts';
import { listNewsletters } from '../newsletters/newsletter.ts';
import { type EndedEdition, endedEditions } from './ended-well.ts';

/** What the state of the system is judged by; all instants ms UTC. */
export interface Facts {
  now: number;
  /** Whether SMTP_URL is set. */
  relay: boolean;
  /** Why nothing may leave (another PUBLIC_URL, another key); null: it may. */
  sendingOff: string | null;
  /** Why mail of a newsletter that runs by the clock cannot be signed; null: it can. */
  unsigned: SigningFault | null;
  /** Whether any newsletter runs by the clock. */
  publishing: boolean;
  /** Editions that are neither sent, skipped nor stopped. */
  editions: (Pick<
    Selectable<EditionTable>,
    'id' | 'state' | 'paused_reason' | 'state_note' | 'state_by' | 'state_at' | 'slot_at' | 'sending_at'
  > & { name: string; approval: 'automatic' | 'required'; enabled: boolean })[];
  /** Of each newsletter's rhythms the last edition that is over, if it did not end as it should. */
  lost: Pick<EndedEdition, 'id' | 'name' | 'slug' | 'state' | 'note'>[];
  /** Slots that have passed and have no edition at all. */
  missing: { newsletter: string; at: number; timeZone: string }[];
  /** How many senders live, and since when the oldest message waits for one; null: none waits. */
  senders: number;
  waitingSince: number | null;
  /** Messages to be tried again whose time has long come. */
  retriesSince: number | null;
  noticesSince: number | null;
  /** Mailbox providers that are left alone because they refuse us, and until when. */
  lanesAside: { lane: string; until: number; response: string }[];
  sources: { id: number; name: string; failures: number; lastError: string | null }[];
  /** When a clock last stopped in order, on whatever machine; null: none did. */
  clockEndedAt: number | null;
  jobs: {
    name: string;
    /** Its latest run; `finishedAt` null: it has not come to its end. */
    latest: { startedAt: number; finishedAt: number | null };
    /** What the last run that came to its end says went wrong; null: nothing. */
    error: string | null;
    /** When a run that ended well last began; null: none did. */
    wellAt: number | null;
  }[];
}

/** Reads all facts: a handful of small queries, none that grows with the number of readers. */
export async function gatherFacts(
  context: Pick<Context, 'db' | 'config' | 'secrets' | 'now'>,
): Promise<Facts> {
  const { db, secrets } = context;
  const now = context.now();
  const at = now.epochMilliseconds;
  const newsletters = await listNewsletters(db);
  const sending = await sendingAllowed(context);
  const running = newsletters.filter((newsletter) => newsletter.enabled);

  const open = await db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select([
      'editions.id',
      'newsletter_id',
      'slug',
      'editions.name',
      'state',
      'paused_reason',
      'state_note',
      'state_by',
      'state_at',
      'slot_at',
      'sending_at',
    ])
    .where('state', 'in', ['draft', 'approved', 'held', 'sending', 'paused'])
    .execute();

  // A day back is enough: what is older was seen then.
  const since = now.subtract({ hours: 24 });
  const taken = await db
    .selectFrom('editions')
    .select(['newsletter_id', 'slot_at'])
    .where('slot_at', '>=', since.epochMilliseconds)
    .execute();
  const missing = running.flatMap((newsletter) =>
    previousSlots(newsletter, now, 24)
      .map((slot) => slot.at.epochMilliseconds)
      .filter((slotAt) => slotAt > Math.max(newsletter.enabledAt, since.epochMilliseconds))
      .filter((slotAt) => !taken.some((row) => row.newsletter_id === newsletter.id && row.slot_at === slotAt))
      .map((slotAt) => ({ newsletter: newsletter.slug, at: slotAt, timeZone: newsletter.time_zone })),
  );

  const ended = await endedEditions(db, now.subtract({ hours: 48 }).epochMilliseconds);
  const last = new Map(ended.map((edition) => [`${edition.newsletterId} ${edition.rhythm}`, edition]));
  const lost = [...last.values()].filter(({ well }) => !well);

  const waiting = await db
    .selectFrom('batches')
    .innerJoin('editions', 'editions.id', 'batches.edition_id')
    .select((eb) => eb.fn.min<number | null>('batches.due_at').as('since'))
    .where('batches.state', '<>', 'done')
    .where('editions.state', '=', 'sending')
    .executeTakeFirst();
  const retries = await db
    .selectFrom('deliveries')
    .innerJoin('editions', 'editions.id', 'deliveries.edition_id')
    .select((eb) => eb.fn.min<number | null>('deliveries.due_at').as('since'))
    .where('deliveries.state', '=', 'deferred')
    .where('editions.state', '=', 'sending')
    .executeTakeFirst();
  const notices = await db
    .selectFrom('notices')
    .select((eb) => eb.fn.min<number | null>('due_at').as('since'))
    .where('state', '=', 'queued')
    .where('expires_at', '>', at)
    .executeTakeFirst();

  const lanesAside = await db
    .selectFrom('lanes')
    .select(['lane', 'aside_until as until', 'response'])
    .where('aside_until', '>', at)
    .orderBy('lane')
    .execute();
  const sources = await db
    .selectFrom('sources')
    .select(['id', 'name', 'failures', 'last_error'])
    .where('failures', '>', 0)
    .execute();
  const jobNames = await db.selectFrom('job_runs').select('job').distinct().execute();
  const jobs = await Promise.all(jobNames.map(({ job }) => gatherJob(db, job)));

  return {
    now: at,
    relay: secrets.smtpUrl !== null,
    sendingOff: sending.allowed ? null : sending.reason,
    unsigned: signingFault(running, context),
    publishing: running.length > 0,
    editions: open.map(({ slug, name, newsletter_id, ...edition }) => {
      const newsletter = newsletters.find(({ id }) => id === newsletter_id);
      const { approval = 'automatic', enabled = true } = newsletter ?? {};
      return { ...edition, name: `${slug}/${name}`, approval, enabled };
    }),
    lost,
    missing,
    senders: await countSenders(db, at),
    waitingSince: waiting?.since ?? null,
    retriesSince: retries?.since ?? null,
    noticesSince: notices?.since ?? null,
    lanesAside,
    sources: sources.map((source) => ({
      id: source.id,
      name: source.name,
      failures: source.failures,
      lastError: source.last_error,
    })),
    clockEndedAt: await clockEndedAt(db),
    jobs,
  };
}

async function gatherJob(db: Db, name: string): Promise<Facts['jobs'][number]> {
  const newest = db.selectFrom('job_runs').where('job', '=', name).orderBy('at', 'desc').limit(1);
  const latest = await newest
    .select(['started_at as startedAt', 'finished_at as finishedAt'])
    .executeTakeFirstOrThrow();
  const finished = newest.where('finished_at', 'is not', null);
  const ended = await finished.select('error').executeTakeFirst();
  const well = await finished.where('error', 'is', null).select('started_at').executeTakeFirst();
  return { name, latest, error: ended?.error ?? null, wellAt: well?.started_at ?? null };
}
