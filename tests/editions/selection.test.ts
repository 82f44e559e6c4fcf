import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../src/editions/candidate.ts';
import type { Carried } from '../../src/editions/development.ts';
import { type History, select } from '../../src/editions/selection.ts';
import { editionWindow } from '../../src/editions/window.ts';
import { newsletterSettings } from '../../src/newsletters/settings.ts';
import { instant } from './newsroom.ts';

const SLOT = instant('2026-11-24T07:00Z');
const HOUR = 3_600_000;

function newsletter(lines: object = {}) {
  return newsletterSettings.parse({
    slug: 'morning',
    name: 'Morning Briefing',
    from: 'Harbour Ledger <digest@ledger.example>',
    postal_address: '1 Quay',
    time_zone: 'UTC',
    rhythms: { daily: '0 7 * * *' },
    ...lines,
  });
}

/** Story `id`, `age` hours old at the slot. */
function story(id: number, age: number, more: Partial<Candidate> = {}): Candidate {
  const publishedAt = SLOT.epochMilliseconds - age * HOUR;
  const sourceName = more.sourceName ?? `Source ${id}`;
  return {
    id,
    code: `s${id}`,
    headline: `Headline number ${id}`,
    section: 'World',
    language: 'en',
    clusterId: null,
    sourceId: id,
    sourceName,
    sourceTags: [],
    sourceWeight: 1,
    voice: sourceName,
    hasPicture: false,
    hasLink: true,
    isDated: true,
    publishedAt,
    createdAt: publishedAt,
    changedAt: null,
    withdrawnAt: null,
    ...more,
  };
}

function choose(candidates: Candidate[], settings = newsletter(), history: Partial<History> = {}) {
  const window = editionWindow(settings, 'daily', SLOT, null);
  const { items, verdicts } = select(candidates, settings, {
    slotAt: SLOT.epochMilliseconds,
    window,
    carried: [],
    pinned: new Set(),
    ...history,
  });
  return {
    places: items.map(({ candidate, place, section }) => `${candidate.code} ${place} ${section}`),
    codes: items.map(({ candidate }) => candidate.code),
    reason: (code: string) => verdicts.find((verdict) => verdict.code === code)?.reason,
    parts: (code: string) => verdicts.find((verdict) => verdict.code === code)?.parts,
    score: (code: string) => verdicts.find((verdict) => verdict.code === code)?.score,
    verdicts,
  };
}

const many = (first: number, count: number, section: string): Candidate[] =>
  Array.from({ length: count }, (_, index) => story(first + index, 1 + index, { section }));

describe('places', () => {
  test('a rich day has a lead, full stories in the order of the sections, and links, twelve in all', () => {
    const { places } = choose([...many(1, 20, 'World'), ...many(101, 20, 'Business')]);
    expect(places).toEqual([
      's1 lead World',
      's2 story World',
      's3 story World',
      's101 story Business',
      's102 story Business',
      's103 story Business',
      's4 more World',
      's104 more Business',
      's5 more World',
      's105 more Business',
      's6 more World',
      's106 more Business',
    ]);
  });

  test('at most four of a section are told, the next best become links', () => {
    const { places } = choose(many(1, 14, 'World'));
    expect(places.filter((place) => place.includes('story'))).toHaveLength(4);
    expect(places.filter((place) => place.includes('more'))).toHaveLength(6);
    expect(places).toHaveLength(11);
  });

  test('the best of a weak section comes before the sixth of a strong one', () => {
    const { places } = choose([...many(1, 14, 'World'), story(50, 20, { section: 'Business' })]);
    expect(places).toContain('s50 story Business');
  });

  test('the lead comes from a lead section, however good the others are', () => {
    const sections = [{ name: 'Sport', lead: false }, 'World'];
    const { places } = choose(
      [story(1, 1, { section: 'Sport' }), story(2, 9), story(3, 8)],
      newsletter({ sections }),
    );
    expect(places).toEqual(['s3 lead World', 's1 story Sport', 's2 story World']);
  });

  test('a story without a date looks half as fresh, and leads only where an editor pins it', () => {
    const candidates = [story(1, 1, { isDated: false }), story(2, 20), story(3, 21)];
    expect(choose(candidates).places[0]).toBe('s2 lead World');
    expect(choose(candidates).parts('s1')?.fresh).toBeCloseTo(0.5 * 0.5 ** (1 / 18));
    expect(choose(candidates, newsletter(), { pinned: new Set([1]) }).places[0]).toBe('s1 lead World');
    const none = candidates.map((each) => ({ ...each, isDated: false }));
    expect(choose(none).places[0]).toBe('s1 lead World');
  });

  test('what cannot be opened is told or left out, and is never a mere link', () => {
    const candidates = many(1, 20, 'World').map((each) =>
      each.id === 7 ? { ...each, hasLink: false } : each,
    );
    const { codes, reason } = choose(candidates);
    expect(codes).not.toContain('s7');
    expect(reason('s7')).toBe('no_link');
    const lead = choose([story(1, 1, { hasLink: false }), story(2, 2)]);
    expect(lead.places[0]).toBe('s1 lead World');
  });

  test('sections are recognised whatever their letter case, and shown as the newsletter writes them', () => {
    expect(choose([story(1, 1, { section: 'WORLD' })]).places).toEqual(['s1 lead World']);
  });
});

describe('score', () => {
  test('is freshness × source × event', () => {
    const cluster = { clusterId: 9 };
    const chosen = choose([
      story(1, 2, { ...cluster, sourceWeight: 1.2 }),
      story(2, 3, cluster),
      story(3, 4, cluster),
    ]);
    expect(chosen.parts('s1')).toMatchObject({ weight: 1.2, reports: 3 });
    expect(chosen.parts('s1')?.fresh).toBeCloseTo(0.93, 2);
    expect(chosen.parts('s1')?.event).toBeCloseTo(2.16, 2);
    expect(chosen.score('s1')).toBeCloseTo(2.4, 1);
  });

  test('counts voices, not items: one source that reports five times is one report', () => {
    const repeated = [1, 2, 3].map((id) => story(id, id, { clusterId: 9, sourceId: 1, voice: 'Wire' }));
    expect(choose(repeated).parts('s1')?.reports).toBe(1);
  });

  test('does not depend on the order in which stories are read', () => {
    const stories = [...many(1, 15, 'World'), ...many(101, 15, 'Business')];
    expect(choose(stories.toReversed()).verdicts).toEqual(choose(stories).verdicts);
  });

  test('a pinned story is in, whatever the rules say of it', () => {
    const stories = [...many(1, 20, 'World'), story(77, 22, { section: 'Sport' })];
    expect(choose(stories, newsletter(), { pinned: new Set([77]) }).codes).toContain('s77');
  });
});

describe('every story seen has a reason', () => {
  test('one of an event stands for it, the others name it', () => {
    const chosen = choose([story(1, 5, { clusterId: 4 }), story(2, 2, { clusterId: 4 }), story(3, 3)]);
    expect(chosen.codes).toEqual(['s2', 's3']);
    expect(chosen.reason('s1')).toBe('same_event');
    expect(chosen.parts('s1')?.standsFor).toBe('s2');
  });

  test('at most three of one source, where there are three', () => {
    const one = [1, 2, 3, 4, 5].map((id) => story(id, id, { sourceId: 1, sourceName: 'Wire' }));
    const chosen = choose([...one, story(8, 10), story(9, 11)]);
    expect(chosen.codes).toEqual(['s1', 's2', 's3', 's8', 's9']);
    expect(chosen.reason('s4')).toBe('source_full');
    // With two sources a limit would only make the edition thin.
    expect(choose([...one, story(8, 10)]).codes).toHaveLength(6);
  });

  test('what just missed knows the score it lacked and who stands before it', () => {
    const chosen = choose(many(1, 14, 'World'));
    expect(chosen.reason('s12')).toBe('below');
    expect(chosen.parts('s12')).toMatchObject({ ahead: 0, last: chosen.score('s11') });
    expect(chosen.parts('s13')).toMatchObject({ ahead: 1 });
  });

  test('a story under another name of a section stands in it', () => {
    const { places } = choose([story(1, 2, { section: 'International' })]);
    expect(places).toEqual(['s1 lead World']);
  });

  test.each([
    ['older', story(1, 30)],
    ['later', story(1, 0)],
    ['other_section', story(1, 2, { section: 'Sport' })],
    ['no_section', story(1, 2, { section: null })],
    ['language', story(1, 2, { language: 'vi' })],
    ['withdrawn', story(1, 2, { withdrawnAt: 1 })],
  ] as const)('%s', (reason, candidate) => {
    const chosen = choose([candidate, story(2, 3)]);
    expect(chosen.reason('s1')).toBe(reason);
    expect(chosen.codes).toEqual(['s2']);
    expect(chosen.verdicts).toHaveLength(2);
  });

  test('a story of another variety of the language, or of an unknown one, is read', () => {
    expect(choose([story(1, 2, { language: 'en_GB' }), story(2, 3, { language: null })]).codes).toHaveLength(
      2,
    );
  });

  test('only named sources count, by name or tag, where the newsletter names some', () => {
    const settings = newsletter({ sources: ['wire', 'Partners'] });
    const chosen = choose(
      [story(1, 1, { sourceName: 'Wire' }), story(2, 2, { sourceTags: ['partners'] }), story(3, 3)],
      settings,
    );
    expect(chosen.codes).toEqual(['s1', 's2']);
    expect(chosen.reason('s3')).toBe('other_source');
  });
});

describe('what an earlier edition carried', () => {
  const yesterday = instant('2026-11-23T06:55Z').epochMilliseconds;
  const carried: Carried = {
    storyId: 1,
    code: 's1',
    clusterId: 7,
    headlines: ['Ports agree to share one flood fund'],
    edition: '2026-11-23',
    slotAt: yesterday + 5 * 60_000,
    windowTo: yesterday,
  };
  const window = editionWindow(newsletter(), 'daily', SLOT, yesterday);
  const afterwards = (candidates: Candidate[]) =>
    choose(candidates, newsletter(), { window, carried: [carried] });

  test('is out, as the same story and as another report of its event', () => {
    const chosen = afterwards([
      story(2, 5, { clusterId: 7, headline: 'Ports agree on flood fund' }),
      story(1, 26, {
        clusterId: 7,
        headline: 'Ports agree to share one flood fund',
        changedAt: yesterday + 1,
      }),
    ]);
    expect(chosen.codes).toEqual([]);
    expect(chosen.reason('s1')).toBe('carried');
    expect(chosen.reason('s2')).toBe('carried');
    expect(chosen.parts('s2')?.carriedAs).toMatchObject({ code: 's1', edition: '2026-11-23' });
  });

  test('is in again when its source changed the headline to say something else', () => {
    const changed = { clusterId: 7, changedAt: yesterday + HOUR };
    expect(
      afterwards([story(1, 26, { ...changed, headline: 'Court stops flood fund of ports' })]).codes,
    ).toEqual(['s1']);
    // Spelling and punctuation are no news.
    expect(
      afterwards([story(1, 26, { ...changed, headline: 'Ports agree to share one “flod” fund' })]).codes,
    ).toEqual([]);
  });

  test('is in again when two voices report something else since, not when one does', () => {
    const report = (id: number) => story(id, id, { clusterId: 7, headline: 'Court stops the shared fund' });
    expect(afterwards([report(2)]).codes).toEqual([]);
    expect(afterwards([report(2), report(3)]).codes).toEqual(['s2']);
    // Also when the better of the two tells what readers know: it counts as a voice, the other one as the news.
    const known = story(4, 1, { clusterId: 7, headline: 'Ports agree on flood fund' });
    expect(afterwards([known, report(3)]).codes).toEqual(['s3']);
  });
});

describe('the window', () => {
  test('begins where the last edition ended, so that nothing falls between two', () => {
    const previous = instant('2026-11-23T06:55Z').epochMilliseconds;
    expect(editionWindow(newsletter(), 'daily', SLOT, previous)).toMatchObject({
      from: previous,
      to: instant('2026-11-24T06:55Z').epochMilliseconds,
    });
  });

  test('of a first weekly edition is seven days, and nothing older is taken after a silence of months', () => {
    const day = 24 * HOUR;
    const week = editionWindow(newsletter(), 'weekly', SLOT, null);
    expect(week.to - week.from).toBe(7 * day);
    const long = editionWindow(newsletter(), 'daily', SLOT, instant('2026-08-01T06:55Z').epochMilliseconds);
    expect(long.to - long.from).toBe(4 * day);
  });

  test('takes a story that a feed gave us late, but no archive', () => {
    const window = editionWindow(newsletter(), 'daily', SLOT, SLOT.epochMilliseconds - 24 * HOUR - 300_000);
    const late = { createdAt: SLOT.epochMilliseconds - 5 * HOUR };
    const chosen = choose([story(1, 25, late), story(2, 40, late), story(3, 25)], newsletter(), { window });
    expect(chosen.codes).toEqual(['s1']);
    expect(chosen.reason('s2')).toBe('older');
    expect(chosen.reason('s3')).toBe('older');
  });
});
