import type { Db } from '../database/connect.ts';
import type { SubscriptionState } from '../database/tables/subscribers.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { suppressionHash } from './address.ts';
import type { ImportRow } from './import-row.ts';

/** What is the same for all people of one import. */
export interface ImportSetting {
  newsletter: Newsletter;
  /** For the record of consent: `import FILE`. */
  source: string;
  /** Of suppression hashes. */
  key: string;
  /** Subscriptions with a higher id were made by this import: meeting one again is a duplicate of the file. */
  newestBefore: number;
  confirmedElsewhere: boolean;
  now: Temporal.Instant;
}

/** What can become of a person in a file; `import.ts` says what each means. */
export const OUTCOMES = [
  'added',
  'asked',
  'already',
  'left',
  'suppressed',
  'remembered',
  'unconfirmed',
  'duplicates',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * People a statement. Its text depends on their number, and the database keeps each one compiled: few are small, many
 * of up to a thousand people would fill the memory.
 */
export const PEOPLE_AT_ONCE = 250;

/** What becomes of one person of a file. */
export interface ImportDecision {
  row: ImportRow;
  outcome: Outcome;
  /** Id of the subscriber whom this confirms: they had asked here, and not pressed the button. */
  confirms: number | null;
}

/**
 * Decides what becomes of people, each of them once, by what is known of them here; changes nothing.
 * @param rows at most PEOPLE_AT_ONCE.
 */
export async function decideImport(
  db: Db,
  setting: ImportSetting,
  rows: ImportRow[],
): Promise<ImportDecision[]> {
  const keys = rows.map((row) => row.key);
  const suppressed = await suppressedAmong(db, setting.key, keys);
  const known = await knownAmong(db, setting.newsletter.id, keys);
  return rows.map((row) => {
    const person = known.get(row.key);
    const outcome = suppressed.has(row.key) ? 'suppressed' : outcomeOf(row, person, setting);
    const confirms = outcome === 'added' && person?.subscription ? person.id : null;
    return { row, outcome, confirms };
  });
}

/** Whether who reads there comes to read here without being asked. */
export function mayCome(row: ImportRow, { confirmedElsewhere }: ImportSetting): boolean {
  return row.standing === 'reads' && (row.confirmed || confirmedElsewhere);
}

/** Whether the address is to get no mail of anybody's, by what happened to it there. */
export function isSuppressing(row: ImportRow): boolean {
  return row.standing === 'gone' || row.standing === 'complaint' || row.standing === 'blocked';
}

async function suppressedAmong(tx: Db, key: string, emailKeys: string[]): Promise<Set<string>> {
  const byHash = new Map(emailKeys.map((emailKey) => [suppressionHash(key, emailKey), emailKey]));
  const rows = await tx
    .selectFrom('suppressions')
    .select('address_key')
    .where('address_key', 'in', [...byHash.keys()])
    .execute();
  return new Set(rows.map((row) => byHash.get(row.address_key) as string));
}

interface KnownPerson {
  id: number;
  /** To this newsletter. */
  subscription: { id: number; state: SubscriptionState; left_at: number | null } | null;
  /** They left all newsletters, and came back to none. */
  leftEverything: boolean;
}

async function knownAmong(tx: Db, newsletterId: number, keys: string[]): Promise<Map<string, KnownPerson>> {
  const rows = await tx
    .selectFrom('subscribers')
    .leftJoin('subscriptions', (join) =>
      join
        .onRef('subscriptions.subscriber_id', '=', 'subscribers.id')
        .on('subscriptions.newsletter_id', '=', newsletterId),
    )
    .select((eb) => [
      'subscribers.id',
      'email_key',
      'subscriptions.id as subscription_id',
      'state',
      'left_at',
      eb
        .selectFrom('consents')
        .select('consents.id')
        .whereRef('consents.subscriber_id', '=', 'subscribers.id')
        .where('what', '=', 'left')
        .where('consents.newsletter_id', 'is', null)
        .where((left) =>
          left.not(
            left.exists(
              left
                .selectFrom('subscriptions as other')
                .select('other.id')
                .whereRef('other.subscriber_id', '=', 'subscribers.id')
                .where('other.state', 'in', ['active', 'paused']),
            ),
          ),
        )
        .limit(1)
        .as('left_everything'),
    ])
    .where('email_key', 'in', keys)
    .execute();
  return new Map(
    rows.map(({ id, email_key, subscription_id, state, left_at, left_everything }) => [
      email_key,
      {
        id,
        subscription: subscription_id && state ? { id: subscription_id, state, left_at } : null,
        leftEverything: left_everything !== null,
      },
    ]),
  );
}

/** Pure: what becomes of somebody who is not suppressed. */
function outcomeOf(row: ImportRow, person: KnownPerson | undefined, setting: ImportSetting): Outcome {
  const here = person?.subscription;
  if (here && here.id > setting.newestBefore) return 'duplicates';
  if (row.standing === 'asked') return 'unconfirmed';
  if (isSuppressing(row)) return 'remembered';
  if (person?.leftEverything || here?.state === 'unsubscribed' || here?.left_at != null) return 'left';
  if (here?.state === 'pending' && mayCome(row, setting)) return 'added';
  if (here) return 'already';
  if (row.standing === 'left') return 'remembered';
  return mayCome(row, setting) ? 'added' : 'asked';
}
