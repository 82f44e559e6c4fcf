import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import { isPostgres } from '../database/dialect.ts';
import type { SubscriptionState } from '../database/tables/subscribers.ts';
import { addressKey } from './address.ts';

/** A reader of one newsletter, in a line. */
export interface ReaderLine {
  email: string;
  name: string | null;
  newsletter: string;
  rhythm: string;
  sections: string[] | null;
  /** `suppressed` before all others: no mail goes there. */
  state: SubscriptionState | 'suppressed';
  /** ms UTC. */
  pausedUntil: number | null;
  since: number;
}

/** What a list of readers is about. */
export interface ReaderFilter {
  newsletterId?: number | undefined;
  state?: ReaderLine['state'] | undefined;
  /** Part of an address or a name, in any case. */
  matching?: string | undefined;
}

/** How many readers there are in each state; a pause that is over counts as active. */
export async function countReaders(
  db: Db,
  filter: ReaderFilter,
  now: Temporal.Instant,
): Promise<Partial<Record<ReaderLine['state'], number>>> {
  const rows = await readers(db, filter, now)
    .select((eb) => [stateNow(now).as('standing'), eb.fn.countAll<number>().as('count')])
    // By its name: PostgreSQL would not see that an expression with parameters is the same one.
    .groupBy('standing')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.standing, row.count]));
}

/** The newest readers first. */
export async function listReaders(
  db: Db,
  filter: ReaderFilter,
  most: number,
  now: Temporal.Instant,
): Promise<ReaderLine[]> {
  const rows = await readers(db, filter, now)
    .select([
      'subscribers.email',
      'subscribers.name',
      'newsletters.slug',
      'subscriptions.rhythm',
      'subscriptions.sections',
      'subscriptions.paused_until',
      'subscriptions.created_at',
      'subscriptions.confirmed_at',
      stateNow(now).as('state'),
    ])
    .orderBy('subscriptions.id', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => ({
    email: row.email,
    name: row.name,
    newsletter: row.slug,
    rhythm: row.rhythm,
    sections: row.sections === null ? null : (JSON.parse(row.sections) as string[]),
    state: row.state,
    pausedUntil: row.state === 'paused' ? row.paused_until : null,
    since: row.confirmed_at ?? row.created_at,
  }));
}

/** Everything that is kept about one person, newest acts first. */
export async function consentsOf(db: Db, subscriberId: number) {
  return db
    .selectFrom('consents')
    .leftJoin('newsletters', 'newsletters.id', 'consents.newsletter_id')
    .select([
      'consents.at',
      'consents.what',
      'newsletters.slug as newsletter',
      'consents.source',
      'consents.ip',
      'consents.page',
      'consents.wording',
      'consents.language',
      'consents.user_agent as userAgent',
    ])
    .where('subscriber_id', '=', subscriberId)
    .orderBy('consents.id', 'desc')
    .execute();
}

/** Addresses that stand next to `email` in the alphabet: where to look for what was meant. */
export async function neighboursOf(db: Db, email: string): Promise<string[]> {
  const key = addressKey(email);
  const near = db.selectFrom('subscribers').select('email').limit(50);
  const after = await near.where('email_key', '>=', key).orderBy('email_key').execute();
  const before = await near.where('email_key', '<', key).orderBy('email_key', 'desc').execute();
  return [...before, ...after].map((row) => row.email);
}

function readers(db: Db, { newsletterId, state, matching }: ReaderFilter, now: Temporal.Instant) {
  let query = db
    .selectFrom('subscriptions')
    .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
    .innerJoin('newsletters', 'newsletters.id', 'subscriptions.newsletter_id')
    .leftJoin('suppressions', 'suppressions.address_key', 'subscribers.address_key');
  if (newsletterId !== undefined) query = query.where('subscriptions.newsletter_id', '=', newsletterId);
  if (state !== undefined) query = query.where(stateNow(now), '=', state);
  if (matching !== undefined) {
    const part = `%${matching
      .normalize('NFC')
      .toLowerCase()
      .replace(/[\\%_]/g, '\\$&')}%`;
    const key = sql<boolean>`subscribers.email_key like ${part} escape '\\'`;
    query = query.where((eb) => eb.or([key, nameHolds(db, matching)]));
  }
  return query;
}

/**
 * Whether a name holds `text` in any case. Every case of every letter is written out, because only ASCII has cases for
 * SQLite, and for a PostgreSQL whose locale is C.
 */
function nameHolds(db: Db, text: string) {
  const characters = [...text.normalize('NFC')].map((character) => {
    const cases = [character, character.toLowerCase(), character.toUpperCase()];
    return [...new Set(cases)].filter((each) => [...each].length === 1).join('');
  });
  if (isPostgres(db)) {
    const pattern = characters.map((cases) =>
      [...cases].length > 1 ? `[${cases}]` : cases.replace(/[^\p{L}\p{M}\p{N}\s]/u, '\\$&'),
    );
    return sql<boolean>`subscribers.name ~ ${pattern.join('')}`;
  }
  const pattern = characters.map((cases) =>
    [...cases].length > 1 || /[*?[]/.test(cases) ? `[${cases}]` : cases,
  );
  return sql<boolean>`subscribers.name glob ${`*${pattern.join('')}*`}`;
}

/** As `stateAt`, in SQL. */
function stateNow(now: Temporal.Instant) {
  return sql<ReaderLine['state']>`case
    when suppressions.id is not null then 'suppressed'
    when subscriptions.state = 'paused' and subscriptions.paused_until <= ${now.epochMilliseconds} then 'active'
    else subscriptions.state end`;
}
