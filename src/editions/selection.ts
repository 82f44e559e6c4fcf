import { sectionFor } from '../newsletters/section-for.ts';
import type { NewsletterSettings } from '../newsletters/settings.ts';
import type { Candidate, Parts, Reason, Verdict } from './candidate.ts';
import { type Carried, hasDeveloped } from './development.ts';
import { fillPlaces, type Ranked, type SelectedItem } from './places.ts';
import type { Window } from './window.ts';

/** What came before: the window, what earlier editions of the rhythm carried, what an editor pinned in this one. */
export interface History {
  slotAt: number;
  window: Window;
  carried: readonly Carried[];
  pinned: ReadonlySet<number>;
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
  const news = ranked.filter((story) => !story.out);
  for (const story of news) story.out = carriedBefore(story, news, history);
  oneOfEachEvent(ranked);
  const items = fillPlaces(ranked, newsletter);
  return { items, verdicts: verdictsOf(ranked, items) };
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
    fresh: (candidate.isDated ? 1 : UNDATED) * 0.5 ** (age / window.halfLife),
    source: candidate.sourceName,
    weight: candidate.sourceWeight,
    reports,
    // Three reports count about double: more is more, but ten agencies do not crowd out the rest.
    event: Math.max(1, reports) ** 0.7,
    ...(pinned.has(candidate.id) ? { pin: PIN } : {}),
    picture: candidate.hasPicture,
  };
  const names = newsletter.sections.map(({ name }) => name);
  const section = sectionFor(candidate.section, names) ?? null;
  return { candidate, score: parts.fresh * parts.weight * parts.event * (parts.pin ?? 1), parts, section };
}

/** A story without a date may be of any age: it never looks as fresh as one that says so. */
const UNDATED = 0.5;

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
  news: readonly Ranked[],
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
  const event = news
    .map(({ candidate }) => candidate)
    .filter((report) => clusterId !== null && report.clusterId === clusterId);
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
