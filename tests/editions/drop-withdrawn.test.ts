import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { dropWithdrawn } from '../../src/editions/drop-withdrawn.ts';
import { approve, beginSending, pause, resume } from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { readRevision } from '../../src/editions/read-revision.ts';
import { withdrawStory } from '../../src/stories/withdraw.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { contextOn, instant, NIGHT, newsletterOf, storeTestStories } from './newsroom.ts';

const NOW = instant('2026-11-24T07:01Z');

onEachDatabase((database) => {
  async function goingOut(lines: Record<string, unknown> = {}) {
    const { db } = await database.create();
    const context = contextOn(db, { at: instant('2026-11-24T06:10Z') });
    const newsletter = await newsletterOf(db, instant('2026-11-23T12:00Z'), lines);
    await storeTestStories(db, NIGHT);
    const id = await prepareEdition(context, newsletter, 'daily', instant('2026-11-24T07:00Z'));
    await approve(db, id, 'Mai', context.now());
    await beginSending(db, id, context.now());
    return { db, id };
  }
  const row = (db: Db, id: number) =>
    db.selectFrom('editions').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const codes = async (db: Db, id: number) => (await readRevision(db, id)).items.map(({ code }) => code);

  test('a withdrawn story leaves what is still to leave, without asking anybody, once', async () => {
    const { db, id } = await goingOut({ approval: 'required' });
    expect(await dropWithdrawn(db, NOW)).toEqual([]);
    const before = await codes(db, id);
    await withdrawStory(db, 's002', 'the railway denies it', 'Mai', NOW);
    const dropped = await Promise.all([dropWithdrawn(db, NOW), dropWithdrawn(db, NOW)]);
    expect(dropped.flat()).toEqual([{ editionId: id, edition: 'morning/2026-11-24', revision: 2 }]);
    expect(await codes(db, id)).toEqual(before.filter((code) => code !== 's002'));
    expect(await row(db, id)).toMatchObject({
      state: 'sending',
      revision: 2,
      approved_revision: 2,
      touched: 1,
    });
  });

  test('it leaves a paused edition too, and what nobody has decided yet', async () => {
    const { db, id } = await goingOut();
    await pause(db, id, 'person', null, 'Jo', NOW);
    await withdrawStory(db, 's002', null, 'Mai', NOW);
    await dropWithdrawn(db, NOW);
    expect(await row(db, id)).toMatchObject({ state: 'paused', revision: 2, approved_revision: 1 });
    await db.updateTable('editions').set({ state: 'held' }).execute();
    await withdrawStory(db, 's003', null, 'Mai', NOW);
    await dropWithdrawn(db, NOW);
    expect(await row(db, id)).toMatchObject({ state: 'held', revision: 3 });
  });

  test('an edition with nothing left in it pauses, and goes on only when something is in it again', async () => {
    const { db, id } = await goingOut();
    for (const code of await codes(db, id)) await withdrawStory(db, code, null, 'Mai', NOW);
    await dropWithdrawn(db, NOW);
    expect(await row(db, id)).toMatchObject({
      state: 'paused',
      paused_reason: 'lint',
      state_note: 'Nothing is left in it (revision 2)',
    });
    await expect(resume(db, id, 'Jo', NOW)).rejects.toThrow(
      'morning/2026-11-24 has no story in it now (revision 2). Bring one in',
    );
  });
});
