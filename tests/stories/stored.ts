import type { Insertable } from 'kysely';
import type { Db } from '../../src/database/connect.ts';
import type { StoryTable } from '../../src/database/tables/stories.ts';
import { newStoryCode } from '../../src/stories/code.ts';

/** 24 November 2026, 06:00 UTC. */
export const MORNING = Date.UTC(2026, 10, 24, 6);

/** Stores a source and gives its key. */
export async function newSource(db: Db, name = 'Harbour Wire'): Promise<number> {
  const row = await db
    .insertInto('sources')
    .values({ name, kind: 'file', url: `file:${name}`, created_at: MORNING })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Stores one story, ordinary in whatever `story` leaves out, and gives its key. */
export async function storeStory(
  db: Db,
  sourceId: number,
  story: Partial<Insertable<StoryTable>>,
): Promise<number> {
  const code = story.code ?? (await newStoryCode(db));
  const row = await db
    .insertInto('stories')
    .values({
      source_id: sourceId,
      guid: code,
      headline: 'A headline',
      published_at: MORNING,
      body: '',
      digest: '',
      created_at: MORNING,
      ...story,
      code,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
