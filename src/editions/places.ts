import type { Place } from '../database/tables/editions.ts';
import type { NewsletterSettings } from '../newsletters/settings.ts';
import type { Candidate, Parts, Reason } from './candidate.ts';

/** A candidate with its score, and why it is out as far as is known. */
export interface Ranked {
  candidate: Candidate;
  score: number;
  parts: Parts;
  /** The newsletter's own spelling of its section; null: it has none here. */
  section: string | null;
  out?: Reason | undefined;
}

export interface SelectedItem {
  candidate: Candidate;
  place: Place;
  /** In the newsletter's own spelling. */
  section: string;
  /** From 1. */
  position: number;
}

/**
 * The lead, then the best of each section, then the best of all within each section's number; the next best
 * become "More news". Links get their own share of the total, so that an edition can be finished.
 */
export function fillPlaces(
  ranked: readonly Ranked[],
  { sections, limits }: Pick<NewsletterSettings, 'sections' | 'limits'>,
): SelectedItem[] {
  const eligible = ranked.filter((story) => !story.out) as (Ranked & { section: string })[];
  for (const story of eligible) story.section ??= sections[0]?.name ?? '';
  const sources = new Map<number, number>();
  const several = new Set(eligible.map(({ candidate }) => candidate.sourceId)).size >= 3;
  const perSource = several && limits.per_source > 0 ? limits.per_source : Number.POSITIVE_INFINITY;
  const placed = new Map<Ranked, Place>();
  const room = (story: Ranked) =>
    !placed.has(story) &&
    (story.parts.pin !== undefined || (sources.get(story.candidate.sourceId) ?? 0) < perSource);
  const put = (story: Ranked | undefined, place: Place): void => {
    if (!story) return;
    placed.set(story, place);
    sources.set(story.candidate.sourceId, (sources.get(story.candidate.sourceId) ?? 0) + 1);
  };

  const leading = new Set(sections.filter((section) => section.lead).map((section) => section.name));
  const mayLead = eligible.filter(({ candidate, parts }) => candidate.isDated || parts.pin !== undefined);
  put(mayLead.find(({ section }) => leading.has(section)) ?? mayLead[0] ?? eligible[0], 'lead');

  const most = new Map(sections.map(({ name, stories }) => [name, stories ?? limits.per_section]));
  const filled = sections.filter(({ name }) => eligible.some(({ section }) => section === name)).length;
  const told = Math.min(limits.stories, Math.max(limits.stories - limits.more, 1 + filled));
  const taken = (section: string) =>
    [...placed].filter(([story, place]) => place === 'story' && story.section === section).length;
  const fits = (story: Ranked & { section: string }) =>
    placed.size < told && room(story) && taken(story.section) < (most.get(story.section) ?? 0);
  for (const { name } of sections) {
    put(
      eligible.find((story) => story.section === name && fits(story)),
      'story',
    );
  }
  for (const story of eligible) if (fits(story)) put(story, 'story');
  const links = () => [...placed.values()].filter((place) => place === 'more').length;
  for (const story of eligible) {
    if (placed.size < limits.stories && links() < limits.more && room(story) && story.candidate.hasLink) {
      put(story, 'more');
    }
  }

  const rest = eligible.filter((story) => !placed.has(story));
  const lastPlace = links() > 0 ? 'more' : 'story';
  const last = eligible.findLast((story) => placed.get(story) === lastPlace)?.score ?? 0;
  const full = placed.size >= limits.stories || links() >= limits.more;
  for (const story of rest) {
    const tooLow = full && story.score < last;
    story.out = tooLow
      ? 'below'
      : !room(story)
        ? 'source_full'
        : story.candidate.hasLink
          ? 'below'
          : 'no_link';
  }
  rest
    .filter(({ out }) => out === 'below')
    .forEach((story, ahead) => {
      Object.assign(story.parts, { last, ahead });
    });
  return inOrder(eligible, placed, sections);
}

function inOrder(
  eligible: readonly (Ranked & { section: string })[],
  placed: ReadonlyMap<Ranked, Place>,
  sections: NewsletterSettings['sections'],
): SelectedItem[] {
  const at = (place: Place) => eligible.filter((story) => placed.get(story) === place);
  const stories = sections.flatMap(({ name }) => at('story').filter(({ section }) => section === name));
  return [...at('lead'), ...stories, ...at('more')].map((story, index) => ({
    candidate: story.candidate,
    place: placed.get(story) as Place,
    section: story.section,
    position: index + 1,
  }));
}
