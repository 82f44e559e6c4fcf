import { expect, onTestFinished, test } from 'vitest';
import { connect, type Db } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { excludeStopped } from '../../src/delivery/stop.ts';
import { cancel } from '../../src/editions/life.ts';
import { onEachDatabase, postgres } from '../setup/databases.ts';
import { addReaders, openNewsroom, ordinaryReaders, SLOT } from './newsroom.ts';

const now = () => SLOT;
const go = new AbortController().signal;

const statesOf = async (db: Db, editionId: number) =>
  db
    .selectFrom('deliveries')
    .select((eb) => ['state', 'reason', eb.fn.countAll<number>().as('people')])
    .where('edition_id', '=', editionId)
    .groupBy(['state', 'reason'])
    .orderBy('state')
    .execute();

onEachDatabase((database) => {
  test('what has not left of a stopped edition never will; what has left stays as it was', async () => {
    const { db } = await database.create();
    const { newsletterId, editionId } = await openNewsroom(db);
    const other = await openNewsroom(db, { slug: 'evening' });
    await addReaders(db, newsletterId, ordinaryReaders(1200));
    await addReaders(
      db,
      other.newsletterId,
      [1, 2, 3].map((number) => ({ email: `evening${number}@example.org` })),
    );
    await freezeAudience({ db, now }, editionId);
    await freezeAudience({ db, now }, other.editionId);
    const first = await db.selectFrom('deliveries').select('id').orderBy('id').limit(5).execute();
    const [one, two, three, four, five] = first.map(({ id }) => id);
    await db
      .updateTable('deliveries')
      .set({ state: 'sent' })
      .where('id', 'in', [one, two, three] as number[])
      .execute();
    await db
      .updateTable('deliveries')
      .set({ state: 'deferred' })
      .where('id', 'in', [four, five] as number[])
      .execute();
    expect(await excludeStopped({ db }, go)).toBe(0);

    await cancel(db, editionId, 'wrong day', 'Jo', SLOT);
    // A sender has a batch: its people wait until it is given back.
    const batch = await db
      .selectFrom('batches')
      .select('id')
      .where('edition_id', '=', editionId)
      .orderBy('id')
      .executeTakeFirstOrThrow();
    await db.updateTable('batches').set({ state: 'claimed' }).where('id', '=', batch.id).execute();
    expect(await excludeStopped({ db }, go)).toBe(702);
    expect(await statesOf(db, editionId)).toContainEqual({ state: 'queued', reason: null, people: 495 });
    await db.updateTable('batches').set({ state: 'open' }).where('id', '=', batch.id).execute();
    expect(await excludeStopped({ db }, go)).toBe(495);
    expect(await excludeStopped({ db }, go)).toBe(0);
    expect(await statesOf(db, editionId)).toEqual([
      { state: 'excluded', reason: 'stopped', people: 1197 },
      { state: 'sent', reason: null, people: 3 },
    ]);
    expect(await statesOf(db, other.editionId)).toEqual([{ state: 'queued', reason: null, people: 3 }]);
  });
});

test('nobody is left out of a batch that somebody takes at this very moment', async () => {
  const { db, url } = await postgres.create();
  const other = connect(url, { poolSize: 1 });
  onTestFinished(() => other.destroy());
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, ordinaryReaders(3));
  await freezeAudience({ db, now }, editionId);
  let excluding: Promise<number> | undefined;
  await other.transaction().execute(async (tx) => {
    await tx.updateTable('batches').set({ state: 'claimed', sender_id: 1 }).execute();
    await cancel(db, editionId, 'wrong day', 'Jo', SLOT);
    excluding = excludeStopped({ db }, go);
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  expect(await excluding).toBe(0);
  expect(await statesOf(db, editionId)).toEqual([{ state: 'queued', reason: null, people: 3 }]);
});
