import { sql } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { Revision } from '../editions/revision.ts';
import { itemsForSections } from '../messages/variant.ts';
import { formatCount } from '../terminal/terminal.ts';

/** Who would get an edition if it went out now, and who would not. */
export interface AudiencePreview {
  people: number;
  /** How many different messages they get: one for each choice of sections that shows other stories. */
  versions: number;
  leftOut: number;
  reasons: { noSection: number; paused: number; suppressed: number };
}

/** Counts the readers of a revision's rhythm, as freezing the audience would sort them. */
export async function audiencePreview(
  db: Db,
  { newsletter, edition, items }: Revision,
  now: Temporal.Instant,
): Promise<AudiencePreview> {
  const readers = db
    .selectFrom('subscriptions')
    .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
    .leftJoin('suppressions', 'suppressions.address_key', 'subscribers.address_key')
    .select([
      'subscriptions.sections',
      sql<'suppressed' | 'paused' | null>`case
        when suppressions.id is not null then 'suppressed'
        when subscriptions.state = 'paused'
          and (paused_until is null or paused_until > ${now.epochMilliseconds}) then 'paused' end`.as(
        'reason',
      ),
    ])
    .where('newsletter_id', '=', newsletter.id)
    .where('subscriptions.state', 'in', ['active', 'paused'])
    .$if(edition.rhythm !== null, (query) => query.where('rhythm', '=', edition.rhythm as string));
  const rows = await db
    .selectFrom(readers.as('reader'))
    .select((eb) => ['sections', 'reason', eb.fn.countAll<number>().as('count')])
    .groupBy(['sections', 'reason'])
    .execute();
  const reasons = { noSection: 0, paused: 0, suppressed: 0 };
  const versions = new Set<string>();
  let people = 0;
  for (const row of rows) {
    const sections = row.sections === null ? null : (JSON.parse(row.sections) as string[]);
    const seen = itemsForSections(items, sections, newsletter);
    if (row.reason !== null) reasons[row.reason] += row.count;
    else if (seen === null) reasons.noSection += row.count;
    else {
      people += row.count;
      versions.add(seen.map(({ storyId }) => storyId).join(' '));
    }
  }
  return {
    people,
    versions: versions.size,
    leftOut: reasons.noSection + reasons.paused + reasons.suppressed,
    reasons,
  };
}

/** `171 no section in it today, 30 paused`; empty when nobody is left out. */
export function leftOutWords({ reasons }: AudiencePreview): string {
  return [
    [reasons.noSection, 'no section in it today'],
    [reasons.paused, 'paused'],
    [reasons.suppressed, 'suppressed'],
  ]
    .filter(([count]) => Number(count) > 0)
    .map(([count, words]) => `${formatCount(Number(count))} ${words}`)
    .join(', ');
}
