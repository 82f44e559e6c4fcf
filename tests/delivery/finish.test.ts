import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { finishEditions } from '../../src/delivery/finish.ts';
import { requeueDue } from '../../src/delivery/requeue.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase, postgres } from '../setup/databases.ts';
import { addReaders, ledger, openNewsroom, ordinaryReaders, SLOT, stateOf } from './newsroom.ts';

const { signal } = new AbortController();

onEachDatabase((database) => {
  test('an edition ends when no batch of it is open and nobody is to be tried again', async () => {
    const { db } = await database.create();
    const context = testContext(db, { now: () => SLOT });
    const { newsletterId, editionId } = await openNewsroom(db);
    await addReaders(db, newsletterId, ordinaryReaders(3));
    const empty = await openNewsroom(db, { slug: 'evening' });
    await freezeAudience(context, editionId);
    await freezeAudience(context, empty.editionId);
    await finishEditions(context);
    expect(await stateOf(context, empty.editionId)).toBe('sent');
    expect(await stateOf(context, editionId)).toBe('sending');
    await db.updateTable('batches').set({ state: 'done' }).execute();
    await db.updateTable('deliveries').set({ state: 'sent' }).execute();
    const last = db
      .updateTable('deliveries')
      .where('id', '=', (eb) => eb.selectFrom('deliveries').select((min) => min.fn.min('id').as('id')));
    await last.set({ state: 'deferred' }).execute();
    await finishEditions(context, [editionId]);
    expect(await stateOf(context, editionId)).toBe('sending');
    await last.set({ state: 'sent' }).execute();
    await finishEditions(context, []);
    expect(await stateOf(context, editionId)).toBe('sending');
    await finishEditions(context, [editionId]);
    expect(await stateOf(context, editionId)).toBe('sent');
    const audit = await db.selectFrom('audit').select('what').where('what', '=', 'edition.sent').execute();
    expect(audit).toHaveLength(2);
  });
});

test('an edition whose last readers are put into a batch at this very moment does not end without them', async () => {
  const { db, url } = await postgres.create();
  const other = connect(url, { poolSize: 2 });
  onTestFinished(() => other.destroy());
  const context = testContext(db, { now: () => SLOT.add({ hours: 1 }) });
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, ordinaryReaders(3));
  await freezeAudience(context, editionId);
  await db.updateTable('deliveries').set({ state: 'deferred', batch_id: null }).execute();
  await db.updateTable('batches').set({ state: 'done' }).execute();
  let finishing: Promise<number[]> | undefined;
  const handout = {
    // The requeueing is not committed yet: whoever asks for deliveries waits until it is.
    offer: async (tx: typeof db) => {
      await sql`lock table deliveries in access exclusive mode`.execute(tx);
      finishing = finishEditions(context);
      await new Promise((resolve) => setTimeout(resolve, 200));
    },
    due: async () => [],
    [Symbol.asyncDispose]: async () => {},
  };
  expect(await requeueDue({ ...context, db: other, handout }, signal)).toBe(3);
  await finishing;
  expect(await stateOf(context, editionId)).toBe('sending');
  expect((await ledger(db, editionId)).states).toEqual({ queued: 3 });
});
