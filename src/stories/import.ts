import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Db } from '../database/connect.ts';
import type { SourceTable } from '../database/tables/sources.ts';
import type { SectionBy, StoryTable } from '../database/tables/stories.ts';
import { guessLanguage } from '../sources/language.ts';
import type { RawStory, ReadStories, RefusedItem } from '../sources/raw-story.ts';
import { assignClusters } from './clusters.ts';
import { newStoryCode } from './code.ts';

/** What became of the items of one document: every one of them is counted in one of the four. */
export interface ImportReport {
  new: number;
  changed: number;
  unchanged: number;
  refused: RefusedItem[];
}

/** What storing needs of a source. */
export type StorySource = Pick<Selectable<SourceTable>, 'id' | 'section' | 'language'>;

/** Below SQLite's limit of bound values. */
const LIST = 500;

/**
 * Stores what was read of one document, in one transaction. Idempotent: the same guid of the same source is the same
 * story, and is changed only when its source now says something else. What editors made of a story stays.
 */
export async function storeStories(
  db: Db,
  source: StorySource,
  read: ReadStories,
  now: Temporal.Instant,
): Promise<ImportReport> {
  return db.transaction().execute(async (tx) => {
    const report: ImportReport = { new: 0, changed: 0, unchanged: 0, refused: read.refused };
    const stored = await readStored(tx, source.id, read.stories);
    const touched: number[] = [];
    for (const story of read.stories) {
      const row = rowOf(story, source);
      const before = stored.get(story.guid);
      if (before === undefined) {
        const added = await addStory(tx, source, story, row, now);
        if (added !== undefined) touched.push(added.id);
        report[added === undefined ? 'unchanged' : 'new'] += 1;
        if (added !== undefined) stored.set(story.guid, added);
      } else if (before.digest === row.digest) report.unchanged += 1;
      else {
        await changeStory(tx, before, row, now);
        stored.set(story.guid, { ...before, digest: row.digest });
        touched.push(before.id);
        report.changed += 1;
      }
    }
    if (touched.length > 0) await assignClusters(tx, [...new Set(touched)]);
    return report;
  });
}

type StoredStory = Pick<
  Selectable<StoryTable>,
  'id' | 'digest' | 'section' | 'section_by' | 'summary' | 'summary_by'
>;

async function readStored(tx: Db, sourceId: number, stories: RawStory[]): Promise<Map<string, StoredStory>> {
  const stored = new Map<string, StoredStory>();
  for (let from = 0; from < stories.length; from += LIST) {
    const rows = await tx
      .selectFrom('stories')
      .select(['id', 'guid', 'digest', 'section', 'section_by', 'summary', 'summary_by'])
      .where('source_id', '=', sourceId)
      .where(
        'guid',
        'in',
        stories.slice(from, from + LIST).map((story) => story.guid),
      )
      .execute();
    for (const { guid, ...row } of rows) stored.set(guid, row);
  }
  return stored;
}

type StoryRow = ReturnType<typeof rowOf>;

async function addStory(
  tx: Db,
  source: StorySource,
  story: RawStory,
  row: StoryRow,
  now: Temporal.Instant,
): Promise<StoredStory | undefined> {
  return (
    tx
      .insertInto('stories')
      .values({
        ...row,
        code: await newStoryCode(tx),
        source_id: source.id,
        guid: story.guid,
        published_at: story.publishedAt ?? now.epochMilliseconds,
        undated: story.publishedAt === null ? 1 : 0,
        created_at: now.epochMilliseconds,
      })
      // Another process may poll the same source at this moment.
      .onConflict((conflict) => conflict.columns(['source_id', 'guid']).doNothing())
      .returning(['id', 'digest', 'section', 'section_by', 'summary', 'summary_by'])
      .executeTakeFirst()
  );
}

/** What the source says anew; the moment it was published stays, and so does what an editor or a better guess made. */
async function changeStory(tx: Db, before: StoredStory, row: StoryRow, now: Temporal.Instant): Promise<void> {
  const keepSection = before.section_by === 'editor' || (row.section === null && before.section !== null);
  const keepSummary = before.summary_by === 'editor';
  await tx
    .updateTable('stories')
    .set({
      ...row,
      ...(keepSection ? { section: before.section, section_by: before.section_by } : {}),
      ...(keepSummary ? {} : { summary: null, summary_by: null }),
      changed_at: now.epochMilliseconds,
    })
    .where('id', '=', before.id)
    .execute();
}

function rowOf(story: RawStory, source: StorySource) {
  return {
    url: story.url,
    headline: story.headline,
    ...sectionOf(story, source),
    language:
      story.language ??
      source.language ??
      guessLanguage(`${story.headline}. ${story.description ?? ''} ${story.body.slice(0, 2000)}`),
    dateline: story.dateline,
    byline: story.byline,
    credit: story.credit,
    body: story.body,
    description: story.description,
    picture_url: story.picture?.url ?? null,
    picture_alt: story.picture?.alt ?? null,
    picture_credit: story.picture?.credit ?? null,
    digest: digestOf(story),
  };
}

function sectionOf(
  story: RawStory,
  source: StorySource,
): { section: string | null; section_by: SectionBy | null } {
  if (story.section !== null) return { section: story.section, section_by: 'label' };
  return { section: source.section, section_by: source.section === null ? null : 'source' };
}

/** Over the words that readers see. Not over the date, which feeds renew, nor over pictures, whose addresses change daily. */
function digestOf({ headline, section, dateline, byline, credit, url, body, description }: RawStory): string {
  const said = JSON.stringify([headline, section, dateline, byline, credit, url, body, description]);
  return createHash('sha256').update(said).digest('hex');
}
