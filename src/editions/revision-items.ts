import type { Db } from '../database/connect.ts';
import type { Place } from '../database/tables/editions.ts';
import type { RevisionItem } from './revision.ts';

/** What a revision stores of an item: the rest is read from its story. */
export interface ContentItem {
  storyId: number;
  place: Place;
  section: string | null;
  position: number;
  headline: string;
  summary: string;
  pinned: boolean;
}

/** A revision's content as it is stored. Null texts take their automatic form when a message is composed. */
export interface Content {
  subject: string | null;
  preheader: string | null;
  greeting: string | null;
  items: ContentItem[];
}

/** Adds to each item what messages and pages tell of its story. Three queries, whatever the number of items. */
export async function describeItems(db: Db, items: readonly ContentItem[]): Promise<RevisionItem[]> {
  if (items.length === 0) return [];
  const ids = items.map((item) => item.storyId);
  const rows = await db
    .selectFrom('stories')
    .innerJoin('sources', 'sources.id', 'stories.source_id')
    .selectAll('stories')
    .select('sources.name as source_name')
    .where('stories.id', 'in', ids)
    .execute();
  const stories = new Map(rows.map((row) => [row.id, row]));
  const voices = await voicesOf(
    db,
    rows.flatMap(({ cluster_id }) => (cluster_id === null ? [] : [cluster_id])),
  );
  return items.map((item) => {
    const story = stories.get(item.storyId);
    if (!story) throw new Error(`Story ${item.storyId} of an edition does not exist.`);
    const sourceName = story.credit ?? story.source_name;
    return {
      ...item,
      code: story.code,
      url: story.url,
      sourceName,
      alsoReportedBy: (voices.get(story.cluster_id ?? 0) ?? []).filter((voice) => voice !== sourceName),
      byline: story.byline,
      language: story.language,
      publishedAt: story.published_at,
      words: story.body.match(/\S+/g)?.length ?? 0,
      picture:
        story.picture_url === null
          ? null
          : { url: story.picture_url, alt: story.picture_alt, credit: story.picture_credit },
    };
  });
}

/** Who reports each event, in the order in which they did. */
async function voicesOf(db: Db, clusterIds: number[]): Promise<Map<number, string[]>> {
  if (clusterIds.length === 0) return new Map();
  const reports = await db
    .selectFrom('stories')
    .innerJoin('sources', 'sources.id', 'stories.source_id')
    .select(['stories.cluster_id', 'stories.credit', 'sources.name'])
    .where('stories.cluster_id', 'in', clusterIds)
    .where('stories.withdrawn_at', 'is', null)
    .orderBy('stories.published_at')
    .orderBy('stories.id')
    .execute();
  const grouped = Map.groupBy(reports, (report) => report.cluster_id ?? 0);
  return new Map(
    [...grouped].map(([id, group]) => [id, [...new Set(group.map(({ credit, name }) => credit ?? name))]]),
  );
}
