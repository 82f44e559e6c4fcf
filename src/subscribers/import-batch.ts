import type { Db } from '../database/connect.ts';
import type { SubscriptionState } from '../database/tables/subscribers.ts';
import { queueNotice } from '../notices/notice.ts';
import { domainOf, suppressionHash } from './address.ts';
import { withdrawConfirmations } from './confirmations.ts';
import {
  decideImport,
  type ImportSetting,
  isSuppressing,
  mayCome,
  OUTCOMES,
  type Outcome,
  PEOPLE_AT_ONCE,
} from './import-decisions.ts';
import type { ImportRow } from './import-row.ts';
import { subscriberRow } from './subscribers.ts';

/**
 * Decides about each person of a batch, and writes it in one transaction. Another import, or a reader's own act, may
 * hold a row that this one needs: then it is done again.
 * @returns how many of each outcome.
 */
export async function storeBatch(
  db: Db,
  setting: ImportSetting,
  people: ImportRow[],
): Promise<Record<Outcome, number>> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute((tx) => storePeople(tx, setting, people));
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
  setting: ImportSetting,
  people: ImportRow[],
): Promise<Record<Outcome, number>> {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const byKey = new Map<string, ImportRow>();
  for (const person of people) if (!byKey.has(person.key)) byKey.set(person.key, person);
  counts.duplicates = people.length - byKey.size;
  // Two files in opposite orders would each hold what the other waits for.
  const rows = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (let at = 0; at < rows.length; at += PEOPLE_AT_ONCE) {
    await storeSlice(tx, setting, rows.slice(at, at + PEOPLE_AT_ONCE), counts);
  }
  return counts;
}

async function storeSlice(
  tx: Db,
  setting: ImportSetting,
  rows: ImportRow[],
  counts: Record<Outcome, number>,
): Promise<void> {
  const coming: ImportRow[] = [];
  const confirming: Array<{ row: ImportRow; subscriberId: number }> = [];
  const suppressing: ImportRow[] = [];
  for (const { row, outcome, confirms } of await decideImport(tx, setting, rows)) {
    counts[outcome]++;
    if (isSuppressing(row) && outcome === 'remembered') suppressing.push(row);
    else if (confirms !== null) confirming.push({ row, subscriberId: confirms });
    else if (outcome === 'added' || outcome === 'asked' || outcome === 'remembered') coming.push(row);
  }
  await suppressAll(tx, setting, suppressing);
  await confirmAll(tx, setting, confirming);
  await addAll(tx, setting, coming);
}

async function suppressAll(tx: Db, setting: ImportSetting, rows: ImportRow[]): Promise<void> {
  if (rows.length === 0) return;
  const reasons = { gone: 'gone', complaint: 'complaint', blocked: 'operator' } as const;
  await tx
    .insertInto('suppressions')
    .values(
      rows.map((row) => ({
        address_key: suppressionHash(setting.key, row.key),
        reason: reasons[row.standing as keyof typeof reasons],
        at: setting.now.epochMilliseconds,
        domain: domainOf(row.key),
        note: 'from an imported list',
      })),
    )
    .onConflict((conflict) => conflict.column('address_key').doNothing())
    .execute();
}

/** People who had asked here and not confirmed, and whom the file shows to have agreed elsewhere. */
async function confirmAll(
  tx: Db,
  setting: ImportSetting,
  people: Array<{ row: ImportRow; subscriberId: number }>,
): Promise<void> {
  if (people.length === 0) return;
  const ids = people.map((person) => person.subscriberId);
  await tx
    .updateTable('subscriptions')
    .set({ state: 'active', confirmed_at: setting.now.epochMilliseconds })
    .where('newsletter_id', '=', setting.newsletter.id)
    .where('subscriber_id', 'in', ids)
    .where('state', '=', 'pending')
    .execute();
  await withdrawConfirmations(tx, setting.newsletter.id, ids);
  await recordAll(tx, setting, people);
}

async function addAll(tx: Db, setting: ImportSetting, rows: ImportRow[]): Promise<void> {
  if (rows.length === 0) return;
  const { newsletter, now } = setting;
  await tx
    .insertInto('subscribers')
    .values(rows.map((row) => subscriberRow(setting.key, row, now)))
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
      people.map(({ row, subscriberId }) => ({ subscriber_id: subscriberId, ...subscription(row, setting) })),
    )
    // Somebody may have asked for it by the form in this very moment.
    .onConflict((conflict) => conflict.columns(['subscriber_id', 'newsletter_id']).doNothing())
    .execute();
  await recordAll(tx, setting, people);
  for (const { row, person } of people) {
    if (row.standing !== 'reads' || mayCome(row, setting)) continue;
    const data = {
      newsletterId: newsletter.id,
      subscriberToken: person.token,
      language: newsletter.language,
    };
    await queueNotice(tx, 'confirmation', person.email, data, now);
  }
}

function subscription(row: ImportRow, setting: ImportSetting) {
  const at = setting.now.epochMilliseconds;
  const reads = mayCome(row, setting);
  const paused = reads && row.pausedUntil !== null;
  const state: SubscriptionState = paused
    ? 'paused'
    : reads
      ? 'active'
      : row.standing === 'left'
        ? 'unsubscribed'
        : 'pending';
  return {
    newsletter_id: setting.newsletter.id,
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
  setting: ImportSetting,
  people: Array<{ row: ImportRow; subscriberId: number }>,
): Promise<void> {
  const { newsletter, now, source } = setting;
  await tx
    .insertInto('consents')
    .values(
      people.map(({ row, subscriberId }) => ({
        subscriber_id: subscriberId,
        newsletter_id: newsletter.id,
        what: row.standing === 'left' ? ('left' as const) : ('imported' as const),
        at: now.epochMilliseconds,
        wording: wordingOf(row, setting),
        source,
      })),
    )
    .execute();
}

/** On what word somebody became a reader, and what is not known of it; null for who is asked first. */
function wordingOf(row: ImportRow, setting: ImportSetting): string | null {
  if (!mayCome(row, setting)) return null;
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
