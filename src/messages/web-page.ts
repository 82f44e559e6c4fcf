import type { Revision } from '../editions/revision.ts';
import { cleanLine } from './clean-text.ts';
import { footerModel } from './footer.ts';
import { localeOf, say } from './locale.ts';
import { lookOf } from './look.ts';
import { digestModel } from './model.ts';
import { cleanItem } from './story-model.ts';
import { loadTemplate } from './templates.ts';
import { itemsForSections } from './variant.ts';

/**
 * An edition in the browser, at `/SLUG/DATE`: what the mail shows, with nothing of any one reader in it and a link to
 * join where the mail has its personal ones.
 * @param index whether search engines may list it.
 * @returns the page, or null when there is nothing in the edition.
 */
export async function editionPage(
  revision: Revision,
  { publicUrl, index }: { publicUrl: string; index: boolean },
): Promise<string | null> {
  const { newsletter, edition } = revision;
  const items = itemsForSections(revision.items, null, newsletter)?.map(cleanItem);
  if (items === undefined) return null;
  const locale = localeOf(newsletter.language);
  const template = await loadTemplate('digest', lookOf(newsletter.look, locale.dir));
  const html = template.html({
    ...digestModel(revision, items, { locale, full: true, ownPictures: publicUrl }),
    desk: null,
    browserUrl: null,
    web: {
      robots: index ? 'index, follow' : 'noindex',
      canonical: `${publicUrl}/${edition.name}`,
      join: say(locale.words.join, { newsletter: cleanLine(newsletter.name) }),
      joinUrl: `${publicUrl}/join/${newsletter.slug}`,
    },
    footer: footerModel(newsletter, locale),
  });
  // MJML calls the whole an email; here it is a page, and its main part is marked as such.
  return html.replace(' aria-roledescription="email" role="article"', '');
}
