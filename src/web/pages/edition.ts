import type { EditionState } from '../../database/tables/editions.ts';
import { readRevision } from '../../editions/read-revision.ts';
import { editionPage } from '../../messages/web-page.ts';
import { findNewsletter } from '../../newsletters/newsletter.ts';
import { frameOf } from '../page.ts';
import { PageError } from '../page-error.ts';
import type { AddRoutes, Site } from '../site.ts';

/** What readers have in their hands; a draft, or what was stopped, is nobody's to read. */
const READABLE: EditionState[] = ['sending', 'paused', 'sent'];

/** The mail's own styles stand in its tags; pictures come from where the stories do. Nothing else loads or runs. */
const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src https: http: data:',
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** `/SLUG/DATE`: an edition in the browser, the same for everybody, in the revision that goes out. */
export const addEditions: AddRoutes = (app, site) => {
  app.get<{ Params: { slug: string; date: string } }>('/:slug/:date', async (request, reply) => {
    const html = await readEdition(site, request.params);
    return (
      reply
        .header('content-security-policy', POLICY)
        // Short: a correction must reach who opens it next.
        .header('cache-control', 'public, max-age=300')
        .header('x-robots-tag', 'noindex')
        .type('text/html; charset=utf-8')
        .send(html)
    );
  });
};

async function readEdition(site: Site, { slug, date }: { slug: string; date: string }): Promise<string> {
  const newsletter = await findNewsletter(site.db, slug);
  if (newsletter === undefined) throw new PageError('notFound', 404);
  const edition = await site.db
    .selectFrom('editions')
    .select(['id', 'approved_revision'])
    .where('newsletter_id', '=', newsletter.id)
    .where('name', '=', date)
    .where('state', 'in', READABLE)
    .executeTakeFirst();
  if (edition === undefined) throw new PageError('notFound', 404, frameOf(newsletter));
  // What somebody writes while it is paused is not out yet.
  const revision = await readRevision(site.db, edition.id, edition.approved_revision ?? undefined);
  const html = await editionPage(revision, { publicUrl: site.config.publicUrl, index: false });
  if (html === null) throw new PageError('notFound', 404, frameOf(newsletter));
  return html;
}
