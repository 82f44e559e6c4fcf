import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { run as ageDeliveries } from '../../jobs/age-deliveries.ts';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { isPostgres } from '../../src/database/dialect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { putBack, RETRY_LISTS } from '../../src/delivery/put-back.ts';
import { recoverSenders } from '../../src/delivery/recovery.ts';
import type { SendOutcome } from '../../src/delivery/relay.ts';
import { deliveryReport } from '../../src/delivery/report.ts';
import { requeueDue } from '../../src/delivery/requeue.ts';
import { excludeStopped } from '../../src/delivery/stop.ts';
import { dropWithdrawn } from '../../src/editions/drop-withdrawn.ts';
import { cancel, pause, resume } from '../../src/editions/life.ts';
import { readContent } from '../../src/editions/read-revision.ts';
import { storeRevision } from '../../src/editions/revisions.ts';
import { RefusedError } from '../../src/refused-error.ts';
import { arrowsOf } from '../setup/arrows.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, addRevision, openNewsroom, SLOT } from './newsroom.ts';
import { Random } from './random.ts';
import { SimulatedSender, type Taken } from './simulated-sender.ts';

const { signal } = new AbortController();
const READERS = 16;
const STEPS = 80;
/** Sequences. */
const FEW = 2;
const MANY = 200;

/** Another one each time. */
const SEED = Number(process.env.LEDGER_SEED ?? Math.floor(Math.random() * 1e9));

onEachDatabase((database) => {
  test(`the ledger adds up after whatever happens, in any order (LEDGER_SEED=${SEED} reruns this)`, async () => {
    const drawn = arrowsOf('docs/lives.md', 'delivery');
    const seen = new Set<string>();
    const enough = () => database.kind === 'postgres' || seen.size === drawn.size;
    // Every arrow that is drawn is taken sooner or later, and no other ever.
    for (let seed = SEED; seed < SEED + FEW || !enough(); seed++) {
      expect(seed - SEED, `never taken: ${[...drawn].filter((arrow) => !seen.has(arrow))}`).toBeLessThan(
        MANY,
      );
      const { db } = await database.create();
      for (const arrow of await live(db, seed)) {
        expect(drawn, `seed ${seed}: an arrow that docs/lives.md does not draw`).toContain(arrow);
        seen.add(arrow);
      }
    }
  });
});

/** Lives through one random sequence, to its end. @returns the arrows that deliveries took. */
async function live(db: Db, seed: number): Promise<string[]> {
  const random = new Random(seed);
  let now = SLOT;
  const context = testContext(db, { now: () => now });
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(
    db,
    newsletterId,
    Array.from({ length: READERS }, (_, at) => ({
      email: `r${at}@example.org`,
      lane: at % 3 === 0 ? 'gmail' : 'other',
      sections: at % 5 === 0 ? ['Business'] : null,
    })),
  );
  await freezeAudience(context, editionId);
  await watchArrows(db);
  const world: World = {
    context,
    random,
    editionId,
    newsletterId,
    taken: new Map() as Taken,
    editions: [editionId],
    audiences: new Map([[editionId, READERS]]),
  };
  const deeds = deedsOf(world, (minutes) => {
    now = now.add({ minutes });
  });
  const done: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const name = random.of(Object.keys(deeds));
    done.push(name);
    await deeds[name]?.().catch((error) => {
      // A person is told why it cannot be done now.
      if (!(error instanceof RefusedError)) throw error;
    });
    for (const id of world.editions) await check(world, id, `seed ${seed}, after ${done.join(', ')}`);
  }
  for (const id of world.editions) await end(world, id, (minutes) => (now = now.add({ minutes })));
  for (const id of world.editions) await check(world, id, `seed ${seed}, at its end`);
  const { rows } = await sql<{ arrow: string }>`select distinct arrow from arrows`.execute(db);
  return rows.map(({ arrow }) => arrow);
}

interface World {
  context: Context;
  random: Random;
  editionId: number;
  newsletterId: number;
  taken: Taken;
  /** Those whose audience stands. */
  editions: number[];
  /** How many each was to reach when it was frozen. */
  audiences: Map<number, number>;
  sender?: SimulatedSender;
  /** One that was taken for dead and does not know. */
  sleeping?: SimulatedSender;
}

/** Everything that can happen; likelier where it stands more often. */
function deedsOf(world: World, later: (minutes: number) => void): Record<string, () => Promise<unknown>> {
  const { context, random, editionId } = world;
  const { db, now } = context;
  const turn = () => turnOf(world, () => (random.chance(0.3) ? null : random.of(ANSWERS)));
  const edition = () => random.of(world.editions);
  const anyone = () => random.below(READERS) + 1;
  const standing = (state: 'active' | 'unsubscribed' | 'paused') =>
    db.updateTable('subscriptions').set({ state }).where('subscriber_id', '=', anyone()).execute();
  return {
    turn,
    'turn ': turn,
    'turn  ': turn,
    'turn   ': turn,
    'a crash': () => crash(world),
    'a sleep': () => crash(world, { sleeps: true }),
    'an awakening': async () => {
      if (random.chance(0.5)) return;
      await world.sleeping?.turn(random, () => random.of([said250, ...ANSWERS]));
      delete world.sleeping;
    },
    'a long sleep': async () => {
      await crash(world, { sleeps: true });
      for (let turns = 0; turns < 8; turns++) await turnOf(world, () => random.of(POOR_ANSWERS));
      if (random.chance(0.5)) later(60 * 13);
      await ageDeliveries(context, signal);
      await world.sleeping?.turn(random, () => said250);
      delete world.sleeping;
    },
    pause: () => pause(db, edition(), 'person', null, 'Jo', now()),
    resume: () => resume(db, editionId, 'Jo', now()),
    'resume ': () => resume(db, edition(), 'Jo', now()),
    cancel: async () => {
      if (random.chance(0.04)) await cancel(db, edition(), null, 'Jo', now());
    },
    'the stop of what was cancelled': () => excludeStopped({ db }, signal),
    retry: () => putBack(context, edition(), { list: random.of(RETRY_LISTS) }, 'Jo', { slice: 3 }),
    'retry ': () => putBack(context, edition(), { list: random.of(RETRY_LISTS) }, 'Jo', { slice: 3 }),
    'the next tries': () => requeueDue(context, signal),
    aging: () => ageDeliveries(context, signal),
    'ten minutes': async () => later(10),
    hours: async () => {
      if (random.chance(0.5)) later(60 * (1 + random.below(9)));
    },
    leaving: () => standing('unsubscribed'),
    'a break': () => standing('paused'),
    'coming back': () => standing('active'),
    suppression: async () => {
      const address_key = `key of r${anyone() - 1}@example.org`;
      const lifted = await db
        .deleteFrom('suppressions')
        .where('address_key', '=', address_key)
        .executeTakeFirst();
      if (lifted.numDeletedRows > 0n) return;
      await db.insertInto('suppressions').values({ address_key, reason: 'operator', at: 0 }).execute();
    },
    correction: () => correct(world, edition()),
    withdrawal: async () => {
      if (random.chance(0.2)) {
        const stories = await db.selectFrom('stories').select('id').execute();
        const withdrawn_at = now().epochMilliseconds;
        await db
          .updateTable('stories')
          .set({ withdrawn_at })
          .where('id', '=', random.of(stories).id)
          .execute();
      }
      await dropWithdrawn(db, now());
    },
    'the next edition': () => nextEdition(world),
  };
}

const said = (response: string) => ({ response });
const ANSWERS: SendOutcome[] = [
  ...Array.from({ length: 4 }, () => ({ kind: 'sent' as const, ...said('250 Ok') })),
  { kind: 'later', ...said('450 Busy') },
  { kind: 'later', ...said('450 Busy') },
  { kind: 'refused', reason: 'gone', ...said('550 5.1.1 No such user') },
  { kind: 'refused', reason: 'soft', ...said('552 5.2.2 Full') },
  { kind: 'unknown', ...said('No answer') },
  { kind: 'unknown', ...said('No answer') },
  { kind: 'relay', trouble: 'rest', ...said('421 Away') },
];

const POOR_ANSWERS: SendOutcome[] = ANSWERS.filter(({ kind }) => kind === 'later' || kind === 'refused');

async function turnOf(world: World, answer: () => SendOutcome | null): Promise<void> {
  world.sender ??= await SimulatedSender.begin(world.context, world.taken);
  if (!(await world.sender.turn(world.random, answer))) delete world.sender;
}

/** The sender is taken for dead, and is, or sleeps on with what it had out. */
async function crash(world: World, { sleeps = false } = {}): Promise<void> {
  const { context, sender, random } = world;
  if (sender === undefined) return;
  await context.db.updateTable('senders').set({ lease_until: 0 }).where('id', '=', sender.id).execute();
  if (sleeps && world.sleeping === undefined) world.sleeping = sender;
  else sender.die(random);
  delete world.sender;
  await recoverSenders(context);
}

async function correct({ context: { db, now }, random }: World, id: number): Promise<void> {
  const { revision } = await db
    .selectFrom('editions')
    .select('revision')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const content = await readContent(db, id, revision);
  if (content === undefined) return;
  const changed = { ...content, subject: `Corrected ${random.below(1e6)}` };
  const maker = { touch: true, approves: random.chance(0.7) };
  await db.transaction().execute((tx) => storeRevision(tx, id, revision, changed, 'Mai', now(), maker));
}

/** Tomorrow's edition, or that of this evening: it may overtake the first one. */
async function nextEdition(world: World): Promise<void> {
  const { context, newsletterId, editions, audiences, random } = world;
  const { db, now } = context;
  if (editions.length > 1 || !random.chance(0.3)) return;
  const { id } = await db
    .insertInto('editions')
    .values({
      ...{ newsletter_id: newsletterId, kind: 'scheduled', rhythm: 'daily', name: 'next', state: 'approved' },
      ...{ slot_at: now().epochMilliseconds + 60_000, state_at: 0, revision: 1, approved_revision: 1 },
      ...{ approved_by: 'Mai', window_from: 0, window_to: 0, created_at: 0 },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await addRevision(db, id, 1);
  await freezeAudience(context, id);
  editions.push(id);
  audiences.set(id, (await deliveryReport(db, id)).audience);
}

/** Goes on until nothing is open. */
async function end(world: World, id: number, later: (minutes: number) => void): Promise<void> {
  const { context } = world;
  const { db, now } = context;
  if (world.sleeping !== undefined) await world.sleeping.turn(world.random, () => said250);
  delete world.sleeping;
  for (let turns = 0; ; turns++) {
    const { state } = await db
      .selectFrom('editions')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const { open } = await deliveryReport(db, id);
    if (open.total === 0 && state !== 'sending') break;
    expect(turns, `edition ${id} does not come to its end: ${state}, ${JSON.stringify(open)}`).toBeLessThan(
      60,
    );
    if (state === 'paused') await resume(db, id, 'Jo', now()).catch(() => cancel(db, id, null, 'Jo', now()));
    await turnOf(world, () => said250);
    later(30);
    await requeueDue(context, signal);
    await excludeStopped({ db }, signal);
  }
}

const said250: SendOutcome = { kind: 'sent', response: '250 Ok' };

/** What must be so at any moment. */
async function check(
  { context: { db }, taken, audiences }: World,
  editionId: number,
  when: string,
): Promise<void> {
  const report = await deliveryReport(db, editionId);
  const { audience, sent, refused, excluded, expired, unknown, open } = report;
  expect(audience, when).toBe(audiences.get(editionId));
  expect(sent.total + refused.total + excluded.total + expired + unknown + open.total, when).toBe(audience);
  const { state: editionState } = await db
    .selectFrom('editions')
    .select('state')
    .where('id', '=', editionId)
    .executeTakeFirstOrThrow();
  if (editionState === 'sent') expect(open.total, when).toBe(0);
  const rows = await db
    .selectFrom('deliveries')
    .leftJoin('batches', 'batches.id', 'deliveries.batch_id')
    .leftJoin('in_flight', 'in_flight.delivery_id', 'deliveries.id')
    .selectAll('deliveries')
    .select(['batches.state as batch', 'batches.lane as batchLane', 'batches.edition_id as batchOf'])
    .select('in_flight.connection as out')
    .where('deliveries.edition_id', '=', editionId)
    .execute();
  for (const { id, state, lane, in_doubt, revision, batch, batchLane, batchOf, out } of rows) {
    const copies = taken.get(id) ?? [];
    const what = `${when}: delivery ${id}, ${state}, copies of revisions ${copies}`;
    // Nobody is lost: who waits lies in a batch that somebody will take.
    if (state === 'queued') {
      expect([batch === 'open' || batch === 'claimed', batchLane, batchOf], what).toEqual([
        true,
        lane,
        editionId,
      ]);
    }
    // What is on the wire is not decided behind its back, unless another copy of it was taken.
    if (out !== null) expect(['queued', 'sent'], what).toContain(state);
    // Nobody has two copies but who was in doubt, and one each time.
    expect(copies.length, what).toBeLessThanOrEqual(1 + in_doubt);
    if (state === 'sent') expect(copies.length, what).toBeGreaterThan(0);
    // Who has one is told so, or is in doubt, or their answer is still to be written down.
    else if (copies.length > 0) expect(in_doubt > 0 || out !== null, what).toBe(true);
    if (state === 'sent' && in_doubt === 0) expect(copies, what).toEqual([revision]);
  }
}

/** Writes down every change of state of a delivery, whoever makes it. */
async function watchArrows(db: Db): Promise<void> {
  await sql`create table arrows (arrow text)`.execute(db);
  if (isPostgres(db)) {
    await sql`
      create function watch_arrow() returns trigger language plpgsql as $$ begin
        insert into arrows values (old.state || ' → ' || new.state); return null; end $$`.execute(db);
    await sql`
      create trigger watch after update on deliveries for each row
      when (old.state <> new.state) execute function watch_arrow()`.execute(db);
    return;
  }
  await sql`
    create trigger watch after update of state on deliveries when old.state <> new.state
    begin insert into arrows values (old.state || ' → ' || new.state); end`.execute(db);
}
