import { describe, expect, test } from 'vitest';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { BATCH_SIZE } from '../../src/delivery/batches.ts';
import { approve, lapseApproval } from '../../src/editions/life.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, addRevision, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const now = () => SLOT;
const DAY = 86_400_000;

onEachDatabase((database) => {
  async function newsroom() {
    const { db } = await database.create();
    return { db, context: { db, now }, ...(await openNewsroom(db)) };
  }

  test('everybody of the newsletter and rhythm has a row, with the reason where they get nothing', async () => {
    const { db, context, newsletterId, editionId } = await newsroom();
    const later = SLOT.epochMilliseconds + DAY;
    await addReaders(db, newsletterId, [
      { email: 'plain@example.org' },
      { email: 'business@example.org', sections: ['Business', 'Sport'] },
      { email: 'paused@example.org', state: 'paused', pausedUntil: later },
      { email: 'for-good@example.org', state: 'paused' },
      { email: 'back@example.org', state: 'paused', pausedUntil: SLOT.epochMilliseconds },
      { email: 'gone@example.org', suppressed: true },
      { email: 'no address' },
      { email: 'left@example.org', state: 'unsubscribed' },
      { email: 'never@example.org', state: 'pending' },
      { email: 'weekly@example.org', rhythm: 'weekly' },
    ]);
    // A second newsletter's readers are not ours.
    const other = await openNewsroom(db, { slug: 'evening' });
    await addReaders(db, other.newsletterId, [{ email: 'other@example.org' }]);

    expect(await freezeAudience(context, editionId)).toBe(true);
    expect(await stateOf(context, editionId)).toBe('sending');
    const rows = await db
      .selectFrom('deliveries')
      .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
      .select(['email', 'state', 'reason', 'variant', 'due_at', 'batch_id'])
      .orderBy('deliveries.id')
      .execute();
    expect(
      rows.map(({ email, state, reason }) => `${email.split('@')[0]} ${state} ${reason ?? ''}`.trim()),
    ).toEqual([
      'plain queued',
      'business queued',
      'paused excluded paused',
      'for-good excluded paused',
      'back queued',
      'gone excluded suppressed',
      'no address excluded unsendable',
    ]);
    expect(rows[1]?.variant).toBe('["Business","Sport"]');
    expect(rows.every(({ due_at }) => due_at === SLOT.epochMilliseconds)).toBe(true);
    expect(rows.map(({ state, batch_id }) => (batch_id === null) === (state === 'excluded'))).not.toContain(
      false,
    );
  });

  test('readers whose sections have nothing in the edition are left out', async () => {
    const { db, context, newsletterId, editionId } = await newsroom();
    // The lead has no section here, so that it is for everybody: take it away.
    await db.deleteFrom('edition_items').where('place', '=', 'lead').execute();
    await addReaders(db, newsletterId, [
      { email: 'all@example.org' },
      { email: 'business@example.org', sections: ['Business'] },
      { email: 'sport@example.org', sections: ['Sport'] },
      { email: 'sport2@example.org', sections: ['Sport'] },
    ]);
    await freezeAudience(context, editionId);
    expect(await ledger(db, editionId)).toMatchObject({
      states: { queued: 2, excluded: 2 },
      reasons: { no_section: 2 },
    });
  });

  test('a batch has at most 500 readers, all of one lane; tokens are random and never the same', async () => {
    const { db, context, newsletterId, editionId } = await newsroom();
    await addReaders(db, newsletterId, ordinaryReaders(1400, { lanes: ['gmail', 'gmail', 'other'] }));
    await freezeAudience(context, editionId, { slice: 1000 });
    const batches = await db
      .selectFrom('deliveries')
      .innerJoin('batches', 'batches.id', 'deliveries.batch_id')
      .select((eb) => ['batches.id', 'batches.lane', eb.fn.countAll<number>().as('size')])
      .select((eb) => eb.fn.min('deliveries.lane').as('least'))
      .select((eb) => eb.fn.max('deliveries.lane').as('most'))
      .groupBy(['batches.id', 'batches.lane'])
      .execute();
    for (const { lane, least, most, size } of batches) {
      expect([least, most]).toEqual([lane, lane]);
      expect(size).toBeLessThanOrEqual(BATCH_SIZE);
    }
    expect(batches.reduce((sum, { size }) => sum + size, 0)).toBe(1400);
    // 667 and 333 in the first slice, 267 and 133 in the second.
    expect(batches.map(({ size }) => size).sort((a, b) => a - b)).toEqual([133, 167, 267, 333, 500]);
    const tokens = await db.selectFrom('deliveries').select('token').execute();
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1400);
    for (const { token } of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
  });

  describe('in slices', () => {
    test('killed between two, it goes on from the last; who came later gets the next edition', async () => {
      const { db, context, newsletterId, editionId } = await newsroom();
      await addReaders(db, newsletterId, ordinaryReaders(50));
      const killed = new AbortController();
      let slices = 0;
      const handout = {
        offer: async () => {
          if (++slices === 2) killed.abort();
        },
        due: async () => [],
        [Symbol.asyncDispose]: async () => {},
      };
      const { signal } = killed;
      expect(await freezeAudience(context, editionId, { slice: 10, handout, signal })).toBe(false);
      expect(await stateOf(context, editionId)).toBe('approved');
      expect((await ledger(db, editionId)).states).toEqual({ queued: 20 });
      await addReaders(db, newsletterId, [{ email: 'late@example.org' }]);

      expect(await freezeAudience(context, editionId, { slice: 10 })).toBe(true);
      expect((await ledger(db, editionId)).states).toEqual({ queued: 50 });
      expect(await freezeAudience(context, editionId, { slice: 10 })).toBe(false);
      expect((await ledger(db, editionId)).states).toEqual({ queued: 50 });
    });

    test('two processes at once freeze everybody once', async () => {
      const { db, context, newsletterId, editionId } = await newsroom();
      await addReaders(db, newsletterId, ordinaryReaders(60));
      await Promise.all([1, 2, 3].map(() => freezeAudience(context, editionId, { slice: 7 })));
      expect(await stateOf(context, editionId)).toBe('sending');
      expect((await ledger(db, editionId)).states).toEqual({ queued: 60 });
      const sizes = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.countAll<number>().as('size'))
        .groupBy('batch_id')
        .execute();
      expect(sizes).toHaveLength(9);
    });

    test('changed and approved again on the way, it is decided by what goes out who has nothing in it', async () => {
      const { db, context, newsletterId, editionId } = await newsroom();
      await addReaders(
        db,
        newsletterId,
        ordinaryReaders(50).map((reader, at) => ({
          ...reader,
          sections: [at % 2 === 0 ? 'Sport' : 'Business'],
        })),
      );
      // The lead has no section here, so that it is for everybody: take it away.
      const onlyBusiness = () => db.deleteFrom('edition_items').where('place', '=', 'lead').execute();
      await onlyBusiness();
      const killed = new AbortController();
      const handout = {
        offer: async () => killed.abort(),
        due: async () => [],
        [Symbol.asyncDispose]: async () => {},
      };
      const { signal } = killed;
      expect(await freezeAudience(context, editionId, { slice: 20, handout, signal })).toBe(false);
      expect((await ledger(db, editionId)).reasons).toEqual({ no_section: 10 });

      await addRevision(db, editionId, 2);
      await onlyBusiness();
      await db.updateTable('edition_items').set({ section: 'Sport' }).where('revision', '=', 2).execute();
      await db.transaction().execute(async (tx) => {
        await tx.updateTable('editions').set({ revision: 2 }).execute();
        await lapseApproval(tx, editionId, 'Mai', SLOT);
      });
      expect(await freezeAudience(context, editionId, { slice: 20 })).toBe(false);
      await approve(db, editionId, 'Mai', SLOT);
      expect(await freezeAudience(context, editionId, { slice: 20 })).toBe(true);
      const variants = await db
        .selectFrom('deliveries')
        .select((eb) => ['variant', 'state', eb.fn.countAll<number>().as('people')])
        .groupBy(['variant', 'state'])
        .orderBy('variant')
        .execute();
      expect(variants).toEqual([
        { variant: '["Business"]', state: 'excluded', people: 25 },
        { variant: '["Sport"]', state: 'queued', people: 25 },
      ]);
      const ofBatches = await db
        .selectFrom('batches')
        .leftJoin('deliveries', 'deliveries.batch_id', 'batches.id')
        .select((eb) => ['batches.id', eb.fn.count<number>('deliveries.id').as('people')])
        .groupBy('batches.id')
        .execute();
      expect(ofBatches.map(({ people }) => people).sort()).toEqual([10, 10, 5]);
    });

    test('an approval that is taken back on the way stops it, and nothing leaves', async () => {
      const { db, context, newsletterId, editionId } = await newsroom();
      await addReaders(db, newsletterId, ordinaryReaders(20));
      await db.updateTable('editions').set({ revision: 2 }).where('id', '=', editionId).execute();
      await db
        .insertInto('revisions')
        .values({ edition_id: editionId, number: 2, made_by: 'Jo', at: 0 })
        .execute();
      expect(await freezeAudience(context, editionId, { slice: 10 })).toBe(false);
      expect(await stateOf(context, editionId)).toBe('approved');
    });
  });

  test('an edition without a reader goes out to nobody', async () => {
    const { db, context, editionId } = await newsroom();
    expect(await freezeAudience(context, editionId)).toBe(true);
    expect((await ledger(db, editionId)).states).toEqual({});
  });
});
