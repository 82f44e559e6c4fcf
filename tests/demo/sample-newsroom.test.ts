import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type SampleNewsroom,
  type SampleSource,
  writeSampleNewsroom,
} from '../../src/demo/sample-newsroom.ts';
import { parseNewsletter } from '../../src/newsletters/file.ts';
import type { RawStory } from '../../src/sources/raw-story.ts';
import { readDocument } from '../../src/sources/read-document.ts';
import { assignClusters } from '../../src/stories/clusters.ts';
import { summarise } from '../../src/stories/summary.ts';
import { addressFault } from '../../src/subscribers/address.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { newSource, storeStory } from '../stories/stored.ts';

const HOUR = 3_600_000;
const PUBLIC_URL = 'http://localhost:3000';
/** An ordinary day, both days on which British clocks change, a leap day and a New Year. */
const DAYS = ['2026-11-24', '2026-03-29', '2026-10-25', '2028-02-29', '2027-01-01'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'broadsheet-samples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function at(day: string) {
  const now = Temporal.Instant.from(`${day}T07:00:00Z`);
  return { now, newsroom: await writeSampleNewsroom(join(folder, day), now, PUBLIC_URL) };
}

async function read(path: string, source: SampleSource, now: Temporal.Instant) {
  return readDocument(await readFile(path), {
    name: basename(path),
    url: source.url,
    contentType: null,
    now,
    language: source.language,
    timeZone: 'Europe/London',
  });
}

async function readAll(newsroom: SampleNewsroom, now: Temporal.Instant) {
  const documents = await Promise.all(
    newsroom.sources.map(async (source) => ({ source, ...(await read(source.document, source, now)) })),
  );
  const stories = documents.flatMap(({ source, stories }) => stories.map((story) => ({ source, story })));
  return { documents, stories };
}

describe.each(DAYS)('on %s', (day) => {
  test('its stories are of the last day, in six sections or more, and none is of the future', async () => {
    const { now, newsroom } = await at(day);
    const { stories } = await readAll(newsroom, now);
    expect(stories.length).toBeGreaterThanOrEqual(46);
    const ages = stories.map(({ story }) => now.epochMilliseconds - (story.publishedAt ?? Number.NaN));
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
    expect(ages.filter((age) => age <= 24 * HOUR).length).toBe(stories.length - 1);
    const sections = new Set(stories.flatMap(({ source, story }) => story.section ?? source.section ?? []));
    expect([...sections]).toEqual(
      expect.arrayContaining([
        ...['World', 'Business', 'Politics', 'Society', 'Science', 'Technology', 'Culture', 'Sport'],
      ]),
    );
  });

  test('one item is refused, and its place is said', async () => {
    const { now, newsroom } = await at(day);
    const { documents } = await readAll(newsroom, now);
    const refused = documents.flatMap(({ source, refused }) =>
      refused.map((item) => ({ at: source.name, ...item })),
    );
    expect(refused).toEqual([
      {
        at: 'Quay Press',
        place: expect.stringMatching(/^line \d+$/),
        reason: 'no headline above the dateline',
      },
    ]);
  });
});

test('every format that we read is among them', async () => {
  const { now, newsroom } = await at('2026-11-24');
  const { documents } = await readAll(newsroom, now);
  expect(new Set(documents.map(({ format }) => format))).toEqual(
    new Set(['RSS', 'RSS 1.0', 'Atom', 'JSON Feed', 'JSON', 'JSON Lines', 'HTML page', 'news page (text)']),
  );
});

test('no placeholder is left', async () => {
  const { newsroom } = await at('2026-11-24');
  const written = [
    ...newsroom.sources.flatMap(({ document, later, since }) =>
      [document, later, since].filter((path) => path !== null),
    ),
    ...newsroom.newsletters.flatMap(({ settings, subscribers }) => [settings, subscribers]),
  ];
  for (const path of written) expect(await readFile(path, 'utf8'), path).not.toMatch(/\{\{|\}\}/);
});

test('asked again, a source has changed one story and kept the other', async () => {
  const { now, newsroom } = await at('2026-11-24');
  const [source] = newsroom.sources.filter(({ later }) => later !== null);
  if (source?.later == null) throw new Error('nothing is changed later');
  const before = new Map(
    (await read(source.document, source, now)).stories.map((story) => [story.guid, story]),
  );
  const after = (await read(source.later, source, now)).stories;
  const changed = after.filter((story) => JSON.stringify(story) !== JSON.stringify(before.get(story.guid)));
  expect(after.length).toBe(2);
  expect(changed.map(({ headline }) => headline)).toEqual([
    'Varnholt lowers its voting age to sixteen by 21 votes',
  ]);
});

test('every story has a summary of whole sentences, without dateline and WordPress leftovers', async () => {
  const { now, newsroom } = await at('2026-11-24');
  for (const { story } of (await readAll(newsroom, now)).stories) {
    const { text } = summarise({ ...story, summary: null, summaryBy: null }, 320);
    expect(text, story.headline).toMatch(/[.!?”"»]$/);
    expect(text, story.headline).not.toMatch(/\[|appeared first|\(Harbour Wire\)|^\p{Lu}{3,}/u);
    expect(text.length).toBeLessThanOrEqual(320);
  }
});

test('every picture that a story shows is drawn: 1104 pixels wide, 16:9, light', async () => {
  const { now, newsroom } = await at('2026-11-24');
  const { stories } = await readAll(newsroom, now);
  const shown = stories
    .flatMap(({ story }) => story.picture?.url ?? [])
    .map((url) => {
      expect(url).toMatch(/^http:\/\/localhost:3000\/pictures\//);
      return basename(url);
    });
  const drawn = (await readdir(newsroom.pictures)).filter((name) => name.endsWith('.jpg'));
  expect(new Set(shown)).toEqual(new Set(drawn));
  for (const name of drawn) {
    const bytes = await readFile(join(newsroom.pictures, name));
    expect(bytes.length).toBeLessThan(120_000);
    expect(jpegSize(bytes)).toEqual({ width: 1104, height: 621 });
  }
});

test('the newsletters are valid, and their readers have addresses in reserved domains', async () => {
  const { newsroom } = await at('2026-11-24');
  const counts: Record<string, number> = {};
  for (const { settings, subscribers } of newsroom.newsletters) {
    const newsletter = parseNewsletter(await readFile(settings, 'utf8'), basename(settings));
    const [, ...rows] = parse(await readFile(subscribers)) as string[][];
    counts[newsletter.slug] = rows.length;
    for (const [email = ''] of rows) {
      expect(addressFault(email), email).toBeNull();
      expect(email).toMatch(/@example\.(?:org|net|com)$/i);
    }
  }
  expect(counts).toMatchObject({ morning: 28 });
  expect(Object.keys(counts)).toEqual(['morning', 'lantern', 'ban-tin-toi', 'masa']);
});

test('the WordPress feed has exactly three stories, without a section of their own', async () => {
  const { now, newsroom } = await at('2026-11-24');
  const { stories } = await readAll(newsroom, now);
  const lane = stories.filter(({ source }) => source.name === 'Lantern Lane');
  expect(lane.map(({ story }) => [story.section, story.description])).toEqual([
    [null, null],
    [null, null],
    [null, null],
  ]);
  expect(new Set(lane.map(({ source }) => source.section))).toEqual(new Set(['Neighbourhood']));
});

onEachDatabase((database) => {
  test('two events are reported more than once, and nothing else is grouped', async () => {
    const { now, newsroom } = await at('2026-11-24');
    const { db } = await database.create();
    const { documents } = await readAll(newsroom, now);
    const ids: number[] = [];
    for (const { source, stories } of documents) {
      const sourceId = await newSource(db, source.name);
      for (const story of stories) ids.push(await storeStory(db, sourceId, rowOf(story)));
    }
    await db.transaction().execute((tx) => assignClusters(tx, ids));
    const rows = await db.selectFrom('stories').select(['cluster_id', 'headline']).execute();
    const groups = Map.groupBy(rows, (row) => row.cluster_id);
    const events = [...groups.values()].filter((group) => group.length > 1);
    expect(events.map((group) => group.map(({ headline }) => headline).sort()).sort()).toEqual([
      [
        'Andean farmers win ruling on glacier water',
        'Court gives Peruvian villages first call on melt water',
      ],
      [
        'Eleven ports agree to share one flood fund',
        'North Sea ports pool their money for storm gates',
        'What eleven ports bought with one flood fund',
      ],
    ]);
  });
});

function rowOf(story: RawStory) {
  const { guid, url, headline, body, description, publishedAt } = story;
  return { guid, url, headline, body, description, published_at: publishedAt ?? 0 };
}

/** Reads the frame header (ITU-T T.81 B.2.2). */
function jpegSize(bytes: Buffer): { width: number; height: number } {
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    if (marker >= 0xffc0 && marker <= 0xffc2)
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
  }
  throw new Error('no frame header');
}
