import type { Db } from '../database/connect.ts';
import type { SubscriptionState } from '../database/tables/subscribers.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { queueNotice } from '../notices/notice.ts';
import { suppressionHash } from './address.ts';
import { withdrawConfirmations } from './confirmations.ts';
import type { ImportRow } from './import-row.ts';
import { subscriberRow } from './subscribers.ts';

/** What is the same for all batches of one import. */
export interface ImportBatch {
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
type Outcome = (typeof OUTCOMES)[number];

/**
 * Decides about each person of a batch, and writes it in one transaction. Another import, or a reader's own act, may
 * hold a row that this one needs: then it is done again.
 * @returns how many of each outcome.
 */
export async function storeBatch(
  db: Db,
  batch: ImportBatch,
  people: ImportRow[],
): Promise<Record<Outcome, number>> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute((tx) => storePeople(tx, batch, people));
    } catch (error) {
      if (tries === MOST_TRIES || !isContended(error)) throw error;
    }
  }
}

const MOST_TRIES = 5;

/** A deadlock, or a transaction that cannot be put in order with another: PostgreSQL undid it and asks to try again. */
function isContended(error: unknown): boolean {
  return ['40P01', '40001'].includes((error as { code?: string }).code ?? '');
}

async function storePeople(
  tx: Db,
  batch: ImportBatch,
  people: ImportRow[],
): Promise<Record<Outcome, number>> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const byKey = new Map<string, ImportRow>();
  for (const person of people) if (!byKey.has(person.key)) byKey.set(person.key, person);
  counts.duplicates = people.length - byKey.size;
  // Two files in opposite orders would each hold what the other waits for.
  const rows = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (let at = 0; at < rows.length; at += SLICE) {
    await storeSlice(tx, batch, rows.slice(at, at + SLICE), counts);
  }
  return counts;
}

/**
 * Rows a statement. A statement's text depends on their number, and the database keeps each one compiled: few are
 * small, many of up to a thousand rows would fill the memory.
 */
const SLICE = 250;

async function storeSlice(
  tx: Db,
  batch: ImportBatch,
  rows: ImportRow[],
  counts: Record<Outcome, number>,
): Promise<void> {
  const keys = rows.map((row) => row.key);
  const suppressed = await suppressedAmong(tx, batch.key, keys);
  const known = await knownAmong(tx, batch.newsletter.id, keys);
  const coming: ImportRow[] = [];
  const confirming: Array<{ row: ImportRow; subscriberId: number }> = [];
  const suppressing: ImportRow[] = [];
  for (const row of rows) {
    const person = known.get(row.key);
    const outcome = suppressed.has(row.key) ? 'suppressed' : outcomeOf(row, person, batch);
    counts[outcome]++;
    if (isSuppressing(row) && outcome === 'remembered') suppressing.push(row);
    else if (person?.subscription && outcome === 'added') confirming.push({ row, subscriberId: person.id });
    else if (outcome === 'added' || outcome === 'asked' || outcome === 'remembered') coming.push(row);
  }
  await suppressAll(tx, batch, suppressing);
  await confirmAll(tx, batch, confirming);
  await addAll(tx, batch, coming);
}

/** Pure: what becomes of somebody who is not suppressed. */
function outcomeOf(row: ImportRow, person: KnownPerson | undefined, batch: ImportBatch): Outcome {
  const here = person?.subscription;
  if (here && here.id > batch.newestBefore) return 'duplicates';
  if (row.standing === 'asked') return 'unconfirmed';
  if (isSuppressing(row)) return 'remembered';
  if (person?.leftEverything || here?.state === 'unsubscribed' || here?.left_at != null) return 'left';
  if (here?.state === 'pending' && mayCome(row, batch)) return 'added';
  if (here) return 'already';
  if (row.standing === 'left') return 'remembered';
  return mayCome(row, batch) ? 'added' : 'asked';
}

/** Whether a reader there becomes one here without being asked. */
function mayCome(row: ImportRow, { confirmedElsewhere }: ImportBatch): boolean {
  return row.standing === 'reads' && (row.confirmed || confirmedElsewhere);
}

function isSuppressing(row: ImportRow): boolean {
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

async function suppressAll(tx: Db, batch: ImportBatch, rows: ImportRow[]): Promise<void> {
  if (rows.length === 0) return;
  const reasons = { gone: 'gone', complaint: 'complaint', blocked: 'operator' } as const;
  await tx
    .insertInto('suppressions')
    .values(
      rows.map((row) => ({
        address_key: suppressionHash(batch.key, row.key),
        reason: reasons[row.standing as keyof typeof reasons],
        at: batch.now.epochMilliseconds,
      })),
    )
    .onConflict((conflict) => conflict.column('address_key').doNothing())
    .execute();
}

/** People who had asked here and not confirmed, and whom the file shows to have agreed elsewhere. */
async function confirmAll(
  tx: Db,
  batch: ImportBatch,
  people: Array<{ row: ImportRow; subscriberId: number }>,
): Promise<void> {
  if (people.length === 0) return;
  const ids = people.map((person) => person.subscriberId);
  await tx
    .updateTable('subscriptions')
    .set({ state: 'active', confirmed_at: batch.now.epochMilliseconds })
    .where('newsletter_id', '=', batch.newsletter.id)
    .where('subscriber_id', 'in', ids)
    .where('state', '=', 'pending')
    .execute();
  await withdrawConfirmations(tx, batch.newsletter.id, ids);
  await recordAll(tx, batch, people);
}

async function addAll(tx: Db, batch: ImportBatch, rows: ImportRow[]): Promise<void> {
  if (rows.length === 0) return;
  const { newsletter, now } = batch;
  await tx
    .insertInto('subscribers')
    .values(rows.map((row) => subscriberRow(batch.key, row, now)))
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .execute();
  const stored = await tx
    .selectFrom('subscribers')
    .select(['id', 'email_key', 'email', 'token'])
    .where(
      'email_key',
      'in',
      rows.map((row) => row.key),
    )
    .execute();
  const personOf = new Map(stored.map((person) => [person.email_key, person]));
  const people = rows.flatMap((row) => {
    const person = personOf.get(row.key);
    return person === undefined ? [] : [{ row, subscriberId: person.id, person }];
  });
  await tx
    .insertInto('subscriptions')
    .values(
      people.map(({ row, subscriberId }) => ({ subscriber_id: subscriberId, ...subscription(row, batch) })),
    )
    // Somebody may have asked for it by the form in this very moment.
    .onConflict((conflict) => conflict.columns(['subscriber_id', 'newsletter_id']).doNothing())
    .execute();
  await recordAll(tx, batch, people);
  for (const { row, person } of people) {
    if (row.standing !== 'reads' || mayCome(row, batch)) continue;
    const data = {
      newsletterId: newsletter.id,
      subscriberToken: person.token,
      language: newsletter.language,
    };
    await queueNotice(tx, 'confirmation', person.email, data, now);
  }
}

function subscription(row: ImportRow, batch: ImportBatch) {
  const at = batch.now.epochMilliseconds;
  const reads = mayCome(row, batch);
  const paused = reads && row.pausedUntil !== null;
  const state: SubscriptionState = paused
    ? 'paused'
    : reads
      ? 'active'
      : row.standing === 'left'
        ? 'unsubscribed'
        : 'pending';
  return {
    newsletter_id: batch.newsletter.id,
    rhythm: row.rhythm,
    sections: row.sections,
    hour: row.hour,
    state,
    paused_until: paused ? row.pausedUntil : null,
    confirmed_at: reads ? confirmedAt(row, at) : null,
    left_at: row.standing === 'left' ? at : null,
    created_at: at,
  };
}

/** A date that the file gives and that is none is not replaced by another of its dates: the import's own is known. */
function confirmedAt({ confirmedAt: said, createdAt, unknownConfirmation }: ImportRow, now: number): number {
  return said ?? (unknownConfirmation === null ? createdAt : null) ?? now;
}

/** One line in the record of consent for everybody who came in. */
async function recordAll(
  tx: Db,
  batch: ImportBatch,
  people: Array<{ row: ImportRow; subscriberId: number }>,
): Promise<void> {
  const { newsletter, now, source } = batch;
  await tx
    .insertInto('consents')
    .values(
      people.map(({ row, subscriberId }) => ({
        subscriber_id: subscriberId,
        newsletter_id: newsletter.id,
        what: row.standing === 'left' ? ('left' as const) : ('imported' as const),
        at: now.epochMilliseconds,
        wording: wordingOf(row, batch),
        source,
      })),
    )
    .execute();
}

/** On what word somebody became a reader, and what is not known of it; null for who is asked first. */
function wordingOf(row: ImportRow, batch: ImportBatch): string | null {
  if (!mayCome(row, batch)) return null;
  const day = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString().slice(0, 10);
  if (row.confirmed && row.confirmedAt !== null)
    return `Confirmed elsewhere on ${day(row.confirmedAt)}, as the file says.`;
  const when =
    row.unknownConfirmation === null
      ? ''
      : ` When is not known: the file says ${row.unknownConfirmation}; dated by the import.`;
  if (!row.confirmed) return `Confirmed elsewhere, as the operator declared.${when}`;
  return `Subscribed elsewhere, as the file says.${when}`;
}
