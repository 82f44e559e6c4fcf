import { describe, expect, test } from 'vitest';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { approve, beginSending, hold, release } from '../../src/editions/life.ts';
import { prepareDueEditions } from '../../src/editions/prepare-due.ts';
import { releaseDueEditions } from '../../src/editions/release-due.ts';
import { reminderMoment } from '../../src/editions/reminders.ts';
import { onEachDatabase, sqlite } from '../setup/databases.ts';
import { Died, dyingEverywhere } from './dying.ts';
import {
  contextOn,
  instant,
  NIGHT,
  newsletterOf,
  storeTestStories,
  type TestClock,
  type TestStory,
} from './newsroom.ts';
import { tickTogether } from './schedulers.ts';

const EVE = instant('2026-11-23T12:00Z');
const go = new AbortController().signal;
const at = (time: string) => instant(`2026-11-24T${time}Z`);

/** What delivery does at the end of the freeze. */
const send = async ({ db, now }: Context, id: number) => {
  await beginSending(db, id, now());
};

/** A scheduler on `db`: both jobs at each moment it is given. */
function scheduler(db: Db) {
  const clock: TestClock = { at: EVE };
  const context = contextOn(db, clock);
  const tick = async (time: string) => {
    clock.at = at(time);
    await prepareDueEditions(context, go);
    await releaseDueEditions(context, go, send);
    return edition(db);
  };
  return { clock, context, tick };
}

const edition = (db: Db) =>
  db.selectFrom('editions').selectAll().orderBy('slot_at', 'desc').limit(1).executeTakeFirstOrThrow();
const remindersOf = async (db: Db) =>
  (await db.selectFrom('notices').selectAll().where('kind', '=', 'reminder').orderBy('id').execute()).map(
    (notice) => Temporal.Instant.fromEpochMilliseconds(notice.created_at).toString().slice(11, 16),
  );

async function newsroom(db: Db, lines: Record<string, unknown> = {}, stories: TestStory[] = NIGHT) {
  await newsletterOf(db, EVE, lines);
  await storeTestStories(db, stories);
  return scheduler(db);
}

onEachDatabase((database) => {
  test('several schedulers at once release it once and remind once', async () => {
    const { db, url } = await database.create();
    const { tick } = await newsroom(db);
    await newsletterOf(db, EVE, { slug: 'strict', approval: 'required' });
    await tick('06:00');
    await tickTogether('release', url, '2026-11-24T07:00:00Z');
    const states = await db.selectFrom('editions').select(['state']).orderBy('newsletter_id').execute();
    expect(states).toEqual([{ state: 'sending' }, { state: 'draft' }]);
    expect(await remindersOf(db)).toEqual(['07:00']);
    const audit = await db.selectFrom('audit').select('what').where('what', '=', 'edition.sending').execute();
    expect(audit).toHaveLength(1);
  });

  test('wherever a process dies, the next tick takes the edition on its way, once', async () => {
    const { db } = await database.create();
    const { tick, clock } = await newsroom(db);
    await tick('06:00');
    clock.at = at('07:00');
    const deaths = await dyingEverywhere(db, (dying) =>
      releaseDueEditions(contextOn(dying, clock), go, (context, id) => send(context, id)),
    );
    expect(deaths).toBeGreaterThan(10);
    expect(await edition(db)).toMatchObject({ state: 'sending' });
    const approvals = await db
      .selectFrom('audit')
      .select('id')
      .where('what', '=', 'edition.approved')
      .execute();
    expect(approvals).toHaveLength(1);
  });

  test('an audience that was being frozen when the process died is finished within the grace, not after it', async () => {
    const dies = async ({ db }: Context, id: number) => {
      await db.updateTable('editions').set({ frozen_to: 9 }).where('id', '=', id).execute();
      throw new Died();
    };
    const died = async () => {
      const { db } = await database.create();
      const { tick, clock, context } = await newsroom(db);
      await tick('06:00');
      clock.at = at('07:00');
      await expect(releaseDueEditions(context, go, dies)).rejects.toThrow(AggregateError);
      expect(await edition(db)).toMatchObject({ state: 'approved' });
      return { db, tick, clock, context };
    };
    const soon = await died();
    expect(await soon.tick('08:59')).toMatchObject({ state: 'sending' });

    const late = await died();
    late.clock.at = instant('2026-11-26T06:00Z');
    await releaseDueEditions(late.context, go, send);
    expect(await edition(late.db)).toMatchObject({
      state: 'skipped',
      skipped_reason: 'not_running',
      state_note: 'Broadsheet was not running until 09:00',
    });

    const off = await died();
    await off.db.updateTable('newsletters').set({ enabled: 0 }).execute();
    expect(await off.tick('07:05')).toMatchObject({ state: 'approved' });
    expect(await off.tick('09:00')).toMatchObject({ state: 'skipped', skipped_reason: 'switched_off' });
  });

  test('editors are reminded at −20, −5, the slot, then every 15 minutes, each time once', async () => {
    const { db } = await database.create();
    const { tick } = await newsroom(db, { approval: 'required' });
    for (let minute = 0; minute <= 95; minute += 1) {
      const time = Temporal.PlainTime.from('06:00').add({ minutes: minute }).toString();
      await tick(time);
      await tick(time);
    }
    expect(await remindersOf(db)).toEqual(['06:40', '06:55', '07:00', '07:15', '07:30']);
  });
});

test('an automatic edition goes out at its slot, not before, approved by nobody but the clock', async () => {
  const { db } = await sqlite.create();
  const { tick } = await newsroom(db);
  await tick('06:00');
  expect(await tick('06:59:59')).toMatchObject({ state: 'draft' });
  const sending = await tick('07:00');
  expect(sending).toMatchObject({ state: 'sending', state_by: 'broadsheet', approved_by: 'broadsheet' });
  const audit = await db
    .selectFrom('audit')
    .select('what')
    .where('subject', '=', 'morning/2026-11-24')
    .execute();
  expect(audit.map(({ what }) => what)).toEqual(['edition.prepared', 'edition.approved', 'edition.sending']);
});

test('a late approval goes out as soon as it can no longer be taken back', async () => {
  const { db } = await sqlite.create();
  const { tick, clock } = await newsroom(db, { approval: 'required' });
  await tick('06:00');
  expect(await tick('07:30')).toMatchObject({ state: 'draft' });
  await approve(db, (await edition(db)).id, 'Mai', clock.at);
  expect(await tick('07:30:59')).toMatchObject({ state: 'approved' });
  expect(await tick('07:31:00')).toMatchObject({ state: 'sending', approved_by: 'Mai' });
});

test('copies are due at the slot, or from when they go out late: their age counts from then', async () => {
  const dueAt = async (time: string) => {
    const { db } = await sqlite.create();
    const { context, clock } = await newsroom(db);
    clock.at = at(time);
    await prepareDueEditions(context, go);
    const due: string[] = [];
    await releaseDueEditions(context, go, async (_context, _id, options) => {
      due.push(options.dueAt.toString());
    });
    return due;
  };
  expect(await dueAt('07:00')).toEqual(['2026-11-24T07:00:00Z']);
  expect(await dueAt('08:20')).toEqual(['2026-11-24T08:20:00Z']);
});

test('what nobody approved by the deadline is skipped, with the reason', async () => {
  const { db } = await sqlite.create();
  const { tick } = await newsroom(db, { approval: 'required' });
  await tick('06:00');
  expect(await tick('08:59')).toMatchObject({ state: 'draft' });
  expect(await tick('09:00')).toMatchObject({ state: 'skipped', state_note: 'not approved by 09:00' });
});

test('a deadline on another day is said with its date', async () => {
  const { db } = await sqlite.create();
  const { tick, clock } = await newsroom(db, {
    rhythms: { weekly: '0 7 * * 2' },
    approval: 'required',
    timing: { grace: '20 h' },
  });
  await tick('06:00');
  clock.at = instant('2026-11-25T03:00Z');
  await releaseDueEditions(contextOn(db, clock), go, send);
  expect(await edition(db)).toMatchObject({ state_note: 'not approved by 2026-11-25, 03:00' });
});

test('an edition held past its deadline is skipped and says who held it', async () => {
  const { db } = await sqlite.create();
  const { tick, clock } = await newsroom(db);
  await tick('06:00');
  await hold(db, (await edition(db)).id, 'waiting for legal', 'Jo', clock.at);
  expect(await tick('07:00')).toMatchObject({ state: 'held' });
  expect(await tick('08:59')).toMatchObject({ state: 'held' });
  expect(await tick('09:00')).toMatchObject({
    state: 'skipped',
    state_note: 'still held by Jo at 09:00 (waiting for legal)',
  });
});

test('a held edition that is let go within the grace goes out', async () => {
  const { db } = await sqlite.create();
  const { tick, clock } = await newsroom(db);
  await tick('06:00');
  await hold(db, (await edition(db)).id, null, 'Jo', clock.at);
  await tick('07:40');
  await release(db, (await edition(db)).id, 'Jo', clock.at);
  expect(await tick('07:41')).toMatchObject({ state: 'sending' });
});

test('one that is let go in the last minute of the grace goes out all the same', async () => {
  const { db } = await sqlite.create();
  const { tick, clock } = await newsroom(db);
  await tick('06:00');
  await approve(db, (await edition(db)).id, 'Mai', clock.at);
  await hold(db, (await edition(db)).id, null, 'Jo', clock.at);
  await tick('08:59');
  await release(db, (await edition(db)).id, 'Jo', at('08:59:30'));
  expect(await tick('09:00')).toMatchObject({ state: 'sending' });
});

test('too few stories: skipped, and those stories have their chance in the next edition', async () => {
  const { db } = await sqlite.create();
  const { tick, clock, context } = await newsroom(db, {}, NIGHT.slice(0, 2));
  await tick('06:00');
  expect(await tick('07:00')).toMatchObject({ state: 'skipped', state_note: '2 stories, 3 are needed' });
  await storeTestStories(db, [{ headline: 'Cabinet resigns', published: '2026-11-24T12:00Z' }]);
  clock.at = instant('2026-11-25T06:00Z');
  await prepareDueEditions(context, go);
  clock.at = instant('2026-11-25T07:00Z');
  await releaseDueEditions(context, go, send);
  expect(await edition(db)).toMatchObject({ name: '2026-11-25', state: 'sending' });
});

test('what a person approved goes out though it has few stories; nothing new never does', async () => {
  const { db } = await sqlite.create();
  const { tick, clock } = await newsroom(db, {}, NIGHT.slice(0, 2));
  await newsletterOf(db, EVE, { slug: 'sport', sections: ['Sport'] });
  await tick('06:00');
  const [few] = await db.selectFrom('editions').selectAll().orderBy('newsletter_id').execute();
  await approve(db, few?.id ?? 0, 'Mai', clock.at);
  await tick('07:00');
  const states = await db
    .selectFrom('editions')
    .select(['state', 'state_note'])
    .orderBy('newsletter_id')
    .execute();
  expect(states).toEqual([
    { state: 'sending', state_note: null },
    { state: 'skipped', state_note: 'nothing new' },
  ]);
  // Nobody is asked to look at an empty draft.
  const proofs = await db.selectFrom('notices').select('id').where('kind', '=', 'proof').execute();
  expect(proofs).toHaveLength(1);
});

test('after a night of silence: within the grace it goes out late, beyond it it is skipped', async () => {
  const { db } = await sqlite.create();
  const { tick } = await newsroom(db);
  await tick('06:00');
  expect(await tick('09:00')).toMatchObject({
    state: 'skipped',
    state_note: 'Broadsheet was not running until 09:00',
  });

  const other = await sqlite.create();
  const late = await newsroom(other.db);
  expect(await late.tick('08:30')).toMatchObject({ state: 'sending' });
});

test('one edition in trouble does not keep the others', async () => {
  const { db } = await sqlite.create();
  const { tick, clock, context } = await newsroom(db);
  await newsletterOf(db, EVE, { slug: 'second' });
  await tick('06:00');
  clock.at = at('07:00');
  const [first] = await db.selectFrom('editions').select('id').orderBy('id').execute();
  const failing = async (given: Context, id: number) => {
    if (id === first?.id) throw new Error('disk full');
    await send(given, id);
  };
  await expect(releaseDueEditions(context, go, failing)).rejects.toThrow(AggregateError);
  const states = await db.selectFrom('editions').select('state').orderBy('id').execute();
  expect(states).toEqual([{ state: 'approved' }, { state: 'sending' }]);
});

describe('the moment of a reminder', () => {
  const slot = 1_000 * 60_000;
  const moment = (minutes: number) => {
    const found = reminderMoment(slot, slot + 240 * 60_000, slot + minutes * 60_000);
    return found === null ? null : (found - slot) / 60_000;
  };
  test.each([
    [-21, null],
    [-20, -20],
    [-6, -20],
    [-5, -5],
    [0, 0],
    [14, 0],
    [15, 15],
    [119, 105],
    [120, 120],
    [179, 120],
    [239, 180],
    [240, null],
  ])('%i minutes from the slot', (now, expected) => {
    expect(moment(now)).toBe(expected);
  });
});
