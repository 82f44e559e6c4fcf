import { describe, expect, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { looksRestored, markRestored } from '../../src/delivery/restored.ts';
import { prepareDueEditions } from '../../src/editions/prepare-due.ts';
import { adopt, sendingAllowed } from '../../src/installation.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const at = (hours: number) => SLOT.add({ minutes: Math.round(hours * 60) });

onEachDatabase((database) => {
  async function newsroom() {
    const { db } = await database.create();
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(7));
    let now = SLOT;
    const context = testContext(db, { now: () => now });
    return { db, context, newsletterId, editionId, setNow: (instant: Temporal.Instant) => (now = instant) };
  }

  describe('a database put back from a copy', () => {
    test('pauses what it believes to be going out, says how many would get it, and sends nothing until adopted', async () => {
      const { db, context, editionId } = await newsroom();
      await freezeAudience(context, editionId);
      await sendingAllowed(context);
      await db.updateTable('deliveries').set({ state: 'sent' }).where('id', '<=', 2).execute();

      expect(await markRestored(db, at(2))).toEqual([
        { edition: 'morning/2026-11-24', as: 'paused', people: 5 },
      ]);
      const edition = await db.selectFrom('editions').selectAll().executeTakeFirstOrThrow();
      expect(edition).toMatchObject({ state: 'paused', paused_reason: 'restored' });
      expect(edition.state_note).toContain('5 people have not had it');
      const refused = await sendingAllowed(context);
      expect(refused).toMatchObject({ allowed: false, todo: expect.stringContaining('broadsheet adopt') });

      await adopt(context);
      expect(await sendingAllowed(context)).toEqual({ allowed: true });
    });

    test('holds what is due and may have gone out, and makes no edition for a time before it was put back', async () => {
      const { db, context, editionId, setNow } = await newsroom();
      expect(await markRestored(db, at(1))).toEqual([
        { edition: 'morning/2026-11-24', as: 'held', people: 7 },
      ]);
      expect(await stateOf({ db }, editionId)).toBe('held');
      // The copy is older than the edition's draft: within the grace, it would be made up.
      await db.deleteFrom('edition_items').execute();
      await db.deleteFrom('editions').execute();
      setNow(at(1.1));
      await prepareDueEditions(context, new AbortController().signal);
      expect(await db.selectFrom('editions').select('name').execute()).toEqual([]);
    });
  });

  describe('a copy that was put back by other means', () => {
    test('is known by mail that has been due for two hours, of which nothing came', async () => {
      const { db, context, editionId } = await newsroom();
      await freezeAudience(context, editionId);
      expect(await looksRestored(db, at(1.9))).toBe(false);
      expect(await looksRestored(db, at(2.1))).toBe(true);
    });

    test('is not mistaken for an outage of the relay, nor for a send that takes long', async () => {
      const { db, context, editionId } = await newsroom();
      await freezeAudience(context, editionId);
      await db
        .insertInto('job_runs')
        .values({ job: 'watch', at: at(2.5).epochMilliseconds, started_at: at(2.5).epochMilliseconds })
        .execute();
      expect(await looksRestored(db, at(3))).toBe(false);
      await db.deleteFrom('job_runs').execute();
      await db
        .updateTable('deliveries')
        .set({ state: 'sent', sent_at: at(2.9).epochMilliseconds })
        .where('id', '=', 1)
        .execute();
      expect(await looksRestored(db, at(3))).toBe(false);
      expect(await looksRestored(db, at(6))).toBe(true);
    });

    test('is not seen where nothing is going out', async () => {
      const { db } = await newsroom();
      expect(await looksRestored(db, at(9))).toBe(false);
    });
  });
});
