import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { isPostgres } from '../database/dialect.ts';
import { guardedFetch } from '../sources/guarded-fetch.ts';
import { type Check, done, failed, look } from './check.ts';

/** What another clock showed, and ours at the same moment. */
export interface ClockReading {
  /** Whose: `mail.example`. */
  of: string;
  theirs: Temporal.Instant;
  ours: Temporal.Instant;
}

/** A header tells whole seconds: so much is no difference, ms. */
const ROUNDING = 1_000;
const NOTABLE = 5_000;
const WRONG = 60_000;

/**
 * Whether this machine's clock is right, as far as others tell: editions leave by it, and Date is judged by receivers.
 * @param relays what relays said when they greeted.
 */
export async function checkClock(context: Context, relays: ClockReading[]): Promise<Check[]> {
  const others = await Promise.all([askSource(context), askPages(context), askDatabase(context)]);
  return judgeClock([...relays, ...others.filter((reading) => reading !== null)]);
}

/** Pure. One clock that differs from ours may be wrong itself: what most say counts. */
export function judgeClock(readings: ClockReading[]): Check[] {
  if (readings.length === 0) return [];
  const sorted = readings
    .map(({ of, theirs, ours }) => ({ of, behind: theirs.epochMilliseconds - ours.epochMilliseconds }))
    .sort((one, other) => Math.abs(one.behind) - Math.abs(other.behind));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as (typeof sorted)[number];
  const off = Math.max(0, Math.abs(middle.behind) - ROUNDING);
  const names = readings.map(({ of }) => of).join(', ');
  if (off <= NOTABLE) return [done('clock', `as that of ${names}`)];
  const found = `${words(off)} ${middle.behind > 0 ? 'behind' : 'ahead of'} that of ${middle.of}`;
  const todo = 'set it by the network: timedatectl set-ntp true';
  return [off > WRONG ? failed('clock', found, todo) : look('clock', found, todo)];
}

function words(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60).toLocaleString('en')} minutes`;
}

/** The newest source on the web that can be read: surely another's server. */
async function askSource({ db, config, now }: Context): Promise<ClockReading | null> {
  const source = await db
    .selectFrom('sources')
    .select(['url', 'etag', 'last_modified'])
    .where('url', 'like', 'http%')
    .where('failures', '=', 0)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!source?.url) return null;
  const { url, etag, last_modified: lastModified } = source;
  try {
    const { date } = await guardedFetch(url, { config, etag, lastModified, within: 5_000 });
    return reading(new URL(url).hostname, date, now());
  } catch {
    // What is wrong with a source is said elsewhere.
    return null;
  }
}

async function askPages({ config, now }: Context): Promise<ClockReading | null> {
  const { publicUrl } = config;
  const signal = AbortSignal.timeout(5_000);
  const answer = await fetch(`${publicUrl}/healthz`, { redirect: 'manual', signal }).catch(() => null);
  await answer?.body?.cancel();
  return reading(new URL(publicUrl).hostname, answer?.headers.get('date') ?? null, now());
}

async function askDatabase({ db, now }: Context): Promise<ClockReading | null> {
  if (!isPostgres(db)) return null;
  const { rows } = await sql<{
    at: number;
  }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as at`.execute(db);
  const at = rows[0]?.at;
  if (at === undefined) return null;
  return { of: 'the database', theirs: Temporal.Instant.fromEpochMilliseconds(Number(at)), ours: now() };
}

/**
 * What another machine's clock showed; null: it told none, or it is this machine, whose clock is ours.
 * @param date as HTTP and mail have it: `Tue, 24 Nov 2026 07:00:00 GMT`.
 */
export function reading(host: string, date: string | null, ours: Temporal.Instant): ClockReading | null {
  const at = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(at) || /^(localhost|127\.|\[?::1)/.test(host)) return null;
  return { of: host, theirs: Temporal.Instant.fromEpochMilliseconds(at), ours };
}
