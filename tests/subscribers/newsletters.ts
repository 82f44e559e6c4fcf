import type { Db } from '../../src/database/connect.ts';
import { getNewsletter, type Newsletter } from '../../src/newsletters/newsletter.ts';
import { newsletterSettings } from '../../src/newsletters/settings.ts';

export const NOW = Temporal.Instant.from('2026-11-24T09:30:00Z');

/** Stores a newsletter of the Harbour Ledger. */
export async function storeNewsletter(
  db: Db,
  {
    slug = 'morning',
    name = 'Morning Briefing',
    ...others
  }: { slug?: string; name?: string } & Record<string, unknown> = {},
): Promise<Newsletter> {
  const settings = newsletterSettings.parse({
    slug,
    name,
    publisher: 'The Harbour Ledger',
    from: `${name} <digest@news.example>`,
    postal_address: '12 Quay Street, Aberdeen AB11 5DL, Scotland',
    time_zone: 'Europe/London',
    rhythms: { weekdays: '0 7 * * 1-5', weekly: '0 8 * * 6' },
    sections: ['World', 'Business', 'Science'],
    ...others,
  });
  const at = NOW.epochMilliseconds;
  const row = { enabled_at: at, created_at: at, updated_at: at };
  const { id } = await db
    .insertInto('newsletters')
    .values({ slug, name, settings: JSON.stringify(settings), ...row })
    .returning('id')
    .executeTakeFirstOrThrow();
  return getNewsletter(db, id);
}
