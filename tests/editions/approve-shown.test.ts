import { expect, test } from 'vitest';
import { approveShown } from '../../src/editions/approve-shown.ts';
import { previewRevision } from '../../src/editions/prepare.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { dyingEverywhere } from './dying.ts';
import { contextOn, instant, NIGHT, newsletterOf, storeTestStories } from './newsroom.ts';

const SLOT = instant('2026-11-24T07:00Z');

onEachDatabase((database) => {
  test('wherever a process dies that sends by hand, there is no edition or an approved one, never a draft', async () => {
    const { db } = await database.create();
    const clock = { at: instant('2026-11-24T10:00Z') };
    const newsletter = await newsletterOf(db, instant('2026-11-01T00:00Z'));
    await storeTestStories(db, NIGHT);
    const shown = await previewRevision(contextOn(db, clock), newsletter, SLOT);
    const states: string[] = [];
    const deaths = await dyingEverywhere(db, async (dying) => {
      const found = await db.selectFrom('editions').select('state').execute();
      states.push(...found.map(({ state }) => state));
      await approveShown(contextOn(dying, clock), shown, 'Mai');
    });
    expect(deaths).toBeGreaterThan(10);
    expect(states).not.toContain('draft');
    const editions = await db.selectFrom('editions').select(['state', 'approved_by', 'revision']).execute();
    expect(editions).toEqual([{ state: 'approved', approved_by: 'Mai', revision: 1 }]);
    expect(await db.selectFrom('notices').select('kind').execute()).toEqual([]);
  });
});
