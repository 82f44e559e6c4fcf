import type { Place } from '../database/tables/editions.ts';
import type { NewsletterSettings } from '../newsletters/settings.ts';
import { type Carried, hasDeveloped } from './development.ts';
import type { Window } from './window.ts';

/** A stored story as selection sees it. Times in ms UTC. */
export interface Candidate {
  id: number;
  code: string;
  headline: string;
  section: string | null;
  language: string | null;
  clusterId: number | null;
  sourceId: number;
  sourceName: string;
  sourceTags: string[];
  sourceWeight: number;
  /** Whose report it is: its credit, else its source's name. */
  voice: string;
  hasPicture: boolean;
  publishedAt: number;
  /** First stored. */
  createdAt: number;
  changedAt: number | null;
  withdrawnAt: number | null;
}

/** What came before: the window, what earlier editions of the rhythm carried, what an editor pinned in this one. */
export interface History {
  slotAt: number;
  window: Window;
  carried: readonly Carried[];
  pinned: ReadonlySet<number>;
}

/** Why a story is in or out: a closed set, stored and explained by `why`. */
export type Reason =
  | 'lead'
  | 'section'
  | 'more'
  | 'same_event'
  | 'source_full'
  | 'below'
  | 'carried'
  | 'later'
  | 'older'
  | 'other_section'
  | 'no_section'
  | 'other_source'
  | 'language'
  | 'withdrawn';

/** The factors of a score, and what the reason refers to. */
export interface Parts {
  /** Age at the slot, ms, and what it leaves of the score. */
  age: number;
  fresh: number;
  source: string;
  weight: number;
  /** How many voices report the event, and what that multiplies by. */
  reports: number;
  event: number;
  /** Left out where no editor pinned it. */
  pin?: number;
  picture: boolean;
  /** same_event: the story that stands for it. */
  standsFor?: string;
  /** carried: what was carried, in which edition (its name and slot, ms UTC). carried in though: developed since. */
  carriedAs?: { code: string; edition: string; slotAt: number };
  /** below: the last score that got in, and how many stand between (0: next in line). */
  last?: number;
  ahead?: number;
}

export interface Verdict {
  storyId: number;
  code: string;
  section: string | null;
  verdict: 'in' | 'out';
  reason: Reason;
  score: number;
  parts: Parts;
}

export interface SelectedItem {
  candidate: Candidate;
  place: Place;
  /** In the newsletter's own spelling. */
  section: string;
  /** From 1. */
  position: number;
}

export interface Selection {
  items: SelectedItem[];
  /** One for every story seen: what is in by position, then what is out by score. */
  verdicts: Verdict[];
}

/**
 * Chooses an edition's stories. Pure and deterministic: the same stories, settings and history give the same
 * edition, whoever runs it and when, because age counts from the slot.
 */
export function select(
  candidates: readonly Candidate[],
  newsletter: Pick<NewsletterSettings, 'sections' | 'sources' | 'language' | 'story_language' | 'limits'>,
  history: History,
): Selection {
  const voices = voicesByCluster(candidates);
  const ranked = candidates
    .map((candidate) => rank(candidate, voices, newsletter, history))
    .sort(
      (one, other) =>
        other.score - one.score ||
        other.candidate.publishedAt - one.candidate.publishedAt ||
        one.candidate.id - other.candidate.id,
    );
  for (const story of ranked) story.out = ruledOut(story, newsletter, history);
  for (const story of ranked) if (!story.out) story.out = carriedBefore(story, ranked, history);
  oneOfEachEvent(ranked);
  const items = fillPlaces(ranked, newsletter);
  return { items, verdicts: verdictsOf(ranked, items) };
}

/** A candidate with its score, and why it is out as far as is known. */
interface Ranked {
  candidate: Candidate;
  score: number;
  parts: Parts;
  /** The newsletter's own spelling of its section; null: it has none here. */
  section: string | null;
  out?: Reason | undefined;
}

function rank(
  candidate: Candidate,
  voices: Map<number, Set<string>>,
  newsletter: Parameters<typeof select>[1],
  { slotAt, window, pinned }: History,
): Ranked {
  const age = Math.max(0, slotAt - candidate.publishedAt);
  const reports = candidate.clusterId === null ? 1 : (voices.get(candidate.clusterId)?.size ?? 1);
  const parts: Parts = {
    age,
    fresh: 0.5 ** (age / window.halfLife),
    source: candidate.sourceName,
    weight: candidate.sourceWeight,
    reports,
    // Three reports count about double: more is more, but ten agencies do not crowd out the rest.
    event: Math.max(1, reports) ** 0.7,
    ...(pinned.has(candidate.id) ? { pin: PIN } : {}),
    picture: candidate.hasPicture,
  };
  const name = candidate.section?.toLowerCase();
  const section = newsletter.sections.find((each) => each.name.toLowerCase() === name)?.name ?? null;
  return { candidate, score: parts.fresh * parts.weight * parts.event * (parts.pin ?? 1), parts, section };
}

/** Above whatever freshness, weight and reports come to. */
const PIN = 10;

/** The rules that look at one story alone. */
function ruledOut(
  { candidate, section }: Ranked,
  newsletter: Parameters<typeof select>[1],
  { window, pinned }: History,
): Reason | undefined {
  if (candidate.withdrawnAt !== null) return 'withdrawn';
  if (pinned.has(candidate.id)) return undefined;
  const { sources } = newsletter;
  const named = [candidate.sourceName, ...candidate.sourceTags].map((name) => name.toLowerCase());
  if (sources.length > 0 && !sources.some((name) => named.includes(name.toLowerCase())))
    return 'other_source';
  const wanted = newsletter.story_language ?? newsletter.language;
  if (candidate.language !== null && baseOf(candidate.language) !== baseOf(wanted)) return 'language';
  if (candidate.publishedAt >= window.to) return 'later';
  if (!isNews(candidate, window)) return 'older';
  if (candidate.section === null) return 'no_section';
  if (section === null) return 'other_section';
  return undefined;
}

/** Published in the window, first seen in it though a little older, or changed in it. */
function isNews({ publishedAt, createdAt, changedAt }: Candidate, window: Window): boolean {
  if (publishedAt >= window.from) return true;
  if (publishedAt >= window.lateFrom && createdAt >= window.from) return true;
  return publishedAt >= window.seenFrom && changedAt !== null && changedAt >= window.from;
}

/** What an earlier edition of this rhythm carried is out, as a story or as its event, unless it has developed. */
function carriedBefore(
  story: Ranked,
  all: readonly Ranked[],
  { carried, pinned }: History,
): Reason | undefined {
  const { id, clusterId } = story.candidate;
  const earlier =
    carried.find((each) => each.storyId === id) ??
    carried.find((each) => each.clusterId !== null && each.clusterId === clusterId);
  if (!earlier) return undefined;
  const { code, edition, slotAt } = earlier;
  story.parts.carriedAs = { code, edition, slotAt };
  if (pinned.has(id)) return undefined;
  const event = all.flatMap(({ candidate, out }) =>
    clusterId !== null && candidate.clusterId === clusterId && !out ? [candidate] : [],
  );
  return hasDeveloped(story.candidate, earlier, event) ? undefined : 'carried';
}

/** The best report of an event stands for the others. `ranked` is in order of score. */
function oneOfEachEvent(ranked: readonly Ranked[]): void {
  const best = new Map<number, Candidate>();
  for (const story of ranked) {
    const { clusterId } = story.candidate;
    if (story.out || clusterId === null) continue;
    const stands = best.get(clusterId);
    if (!stands) {
      best.set(clusterId, story.candidate);
      continue;
    }
    story.out = 'same_event';
    story.parts.standsFor = stands.code;
  }
}

/**
 * The lead, then the best of each section, then the best of all within each section's number; the next best
 * become "More news". Links get their own share of the total, so that an edition can be finished.
 */
function fillPlaces(
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
  put(eligible.find(({ section }) => leading.has(section)) ?? eligible[0], 'lead');

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
    if (placed.size < limits.stories && links() < limits.more && room(story)) put(story, 'more');
  }

  const rest = eligible.filter((story) => !placed.has(story));
  const lastPlace = links() > 0 ? 'more' : 'story';
  const last = eligible.findLast((story) => placed.get(story) === lastPlace)?.score ?? 0;
  const full = placed.size >= limits.stories || links() >= limits.more;
  for (const story of rest) story.out = room(story) || (full && story.score < last) ? 'below' : 'source_full';
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

function verdictsOf(ranked: readonly Ranked[], items: readonly SelectedItem[]): Verdict[] {
  const reasons = { lead: 'lead', story: 'section', brief: 'section', more: 'more' } as const;
  const byId = new Map(ranked.map((story) => [story.candidate.id, story]));
  const chosen = items.flatMap(({ candidate, place }) => {
    const story = byId.get(candidate.id);
    return story ? [verdict(story, 'in', reasons[place])] : [];
  });
  const out = ranked.flatMap((story) => (story.out ? [verdict(story, 'out', story.out)] : []));
  return [...chosen, ...out];
}

function verdict({ candidate, section, score, parts }: Ranked, said: 'in' | 'out', reason: Reason): Verdict {
  return {
    storyId: candidate.id,
    code: candidate.code,
    section: section ?? candidate.section,
    verdict: said,
    reason,
    score,
    parts,
  };
}

function voicesByCluster(candidates: readonly Candidate[]): Map<number, Set<string>> {
  const voices = new Map<number, Set<string>>();
  for (const { clusterId, voice, withdrawnAt } of candidates) {
    if (clusterId === null || withdrawnAt !== null) continue;
    const known = voices.get(clusterId);
    if (known) known.add(voice);
    else voices.set(clusterId, new Set([voice]));
  }
  return voices;
}

/** `pt-BR` → `pt`: a reader of one reads the other. Feeds write `pt_BR` and worse: nothing here may throw. */
function baseOf(language: string): string {
  return language.toLowerCase().split(/[-_]/)[0] ?? '';
}
