import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import type { Db } from '../database/connect.ts';
import { stateAt } from './subscriptions.ts';

const COLUMNS = [
  'email',
  'name',
  'newsletter',
  'status',
  'rhythm',
  'sections',
  'hour',
  'language',
  'time_zone',
  'created_at',
  'confirmed_at',
  'unsubscribed_at',
  'paused_until',
] as const;

type ExportRow = Record<(typeof COLUMNS)[number], string | null>;

const ROWS_AT_ONCE = 1000;

/**
 * Everybody as CSV with a header row, in bounded memory; `import` reads it back. Cells that a spreadsheet would take
 * for a formula (`=`, `+`, `-`, `@`, tab, return) begin with an apostrophe: names are strangers' text.
 * @param newsletterId only its readers; undefined: of all newsletters.
 */
export function exportSubscribers(db: Db, newsletterId: number | undefined, now: Temporal.Instant): Readable {
  const csv = stringify({ header: true, columns: [...COLUMNS], escape_formulas: true });
  const source = Readable.from(rowsOf(db, newsletterId, now));
  source.on('error', (error) => csv.destroy(error));
  csv.on('close', () => source.destroy());
  return source.pipe(csv);
}

/** Pages by key: no read is open while the reader of the stream takes its time. */
async function* rowsOf(
  db: Db,
  newsletterId: number | undefined,
  now: Temporal.Instant,
): AsyncGenerator<ExportRow> {
  for (let after = 0; ; ) {
    let query = db
      .selectFrom('subscriptions')
      .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
      .innerJoin('newsletters', 'newsletters.id', 'subscriptions.newsletter_id')
      .leftJoin('suppressions', 'suppressions.address_key', 'subscribers.address_key')
      .selectAll('subscriptions')
      .select([
        'subscribers.email',
        'subscribers.name',
        'subscribers.language',
        'subscribers.time_zone',
        'newsletters.slug',
        'suppressions.reason as suppressed',
      ])
      .where('subscriptions.id', '>', after)
      .orderBy('subscriptions.id')
      .limit(ROWS_AT_ONCE);
    if (newsletterId !== undefined) query = query.where('subscriptions.newsletter_id', '=', newsletterId);
    const rows = await query.execute();
    for (const row of rows) {
      const state = stateAt(row, now);
      yield {
        email: row.email,
        name: row.name,
        newsletter: row.slug,
        status: row.suppressed === null ? state : (SUPPRESSED_AS[row.suppressed] ?? 'blocked'),
        rhythm: row.rhythm,
        sections: row.sections === null ? null : (JSON.parse(row.sections) as string[]).join('; '),
        hour: row.hour,
        language: row.language,
        time_zone: row.time_zone,
        created_at: iso(row.created_at),
        confirmed_at: iso(row.confirmed_at),
        unsubscribed_at: iso(row.left_at),
        paused_until: state === 'paused' ? iso(row.paused_until) : null,
      };
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** Words that other programs, and our own import, know. */
const SUPPRESSED_AS: Record<string, string> = { gone: 'bounced', soft: 'bounced', complaint: 'complained' };

function iso(at: number | null): string | null {
  return at === null ? null : Temporal.Instant.fromEpochMilliseconds(at).toString();
}
