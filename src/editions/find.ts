import type { Selectable } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { EditionTable } from '../database/tables/editions.ts';
import { nearestFew } from '../nearest.ts';
import { namedNewsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';

/** A stored edition with the name people use. */
export type EditionRow = Selectable<EditionTable> & {
  /** `morning/2026-11-24`. */
  fullName: string;
  slug: string;
};

/**
 * Finds an edition by its name (`morning/2026-11-24`), or the newest of a newsletter by its slug alone.
 * @throws RefusedError naming the three that are spelt most like it.
 */
export async function findEdition(db: Db, name: string): Promise<EditionRow> {
  const [slug = '', day] = name.split('/', 2);
  let query = db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .selectAll('editions')
    .select('newsletters.slug')
    .where('newsletters.slug', '=', slug)
    .orderBy('editions.slot_at', 'desc')
    .orderBy('editions.id', 'desc')
    .limit(1);
  if (day !== undefined) query = query.where('editions.name', '=', day);
  const row = await query.executeTakeFirst();
  if (row) return { ...row, fullName: `${row.slug}/${row.name}` };
  throw new RefusedError(await notFound(db, name, slug));
}

/** Whether the newsletter has an edition, whatever its state. */
export async function hasEdition(db: Db, newsletter: { id: number }): Promise<boolean> {
  const row = await db
    .selectFrom('editions')
    .select('id')
    .where('newsletter_id', '=', newsletter.id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function notFound(db: Db, name: string, slug: string): Promise<string> {
  if (!name.includes('/')) await namedNewsletter(db, slug);
  const rows = await db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select(['newsletters.slug', 'editions.name'])
    .orderBy('editions.slot_at', 'desc')
    .limit(1000)
    .execute();
  const names = rows.map((row) => `${row.slug}/${row.name}`);
  const own = names.filter((each) => each.startsWith(`${slug}/`));
  if (names.length === 0 || (own.length === 0 && !name.includes('/'))) {
    return `${slug} has no edition yet: a draft is made some time before it goes out, and broadsheet preview ${slug} shows what it would be.`;
  }
  return `There is no edition ${name}. Nearest: ${nearestFew(name, own.length > 0 ? own : names, 3).join(', ')}.`;
}
