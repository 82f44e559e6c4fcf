import { describe, expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { type Claim, claimBatch, giveBackBatch, type Unwanted } from '../../src/delivery/batches.ts';
import { inProcessHandout } from '../../src/delivery/handout/in-process.ts';
import { pgBossHandout } from '../../src/delivery/handout/pg-boss.ts';
import type { Handout } from '../../src/delivery/handout.ts';
import { recoverSenders } from '../../src/delivery/recovery.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { LEASE, registerSender } from '../../src/delivery/senders.ts';
import { Tenure } from '../../src/delivery/tenure.ts';
import { testContext } from '../setup/context.ts';
import { postgres, sqlite, type TestDatabase } from '../setup/databases.ts';
import { startSink } from '../setup/smtp-sink.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

const handouts: [string, TestDatabase, (context: Context) => Promise<Handout>][] = [
  ['in the process', sqlite, async ({ db }) => inProcessHandout(db)],
  ['pg-boss', postgres, (context) => pgBossHandout(context)],
];

const ALL: Unwanted = { served: [], closedLanes: [] };
const besides = (newsletterId: number): Unwanted => ({ ...ALL, served: [{ newsletterId, lane: 'other' }] });

describe.each(handouts)('%s', (_name, database, makeHandout) => {
  async function newsroom(readers: number) {
    const { db, url } = await database.create();
    const context = testContext(db, { now: () => SLOT, env: { DATABASE_URL: url, SMTP_RATE: '100000' } });
    const handout = await makeHandout(context);
    onTestFinished(() => handout[Symbol.asyncDispose]());
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(readers));
    return { db, context, handout, newsletterId, editionId };
  }

  test('batches are handed out once they are made, the oldest of each newsletter first', async () => {
    const { db, context, handout, newsletterId, editionId } = await newsroom(1_100);
    const evening = await openNewsroom(db, { slug: 'evening' });
    await addReaders(db, evening.newsletterId, [{ email: 'one@example.org' }]);
    expect(await handout.due(SLOT, ALL)).toEqual([]);
    await freezeAudience(context, editionId, { handout });
    await freezeAudience(context, evening.editionId, { handout });
    const batches = await db.selectFrom('batches').select(['id', 'edition_id']).orderBy('id').execute();
    const first = batches.find((batch) => batch.edition_id === editionId)?.id;
    const other = batches.find((batch) => batch.edition_id === evening.editionId)?.id;
    expect((await handout.due(SLOT, ALL)).sort()).toEqual([first, other].sort());
    await db
      .updateTable('batches')
      .set({ state: 'done' })
      .where('id', 'in', [first as number, other as number])
      .execute();
    expect(await handout.due(SLOT, besides(newsletterId))).toEqual([]);
    expect(await handout.due(SLOT, besides(evening.newsletterId))).toHaveLength(1);
  });

  test('a batch for each lane of a newsletter, but none in a lane that is served or closed', async () => {
    const { db, context, handout, newsletterId, editionId } = await newsroom(0);
    await addReaders(db, newsletterId, ordinaryReaders(9, { lanes: ['gmail', 'other', 'yahoo'] }));
    await freezeAudience(context, editionId, { handout });
    const lanesOf = async (ids: number[]) =>
      ids.length === 0
        ? []
        : (
            await db.selectFrom('batches').select('lane').where('id', 'in', ids).orderBy('lane').execute()
          ).map(({ lane }) => lane);
    const served = [{ newsletterId, lane: 'yahoo' }];
    expect(await lanesOf(await handout.due(SLOT, { served, closedLanes: ['gmail'] }))).toEqual(['other']);
    expect(await lanesOf(await handout.due(SLOT, { served: [], closedLanes: ['other'] }))).toEqual([
      'gmail',
      'yahoo',
    ]);
  });

  test('nothing of a transaction that was undone, and nothing of a paused edition', async () => {
    const { db, context, handout, editionId } = await newsroom(10);
    const undone = db.transaction().execute(async (tx) => {
      const values = { edition_id: editionId, lane: 'other', due_at: 0, state: 'open' } as const;
      const { id } = await tx.insertInto('batches').values(values).returning('id').executeTakeFirstOrThrow();
      await handout.offer(tx, [{ batchId: id, editionId, lane: 'other', dueAt: 0 }]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await handout.due(SLOT, ALL)).toEqual([]);
    await freezeAudience(context, editionId, { handout });
    await db.updateTable('editions').set({ state: 'paused' }).where('id', '=', editionId).execute();
    expect(await handout.due(SLOT, ALL)).toEqual([]);
    await db.updateTable('editions').set({ state: 'sending' }).where('id', '=', editionId).execute();
    expect(await handout.due(SLOT, ALL)).toHaveLength(1);
  });

  test('nothing while an audience is being frozen, and all of it after', async () => {
    const { db, context, handout, editionId } = await newsroom(20);
    // The first sweep is over, and the next one is far.
    await handout.due(SLOT, ALL);
    const found: number[][] = [];
    const between = new AbortController();
    const offering: Handout = {
      ...handout,
      offer: async (tx, batches) => {
        await handout.offer(tx, batches);
        between.abort();
      },
    };
    const { signal } = between;
    expect(await freezeAudience(context, editionId, { slice: 10, handout: offering, signal })).toBe(false);
    found.push(await handout.due(SLOT, ALL), await handout.due(SLOT, ALL));
    expect(found).toEqual([[], []]);
    expect(await freezeAudience(context, editionId, { slice: 10, handout })).toBe(true);
    const batches = await db.selectFrom('batches').select('id').orderBy('id').execute();
    const first = await handout.due(SLOT, ALL);
    await db.updateTable('batches').set({ state: 'done' }).where('id', 'in', first).execute();
    const second = await handout.due(SLOT, ALL);
    expect([...first, ...second]).toEqual(batches.map(({ id }) => id));
  });

  test('a hint is no right: of two who got it one has the batch', async () => {
    const { db, handout, context, editionId } = await newsroom(10);
    await freezeAudience(context, editionId, { handout });
    const [batchId] = (await handout.due(SLOT, ALL)) as [number];
    const senders = [await registerSender(db, LEASE), await registerSender(db, LEASE)];
    const claims = await Promise.all(senders.map((id) => claimBatch(db, batchId, id, SLOT)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  test('what a sender had comes again at once: it was dead, left, gave it back, or did not know of it', async () => {
    const { db, context, handout, editionId } = await newsroom(10);
    await freezeAudience(context, editionId, { handout });
    const [batchId] = (await handout.due(SLOT, ALL)) as [number];
    const { id } = await Tenure.begin(db, LEASE);
    await claimBatch(db, batchId, id, SLOT);
    await db.updateTable('senders').set({ lease_until: 0 }).execute();
    expect(await handout.due(SLOT, ALL)).toEqual([]);
    await recoverSenders({ ...context, handout });
    expect(await handout.due(SLOT, ALL), 'dead').toEqual([batchId]);

    const leaving = await Tenure.begin(db, LEASE, handout);
    await leaving.claimBatch(batchId, SLOT);
    expect(leaving.batches.ids).toEqual([batchId]);
    await leaving.leave();
    expect(await handout.due(SLOT, ALL), 'left').toEqual([batchId]);

    const tenure = await Tenure.begin(db, LEASE, handout);
    const claim = (await claimBatch(db, batchId, tenure.id, SLOT)) as Claim;
    await giveBackBatch(db, claim, handout);
    expect(await handout.due(SLOT, ALL), 'given back').toEqual([batchId]);

    await claimBatch(db, batchId, tenure.id, SLOT);
    await tenure.renew();
    expect(await handout.due(SLOT, ALL), 'not known of').toEqual([batchId]);
  });

  test('a sender that stops leaves its work to another, which goes on at once', async () => {
    const { db, context, handout, editionId } = await newsroom(200);
    await using sink = await startSink({ dot: () => ({ after: 2 }) });
    const timing = { pollEvery: 20 };
    const start = () =>
      startSender(context, nodemailerRelay(sink.url, { connections: 2 }), { handout, timing });
    await freezeAudience(context, editionId, { handout });
    const first = await start();
    await expect.poll(() => sink.taken.size, { interval: 5 }).toBeGreaterThan(20);
    const second = await start();
    await first.stop();
    const left = performance.now();
    await second.idle();
    expect(performance.now() - left).toBeLessThan(4_000);
    await second.stop();
    expect((await ledger(db, editionId)).states).toEqual({ sent: 200 });
    expect([...sink.taken.values()].every((copies) => copies === 1)).toBe(true);
  });

  test('two senders finish an edition by it', async () => {
    const { db, context, handout, editionId } = await newsroom(700);
    await using sink = await startSink();
    const timing = { pollEvery: 20 };
    const senders = await Promise.all(
      [1, 2].map(() =>
        startSender(context, nodemailerRelay(sink.url, { connections: 2 }), { handout, timing }),
      ),
    );
    await freezeAudience(context, editionId, { handout });
    await Promise.all(senders.map((sender) => sender.idle()));
    await Promise.all(senders.map((sender) => sender.stop()));
    expect((await ledger(db, editionId)).states).toEqual({ sent: 700 });
    expect([...sink.taken.values()].every((copies) => copies === 1)).toBe(true);
  });
});
