import type { Revision } from '../editions/revision.ts';
import { editionHeaders } from './edition-headers.ts';
import { footerModel } from './footer.ts';
import { shortHeadline } from './headline.ts';
import { localeOf } from './locale.ts';
import { lookOf } from './look.ts';
import { fill, markOf } from './merge-field.ts';
import { inertLink, mergeValues } from './merge-values.ts';
import type { ComposedMessage, ComposeOptions, EditionPurpose, MessageSite } from './message.ts';
import { prepareMime } from './mime.ts';
import { digestModel } from './model.ts';
import { cleanItem } from './story-model.ts';
import { loadTemplate } from './templates.ts';
import { itemsForSections } from './variant.ts';

export type { ComposedMessage, MessageSite, Recipient } from './message.ts';

/**
 * Renders and encodes an edition once for all readers of `sections` (null: of all sections).
 * @returns null when the edition has nothing for them.
 */
export async function composeEdition(
  revision: Revision,
  sections: string[] | null,
  site: MessageSite,
  { purpose = 'digest', markSubject = (subject) => subject, desk }: ComposeOptions = {},
): Promise<ComposedMessage | null> {
  const { newsletter, edition } = revision;
  const locale = localeOf(newsletter.language);
  const items = itemsForSections(revision.items, sections, newsletter)
    ?.map(cleanItem)
    .map((item) => ({
      ...item,
      headline: shortHeadline(item.headline, item.language ?? locale.language),
    }));
  if (items === undefined) return null;
  const full = items.length === revision.items.length;
  const model = digestModel(revision, items, { locale, full, ownPictures: site.publicUrl });
  const subject = markSubject(model.title);
  const template = await loadTemplate('digest', lookOf(newsletter.look, locale.dir));
  const rendered = {
    ...model,
    title: subject,
    desk: desk?.({ subject: model.title, preheader: model.preheader }) ?? null,
    web: null,
    browserUrl: pageOf(revision, site, purpose),
    footer: { ...footerModel(newsletter, locale), ...mergeMarks },
  };
  const html = template.html(rendered);
  const text = template.text(rendered);
  const mime = prepareMime({ html, text }, `${edition.name} ${revision.number}`);
  const headers = editionHeaders({ newsletter, edition, site, subject, purpose, mime: mime.headers });
  const valuesOf = mergeValues(newsletter, locale, site, purpose);
  return {
    subject,
    preheader: model.preheader,
    greeting: model.greeting,
    html,
    text,
    items,
    words: model.words,
    minutes: model.minutes,
    forRecipient: (recipient, date, allocate) => {
      const values = valuesOf(recipient);
      const { envelope, lines } = headers(recipient, values.leave, date);
      return { envelope, raw: mime.forRecipient(lines, values, allocate) };
    },
    preview: (recipient) => {
      const values = valuesOf(recipient);
      return { html: fill(html, values, 'html'), text: fill(text, values, 'text') };
    },
  };
}

/** Its page in the browser. A copy for editors may come before there is one: then its link does nothing. */
function pageOf({ edition }: Revision, { publicUrl }: MessageSite, purpose: EditionPurpose): string {
  const isOut = ['sending', 'paused', 'sent'].includes(edition.state);
  return purpose === 'digest' || isOut ? `${publicUrl}/${edition.name}` : inertLink(publicUrl);
}

const mergeMarks = {
  reason: markOf('reason'),
  reasonText: markOf('reason'),
  leave: markOf('leave'),
  choices: markOf('choices'),
};
