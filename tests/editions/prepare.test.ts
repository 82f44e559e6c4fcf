import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { changeEdition } from '../../src/editions/change-edition.ts';
import { renderEditionFile } from '../../src/editions/edition-file.ts';
import { approve, beginSending, cancel, pause } from '../../src/editions/life.ts';
import { prepareEdition, previewRevision } from '../../src/editions/prepare.ts';
import { prepareDueEditions } from '../../src/editions/prepare-due.ts';
import { readRevision } from '../../src/editions/read-revision.ts';
import { applyNewsletter, onlySettings } from '../../src/newsletters/apply.ts';
import { onEachDatabase, sqlite } from '../setup/databases.ts';
import { dyingEverywhere } from './dying.ts';
import { contextOn, instant, NIGHT, newsletterOf, storeTestStories } from './newsroom.ts';
import { tickTogether } from './schedulers.ts';

const EVE = instant('2026-11-23T12:00Z');
const SLOT = instant('2026-11-24T07:00Z');
const go = new AbortController().signal;

const editionsOf = (db: Db) =>
  db
    .selectFrom('editions')
    .select(['id', 'name', 'state', 'revision', 'state_note'])
    .orderBy('slot_at')
    .execute();
const proofsOf = (db: Db) => db.selectFrom('notices').selectAll().where('kind', '=', 'proof').execute();

onEachDatabase((database) => {
  test('a draft is made an hour before its slot, with its stories, and goes to the editors', async () => {
    const { db } = await database.create();
    const clock = { at: instant('2026-11-24T05:59:59Z') };
    const context = contextOn(db, clock);
    await newsletterOf(db, EVE);
    await storeTestStories(db, NIGHT);
    await prepareDueEditions(context, go);
    expect(await editionsOf(db)).toEqual([]);

    clock.at = instant('2026-11-24T06:00Z');
    await prepareDueEditions(context, go);
    await prepareDueEditions(context, go);
    const [edition, ...others] = await editionsOf(db);
    expect(others).toEqual([]);
    expect(edition).toMatchObject({ name: '2026-11-24', state: 'draft', revision: 1 });

    const revision = await readRevision(db, edition?.id ?? 0);
    expect(revision.edition.name).toBe('morning/2026-11-24');
    expect(
      revision.items.map((item) => `${item.position} ${item.place} ${item.section}: ${item.headline}`),
    ).toEqual([
      '1 lead World: Eleven ports agree to share one flood fund',
      '2 story World: Night trains return between Lisbon and Marseille',
      '3 story World: Andean farmers win ruling on glacier water',
      '4 story World: Museum returns a bell to its village',
      '5 story Business: Chipmaker splits off its packaging arm',
      '6 story Business: Grocers test labels that show the price of a meal',
    ]);
    expect(revision.items[0]?.summary).toContain('The decision takes effect in spring.');
    const proofs = await proofsOf(db);
    expect(proofs.map((notice) => [notice.to_address, JSON.parse(notice.data)])).toEqual([
      ['mai@ledger.example', { editionId: edition?.id, revision: 1 }],
    ]);
  });

  test('several schedulers at once make one edition, with one proof', async () => {
    const { db, url } = await database.create();
    await newsletterOf(db, EVE);
    await storeTestStories(db, NIGHT);
    await tickTogether('prepare', url, '2026-11-24T06:00:00Z');
    expect(await editionsOf(db)).toHaveLength(1);
    expect(await proofsOf(db)).toHaveLength(1);
    expect(await db.selectFrom('revisions').selectAll().execute()).toHaveLength(1);
  });

  test('wherever a process dies, the next tick makes the edition whole and once', async () => {
    const { db } = await database.create();
    const clock = { at: instant('2026-11-24T06:00Z') };
    await newsletterOf(db, EVE);
    await storeTestStories(db, NIGHT);
    const deaths = await dyingEverywhere(db, (dying) => prepareDueEditions(contextOn(dying, clock), go));
    expect(deaths).toBeGreaterThan(10);
    const [edition, ...others] = await editionsOf(db);
    expect(others).toEqual([]);
    expect((await readRevision(db, edition?.id ?? 0)).items).toHaveLength(6);
    expect(await proofsOf(db)).toHaveLength(1);
  });

  test('an edition takes late stories until the freeze, then no more', async () => {
    const { db } = await database.create();
    const clock = { at: instant('2026-11-24T06:00Z') };
    const context = contextOn(db, clock);
    await newsletterOf(db, EVE);
    await storeTestStories(db, NIGHT);
    await prepareDueEditions(context, go);
    const late = { headline: 'Cabinet resigns', published: '2026-11-24T06:30Z' };
    await storeTestStories(db, [late]);
    clock.at = instant('2026-11-24T06:31Z');
    await prepareDueEditions(context, go);
    await prepareDueEditions(context, go);
    const [edition] = await editionsOf(db);
    expect(edition?.revision).toBe(2);
    expect((await readRevision(db, edition?.id ?? 0)).items[0]?.headline).toBe('Cabinet resigns');
    // A new revision is not a new proof: editors are told of a draft once.
    expect(await proofsOf(db)).toHaveLength(1);

    clock.at = instant('2026-11-24T06:55Z');
    await prepareDueEditions(context, go);
    await storeTestStories(db, [{ headline: 'Cabinet stays after all', published: '2026-11-24T06:54Z' }]);
    clock.at = instant('2026-11-24T06:56Z');
    await prepareDueEditions(context, go);
    expect((await editionsOf(db))[0]?.revision).toBe(2);
  });

  test('what comes in after an edition went out before its time, or was changed by a person, is news for the next', async () => {
    const { db } = await database.create();
    const clock = { at: instant('2026-11-23T23:17Z') };
    const context = contextOn(db, clock);
    const newsletter = await newsletterOf(db, EVE);
    await storeTestStories(db, NIGHT.slice(2, 4));
    const early = await prepareEdition(context, newsletter, 'daily', SLOT);
    await approve(db, early, 'Mai', clock.at);
    const late = { headline: 'Cabinet resigns', published: '2026-11-23T23:40Z' };
    await storeTestStories(db, [late]);
    clock.at = instant('2026-11-24T06:30Z');
    await prepareDueEditions(context, go);
    const tomorrow = SLOT.add({ hours: 24 });
    const { items } = await previewRevision(context, newsletter, tomorrow);
    expect(items.map((item) => item.headline)).toContain('Cabinet resigns');
  });

  test('of an edition that was stopped the next one repeats nothing that had gone out', async () => {
    const { db } = await database.create();
    const clock = { at: instant('2026-11-24T06:00Z') };
    const context = contextOn(db, clock);
    const newsletter = await newsletterOf(db, EVE);
    await storeTestStories(
      db,
      NIGHT.map((story, index) => (index === 1 ? { ...story, cluster: 1 } : story)),
    );
    const id = await prepareEdition(context, newsletter, 'daily', SLOT);
    await approve(db, id, 'Mai', clock.at);
    await beginSending(db, id, clock.at);
    await pause(db, id, 'person', 'the lead is wrong', 'Mai', clock.at);
    const file = renderEditionFile(await readRevision(db, id));
    const without = file.replace('- story: s002', '- story: s002\n    drop: true');
    await changeEdition(db, id, { text: without, name: 'edition.yaml' }, 'Mai', clock.at);
    await cancel(db, id, 'too late', 'Mai', clock.at);
    const headline = 'Night trains return between Lisbon and Marseille';
    const [again] = await storeTestStories(db, [
      { headline, cluster: 1, published: '2026-11-24T12:00Z', source: 'Rail Weekly' },
    ]);
    const { candidates } = await previewRevision(context, newsletter, SLOT.add({ hours: 24 }));
    const verdict = candidates.find(({ storyId }) => storyId === again);
    expect(verdict).toMatchObject({ verdict: 'out', reason: 'carried' });
  });

  test('the next edition begins where this one ended and repeats nothing; a skipped one gives its stories back', async () => {
    const { db } = await database.create();
    const clock = { at: instant('2026-11-24T06:00Z') };
    const context = contextOn(db, clock);
    const newsletter = await newsletterOf(db, EVE);
    await storeTestStories(db, NIGHT);
    const first = await prepareEdition(context, newsletter, 'daily', SLOT);
    await storeTestStories(db, [{ headline: 'Cabinet resigns', published: '2026-11-24T06:58Z' }]);
    const tomorrow = SLOT.add({ hours: 24 });
    clock.at = tomorrow;
    const { items } = await previewRevision(context, newsletter, tomorrow);
    expect(items.map((item) => item.headline)).toEqual(['Cabinet resigns']);

    await db.updateTable('editions').set({ state: 'skipped' }).where('id', '=', first).execute();
    const again = await previewRevision(context, newsletter, tomorrow);
    expect(again.items).toHaveLength(7);
  });
});

test('what a person has approved is not changed by later news', async () => {
  const { db } = await sqlite.create();
  const clock = { at: instant('2026-11-24T06:00Z') };
  const context = contextOn(db, clock);
  await newsletterOf(db, EVE);
  await storeTestStories(db, NIGHT);
  await prepareDueEditions(context, go);
  const [edition] = await editionsOf(db);
  await approve(db, edition?.id ?? 0, 'Mai', clock.at);
  await storeTestStories(db, [{ headline: 'Cabinet resigns', published: '2026-11-24T06:30Z' }]);
  clock.at = instant('2026-11-24T06:31Z');
  await prepareDueEditions(context, go);
  expect((await editionsOf(db))[0]).toMatchObject({ state: 'approved', revision: 1 });
  // It is only suggested: selection would have led with it.
  const suggested = await db
    .selectFrom('edition_candidates')
    .innerJoin('stories', 'stories.id', 'edition_candidates.story_id')
    .select('headline')
    .where('reason', '=', 'lead')
    .execute();
  expect(suggested).toEqual([{ headline: 'Cabinet resigns' }]);
});

test('a story that its source took back leaves, and the approval with it', async () => {
  const { db } = await sqlite.create();
  const clock = { at: instant('2026-11-24T06:00Z') };
  const context = contextOn(db, clock);
  await newsletterOf(db, EVE);
  const [lead = 0] = await storeTestStories(db, NIGHT);
  await prepareDueEditions(context, go);
  const [edition] = await editionsOf(db);
  await approve(db, edition?.id ?? 0, 'Mai', clock.at);
  await db.updateTable('stories').set({ withdrawn_at: 1 }).where('id', '=', lead).execute();
  clock.at = instant('2026-11-24T06:59Z');
  await prepareDueEditions(context, go);
  expect((await editionsOf(db))[0]).toMatchObject({ state: 'draft', revision: 2 });
  const { items } = await readRevision(db, edition?.id ?? 0);
  expect(items.map((item) => item.storyId)).not.toContain(lead);
  expect(items.map((item) => item.position)).toEqual([1, 2, 3, 4, 5]);
});

test('a preview changes nothing', async () => {
  const { db } = await sqlite.create();
  const context = contextOn(db, { at: instant('2026-11-23T22:00Z') });
  const newsletter = await newsletterOf(db, EVE);
  await storeTestStories(db, NIGHT);
  const revision = await previewRevision(context, newsletter, null);
  expect(revision).toMatchObject({ number: 0, edition: { name: 'morning/2026-11-24', id: 0 } });
  expect(revision.items.length + revision.candidates.filter(({ verdict }) => verdict === 'out').length).toBe(
    6,
  );
  expect(await editionsOf(db)).toEqual([]);
  expect(await db.selectFrom('edition_candidates').selectAll().execute()).toEqual([]);
});

test('no slot from before the newsletter existed is made up, nor one that a change of schedule put into the past', async () => {
  const { db } = await sqlite.create();
  const clock = { at: instant('2026-11-24T08:00Z') };
  const context = contextOn(db, clock);
  const newsletter = await newsletterOf(db, clock.at);
  await storeTestStories(db, NIGHT);
  await prepareDueEditions(context, go);
  expect(await editionsOf(db)).toEqual([]);
  await applyNewsletter(db, { ...onlySettings(newsletter), rhythms: { daily: '30 7 * * *' } }, clock.at);
  await prepareDueEditions(context, go);
  expect(await editionsOf(db)).toEqual([]);
});

test('of several slots that were missed the last one within grace is made up, the others are said', async () => {
  const { db } = await sqlite.create();
  const clock = { at: instant('2026-11-24T08:10Z') };
  await newsletterOf(db, EVE, { rhythms: { daily: '0 5,7,8 * * *' } });
  await storeTestStories(db, NIGHT);
  await prepareDueEditions(contextOn(db, clock), go);
  await prepareDueEditions(contextOn(db, clock), go);
  expect((await editionsOf(db)).map(({ name, state, state_note }) => [name, state, state_note])).toEqual([
    [
      '2026-11-24T0500',
      'skipped',
      'Broadsheet was not running at 05:00; the edition of 08:00 takes its stories',
    ],
    [
      '2026-11-24T0700',
      'skipped',
      'Broadsheet was not running at 07:00; the edition of 08:00 takes its stories',
    ],
    ['2026-11-24T0800', 'draft', null],
  ]);
});

test('a draft for a time that the schedule no longer names is dropped, unless a person touched it', async () => {
  const { db } = await sqlite.create();
  const clock = { at: instant('2026-11-24T06:00Z') };
  const context = contextOn(db, clock);
  const newsletter = await newsletterOf(db, EVE);
  await storeTestStories(db, NIGHT);
  await prepareDueEditions(context, go);
  clock.at = instant('2026-11-24T06:10Z');
  await applyNewsletter(db, { ...onlySettings(newsletter), rhythms: { daily: '0 8 * * *' } }, clock.at);
  clock.at = instant('2026-11-24T07:00:00Z').subtract({ minutes: 1 });
  await prepareDueEditions(context, go);
  expect((await editionsOf(db)).map(({ state, state_note }) => [state, state_note])).toEqual([
    ['skipped', 'the schedule changed'],
  ]);
  clock.at = instant('2026-11-24T07:00Z');
  await prepareDueEditions(context, go);
  // The name of the day is taken, so the new one has a number.
  const [, second] = await editionsOf(db);
  expect(second).toMatchObject({ name: '2026-11-24-2', state: 'draft' });

  await approve(db, second?.id ?? 0, 'Mai', clock.at);
  clock.at = instant('2026-11-24T07:10Z');
  await applyNewsletter(db, { ...onlySettings(newsletter), rhythms: { daily: '0 9 * * *' } }, clock.at);
  await prepareDueEditions(context, go);
  expect((await editionsOf(db))[1]).toMatchObject({ state: 'approved' });
});

test.each([
  ['30 2 * * *', '2026-03-07', '2026-03-10'],
  ['30 1 * * *', '2026-10-31', '2026-11-03'],
])(
  'a clock that ticks across a change of New York time (%s) gives every local day one edition',
  async (cron, from, to) => {
    const { db } = await sqlite.create();
    const zone = 'America/New_York';
    const clock = { at: Temporal.PlainDate.from(from).toZonedDateTime(zone).toInstant() };
    const end = Temporal.PlainDate.from(to).toZonedDateTime(zone).toInstant();
    await newsletterOf(db, clock.at, { time_zone: zone, rhythms: { daily: cron } });
    while (Temporal.Instant.compare(clock.at, end) < 0) {
      await prepareDueEditions(contextOn(db, clock), go);
      clock.at = clock.at.add({ minutes: 30 });
    }
    const first = Temporal.PlainDate.from(from);
    const days = [0, 1, 2].map((count) => first.add({ days: count }).toString());
    expect((await editionsOf(db)).map(({ name, state }) => `${name} ${state}`)).toEqual(
      days.map((day) => `${day} draft`),
    );
  },
);
