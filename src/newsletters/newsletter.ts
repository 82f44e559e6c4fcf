import type { Selectable } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { NewsletterTable } from '../database/tables/newsletters.ts';
import { nearestFew } from '../nearest.ts';
import { RefusedError } from '../refused-error.ts';
import type { NewsletterSettings } from './settings.ts';

/** A stored newsletter with its settings typed. */
export interface Newsletter extends NewsletterSettings {
  id: number;
  enabled: boolean;
  /** ms UTC; slots before it are never made up. */
  enabledAt: number;
}

/** All newsletters, oldest first. */
export async function listNewsletters(db: Db): Promise<Newsletter[]> {
  const rows = await db.selectFrom('newsletters').selectAll().orderBy('id').execute();
  return rows.map(fromRow);
}

/** The newsletter with this slug, if there is one. */
export async function findNewsletter(db: Db, slug: string): Promise<Newsletter | undefined> {
  const row = await db.selectFrom('newsletters').selectAll().where('slug', '=', slug).executeTakeFirst();
  return row && fromRow(row);
}

/**
 * The newsletter that a person named.
 * @throws RefusedError naming the three that are spelt most like it.
 */
export async function namedNewsletter(db: Db, slug: string): Promise<Newsletter> {
  const newsletter = await findNewsletter(db, slug);
  if (newsletter) return newsletter;
  const slugs = (await db.selectFrom('newsletters').select('slug').execute()).map((row) => row.slug);
  throw new RefusedError(
    slugs.length === 0
      ? 'There is no newsletter yet: broadsheet newsletter apply FILE.yaml makes one.'
      : `There is no newsletter ${slug}. Nearest: ${nearestFew(slug, slugs, 3).join(', ')}.`,
  );
}

/** The newsletter with this key. @throws when there is none: keys come from our own tables. */
export async function getNewsletter(db: Db, id: number): Promise<Newsletter> {
  return fromRow(
    await db.selectFrom('newsletters').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );
}

function fromRow(row: Selectable<NewsletterTable>): Newsletter {
  // Stored settings were checked and completed when they were applied.
  const settings = JSON.parse(row.settings) as NewsletterSettings;
  return { ...settings, id: row.id, enabled: row.enabled === 1, enabledAt: row.enabled_at };
}
