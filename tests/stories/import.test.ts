import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import type { RawStory } from '../../src/sources/raw-story.ts';
import { storeStories } from '../../src/stories/import.ts';
import { onEachDatabase } from '../setup/databases.ts';

const now = Temporal.Instant.from('2026-12-01T08:00:00Z');
const later = now.add({ hours: 1 });

function raw(change: Partial<RawStory> = {}): RawStory {
  return {
    guid: 'p1',
    url: 'https://wire.example/ports',
    headline: 'Eleven ports agree to share one flood fund',
    section: null,
    language: 'en',
    dateline: null,
    byline: null,
    credit: null,
    publishedAt: Date.parse('2026-11-30T09:00:00Z'),
    body: 'Eleven port cities agreed on Monday to pay into one fund.',
    description: null,
    picture: null,
    ...change,
  };
}

async function newSource(db: Db, section: string | null = null, name = 'Harbour Wire') {
  return db
    .insertInto('sources')
    .values({ name, kind: 'file', url: `file:${name}`, section, created_at: 0 })
    .returningAll()
    .executeTakeFirstOrThrow();
}

onEachDatabase((database) => {
  test('a story is new once, then unchanged, and changed when its source says something else', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const refused = [{ place: 'item 2', reason: 'no headline' }];
    const counts = async (story: RawStory, at = now) => {
      const report = await storeStories(db, source, { stories: [story], refused }, at);
      return [report.new, report.changed, report.unchanged, report.refused.length];
    };
    expect(await counts(raw())).toEqual([1, 0, 0, 1]);
    expect(await counts(raw(), later)).toEqual([0, 0, 1, 1]);
    // A feed that renews its dates and addresses of pictures says nothing new.
    const renewed = {
      publishedAt: later.epochMilliseconds,
      picture: { url: 'https://wire.example/a.jpg?sig=2', alt: null, credit: null },
    };
    expect(await counts(raw(renewed), later)).toEqual([0, 0, 1, 1]);
    expect(
      await db.selectFrom('stories').select(['published_at', 'changed_at', 'created_at']).execute(),
    ).toEqual([
      {
        published_at: Date.parse('2026-11-30T09:00:00Z'),
        changed_at: null,
        created_at: now.epochMilliseconds,
      },
    ]);
    expect(await counts(raw({ headline: 'Twelve ports agree to share one flood fund' }), later)).toEqual([
      0, 1, 0, 1,
    ]);
    const rows = await db
      .selectFrom('stories')
      .select(['headline', 'changed_at', 'published_at', 'cluster_id', 'code'])
      .execute();
    expect(rows).toMatchObject([
      {
        headline: 'Twelve ports agree to share one flood fund',
        changed_at: later.epochMilliseconds,
        published_at: Date.parse('2026-11-30T09:00:00Z'),
      },
    ]);
    expect(rows[0]?.cluster_id).not.toBeNull();
    expect(rows[0]?.code).toMatch(/^[a-z0-9]{4,}$/);
  });

  test('what an editor made of a story survives its change; what we made does not', async () => {
    const { db } = await database.create();
    const source = await newSource(db, 'World');
    await storeStories(db, source, { stories: [raw(), raw({ guid: 'p2' })], refused: [] }, now);
    await db
      .updateTable('stories')
      .set({ section: 'Climate', section_by: 'editor', summary: 'Mine.', summary_by: 'editor' })
      .where('guid', '=', 'p1')
      .execute();
    await db
      .updateTable('stories')
      .set({ summary: 'Extracted.', summary_by: 'extract' })
      .where('guid', '=', 'p2')
      .execute();
    const body = 'Twelve port cities agreed on Monday to pay into one fund.';
    await storeStories(
      db,
      source,
      { stories: [raw({ body }), raw({ guid: 'p2', body })], refused: [] },
      later,
    );
    const rows = await db
      .selectFrom('stories')
      .select(['guid', 'section', 'section_by', 'summary', 'summary_by', 'body'])
      .orderBy('guid')
      .execute();
    expect(rows).toEqual([
      { guid: 'p1', section: 'Climate', section_by: 'editor', summary: 'Mine.', summary_by: 'editor', body },
      { guid: 'p2', section: 'World', section_by: 'source', summary: null, summary_by: null, body },
    ]);
  });

  test('the section is the label, else the source\u2019s, and a guess stays until somebody knows better', async () => {
    const { db } = await database.create();
    const [world, none] = [await newSource(db, 'World'), await newSource(db, null, 'Correo')];
    await storeStories(
      db,
      world,
      { stories: [raw({ section: 'Sport' }), raw({ guid: 'p2' })], refused: [] },
      now,
    );
    await storeStories(db, none, { stories: [raw()], refused: [] }, now);
    await db
      .updateTable('stories')
      .set({ section: 'Business', section_by: 'guess' })
      .where('source_id', '=', none.id)
      .execute();
    await storeStories(db, none, { stories: [raw({ headline: 'Other words' })], refused: [] }, later);
    const rows = await db.selectFrom('stories').select(['section', 'section_by']).orderBy('id').execute();
    expect(rows).toEqual([
      { section: 'Sport', section_by: 'label' },
      { section: 'World', section_by: 'source' },
      { section: 'Business', section_by: 'guess' },
    ]);
  });

  test('the same guid in another source is another story, of the same event', async () => {
    const { db } = await database.create();
    for (const name of ['Harbour Wire', 'Correo']) {
      const report = await storeStories(
        db,
        await newSource(db, null, name),
        { stories: [raw()], refused: [] },
        now,
      );
      expect(report.new).toBe(1);
    }
    const rows = await db.selectFrom('stories').select('cluster_id').execute();
    expect(rows).toHaveLength(2);
    expect(new Set(rows.map((row) => row.cluster_id)).size).toBe(1);
  });

  test('a story without date counts from its import, one without language is told by its words', async () => {
    const { db } = await database.create();
    const body =
      'Mười một thành phố cảng hôm thứ Hai đồng ý góp chung một quỹ sửa chữa sau lũ, bộ cho biết trong một thông cáo.';
    await storeStories(
      db,
      await newSource(db),
      { stories: [raw({ publishedAt: null, language: null, body, headline: 'Mười một cảng' })], refused: [] },
      now,
    );
    expect(await db.selectFrom('stories').select(['published_at', 'language']).execute()).toEqual([
      { published_at: now.epochMilliseconds, language: 'vi' },
    ]);
  });

  test('a document that fails half way leaves nothing behind', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const broken = raw({ guid: 'p2', body: null as unknown as string, language: 'en' });
    await expect(storeStories(db, source, { stories: [raw(), broken], refused: [] }, now)).rejects.toThrow();
    expect(await db.selectFrom('stories').select('id').execute()).toEqual([]);
  });

  test('two imports of the same document at once store each story once', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const stories = Array.from({ length: 30 }, (_, index) =>
      raw({ guid: `p${index}`, url: null, headline: `Story number ${index} of thirty` }),
    );
    const reports = await Promise.all(
      [1, 2].map(() => storeStories(db, source, { stories, refused: [] }, now)),
    );
    expect(reports.reduce((sum, report) => sum + report.new, 0)).toBe(30);
    expect(reports.reduce((sum, report) => sum + report.unchanged, 0)).toBe(30);
  });
});
