import type { Db } from '../database/connect.ts';
import { listNewsletters, type Newsletter, namedNewsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';

/** The newsletter that is named, or the only one. @throws RefusedError when there are several to choose from. */
export async function chosenNewsletter(db: Db, slug: string | undefined): Promise<Newsletter> {
  if (slug !== undefined) return namedNewsletter(db, slug);
  const [only, ...others] = await listNewsletters(db);
  if (only === undefined) return namedNewsletter(db, '');
  if (others.length === 0) return only;
  const slugs = [only, ...others].map((newsletter) => newsletter.slug);
  throw new RefusedError(`Which newsletter? There are ${slugs.join(', ')}: say --newsletter ${slugs[0]}.`);
}
