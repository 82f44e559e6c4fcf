import type { RevisionItem } from '../editions/revision.ts';
import type { NewsletterSettings } from '../newsletters/settings.ts';

/**
 * What readers of `sections` see of an edition, in order: the lead, stories, briefs, "More news".
 * Where the edition's lead is not of their sections, the best story that is leads: the first one of a section that
 * may lead, else the first.
 * @param sections null: all.
 * @returns null when nothing but links would be left: such a reader gets no mail.
 */
export function itemsForSections(
  items: RevisionItem[],
  sections: string[] | null,
  newsletter: Pick<NewsletterSettings, 'sections'>,
): RevisionItem[] | null {
  const wanted = sections && new Set(sections);
  // An item without a section is for everybody.
  const seen = items.filter(({ section }) => wanted === null || section === null || wanted.has(section));
  const mayLead = new Map(newsletter.sections.map(({ name, lead }) => [name, lead]));
  const stories = seen.filter(({ place }) => place === 'story');
  const lead =
    seen.find(({ place }) => place === 'lead') ??
    stories.find(({ section }) => section === null || mayLead.get(section) !== false) ??
    stories[0] ??
    seen.find(({ place }) => place === 'brief');
  if (lead === undefined) return null;
  const rest = seen.filter((item) => item !== lead);
  const of = (place: RevisionItem['place']) => rest.filter((item) => item.place === place);
  // A second lead cannot be made by selection; an editor's file could name one.
  return [
    { ...lead, place: 'lead' },
    ...of('lead').map((item) => ({ ...item, place: 'story' as const })),
    ...of('story'),
    ...of('brief'),
    ...of('more'),
  ];
}
