import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { assignClusters } from '../../src/stories/clusters.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { MORNING, newSource, storeStory } from './stored.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const flood = {
  wire: {
    headline: 'Eleven ports agree to share one flood fund',
    body: 'ROTTERDAM: Eleven North Sea ports agreed on Monday to pay into a single fund for storm gates, ending ten years in which each harbour bid against its neighbours. The fund holds 4.2 billion euros.',
  },
  weekly: {
    headline: 'North Sea ports pool money for storm gates',
    body: 'A shared flood fund of 4.2 billion euros was signed in Rotterdam by eleven ports from Aberdeen to Bremerhaven. Harbour masters called the deal overdue.',
  },
  late: {
    headline: 'What the ports’ flood fund will build first',
    body: 'The eleven ports behind the flood fund agreed in Rotterdam named their first storm gates: Esbjerg and Hull. The North Sea fund pays three fifths.',
  },
};
const copper = {
  headline: 'Copper slips for a third day as smelters restart',
  body: 'Copper for delivery in three months fell 2.1 percent to 8,905 dollars a tonne after two smelters in Chile returned to work.',
};
const spill = {
  headline: 'Court lets farmers sue over river spill',
  body: 'Judges in Huaraz ruled that four villages may claim damages from the mine whose tailings reached the river in May.',
};

async function group(db: Db, ...ids: number[]) {
  await db.transaction().execute((tx) => assignClusters(tx, ids));
}

async function clusterOf(db: Db, id: number) {
  const row = await db
    .selectFrom('stories')
    .select('cluster_id')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.cluster_id;
}

onEachDatabase((database) => {
  test('the first stories of an empty database are grouped by event', async () => {
    const { db } = await database.create();
    const [wire, rail] = [await newSource(db, 'Wire'), await newSource(db, 'Weekly')];
    const a = await storeStory(db, wire, flood.wire);
    const b = await storeStory(db, rail, flood.weekly);
    const c = await storeStory(db, wire, copper);
    const d = await storeStory(db, rail, spill);
    await group(db, a, b, c, d);
    expect(await clusterOf(db, b)).toBe(await clusterOf(db, a));
    expect(new Set([await clusterOf(db, a), await clusterOf(db, c), await clusterOf(db, d)]).size).toBe(3);
  });

  test('a later report joins, and the cluster keeps the times of its earliest and latest story', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const other = await newSource(db, 'Coast Quarterly');
    const a = await storeStory(db, source, { ...flood.wire, published_at: MORNING });
    await group(db, a);
    const b = await storeStory(db, await newSource(db, 'Weekly'), {
      ...flood.weekly,
      published_at: MORNING - 2 * HOUR,
    });
    await group(db, b);
    const c = await storeStory(db, other, { ...flood.late, published_at: MORNING + 20 * HOUR });
    await group(db, c);
    const clusters = await db.selectFrom('clusters').selectAll().execute();
    expect(clusters).toHaveLength(1);
    expect(clusters[0]).toMatchObject({
      thread_id: clusters[0]?.id,
      first_at: MORNING - 2 * HOUR,
      last_at: MORNING + 20 * HOUR,
    });
  });

  test('what one source says every day is a new event every day', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const monday = await storeStory(db, source, copper);
    const tuesday = await storeStory(db, source, {
      headline: 'Copper slips for a fourth day as smelters restart',
      body: 'Copper for delivery in three months fell 0.4 percent to 8,869 dollars a tonne as a third smelter in Chile went back to work.',
      published_at: MORNING + DAY,
    });
    await group(db, monday, tuesday);
    expect(await clusterOf(db, tuesday)).not.toBe(await clusterOf(db, monday));
  });

  test('the same text sent again a day later is the same event', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const monday = await storeStory(db, source, copper);
    const again = await storeStory(db, source, { ...copper, published_at: MORNING + DAY });
    await group(db, monday, again);
    expect(await clusterOf(db, again)).toBe(await clusterOf(db, monday));
  });

  test('one source may carry the stories of many papers', async () => {
    const { db } = await database.create();
    const source = await newSource(db, 'All Papers');
    const a = await storeStory(db, source, { ...flood.wire, url: 'https://wire.example/1' });
    const b = await storeStory(db, source, {
      ...flood.late,
      url: 'https://weekly.example/1',
      published_at: MORNING + DAY,
    });
    const c = await storeStory(db, source, {
      ...flood.late,
      guid: 'c',
      published_at: MORNING + 2 * DAY,
      credit: 'Quay',
    });
    await group(db, a, b, c);
    expect(await clusterOf(db, b)).toBe(await clusterOf(db, a));
    expect(await clusterOf(db, c)).toBe(await clusterOf(db, a));
  });

  test('two headlines that share two words are two events', async () => {
    const { db } = await database.create();
    const [one, two] = [await newSource(db, 'One'), await newSource(db, 'Two')];
    const a = await storeStory(db, one, { headline: 'Huaraz court lets villagers sue over spill' });
    const b = await storeStory(db, two, { headline: 'Huaraz choir wins prize in Lima' });
    await group(db, a, b);
    expect(await clusterOf(db, b)).not.toBe(await clusterOf(db, a));
  });

  test('the same words two months later are another event', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const a = await storeStory(db, source, { ...copper, published_at: MORNING - 60 * DAY });
    const b = await storeStory(db, source, { ...copper, published_at: MORNING });
    await group(db, a, b);
    expect(await clusterOf(db, b)).not.toBe(await clusterOf(db, a));
  });

  test('the same address in another source joins at once, however different the words', async () => {
    const { db } = await database.create();
    const [one, two] = [await newSource(db, 'One'), await newSource(db, 'Two')];
    const url = 'https://ledger.example/spill';
    const a = await storeStory(db, one, { ...copper, url });
    await group(db, a);
    const b = await storeStory(db, two, { ...spill, url });
    await group(db, b);
    expect(await clusterOf(db, b)).toBe(await clusterOf(db, a));
  });

  test('a worldwide guid joins at once; a counter that two sources both use does not', async () => {
    const { db } = await database.create();
    const [one, two] = [await newSource(db, 'One'), await newSource(db, 'Two')];
    const guid = 'tag:wire.example,2026:7';
    const a = await storeStory(db, one, { ...copper, guid });
    const b = await storeStory(db, two, { ...spill, guid });
    const c = await storeStory(db, one, { ...flood.wire, guid: '7' });
    const d = await storeStory(db, two, { headline: 'Choir finds lost score', guid: '7' });
    await group(db, a, b, c, d);
    expect(await clusterOf(db, b)).toBe(await clusterOf(db, a));
    expect(await clusterOf(db, d)).not.toBe(await clusterOf(db, c));
  });

  test('what an editor decided holds against any likeness', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const a = await storeStory(db, source, flood.wire);
    const b = await storeStory(db, await newSource(db, 'Weekly'), flood.weekly);
    const c = await storeStory(db, source, copper);
    await group(db, a, b, c);
    const floodCluster = await clusterOf(db, a);
    if (floodCluster === null) throw new Error('not grouped');
    const decision = { cluster_id: floodCluster, decided_by: 'mai@ledger.example', at: MORNING };
    await db
      .insertInto('cluster_decisions')
      .values([
        { ...decision, story_id: b, verdict: 'not' },
        { ...decision, story_id: c, verdict: 'same' },
      ])
      .execute();
    await group(db, a, b, c);
    expect(await clusterOf(db, b)).not.toBe(floodCluster);
    expect(await clusterOf(db, c)).toBe(floodCluster);
    // Copper's own cluster lost its only story.
    expect(await db.selectFrom('clusters').selectAll().execute()).toHaveLength(2);
  });

  test('a changed story with company stays; one that was alone may find its event', async () => {
    const { db } = await database.create();
    const source = await newSource(db);
    const a = await storeStory(db, await newSource(db, 'Wire'), flood.wire);
    const b = await storeStory(db, source, { headline: 'More soon', body: '' });
    const elsewhere = await storeStory(db, source, copper);
    await group(db, a, b, elsewhere);
    const before = await clusterOf(db, a);
    await db.updateTable('stories').set(flood.weekly).where('id', '=', b).execute();
    await group(db, b);
    expect(await clusterOf(db, b)).toBe(before);
    await db.updateTable('stories').set(copper).where('id', '=', b).execute();
    await group(db, b);
    expect(await clusterOf(db, b)).toBe(before);
  });
});
