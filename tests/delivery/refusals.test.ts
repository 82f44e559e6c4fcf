import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { countBounce, countRefusals, forgetRefusals } from '../../src/delivery/refusals.ts';
import { deliveryReport } from '../../src/delivery/report.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { addReaders, openNewsroom, type Reader, SLOT } from './newsroom.ts';

const GONE = '550 5.1.1 No such user';
const FULL = '552 5.2.2 Mailbox full';
const NO_HOST = '550 5.1.2 Host unknown';

/** `r1@example.org` …, at `domain`. */
function readersAt(domain: string, count: number): Reader[] {
  return Array.from({ length: count }, (_, at) => ({ email: `r${at + 1}@${domain}` }));
}

onEachDatabase((database) => {
  async function newsroom(readers: Reader[]) {
    const { db } = await database.create();
    const { newsletterId } = await openNewsroom(db);
    await addReaders(db, newsletterId, readers);
    const people = await db.selectFrom('subscribers').select(['id', 'email']).orderBy('id').execute();
    let editions = 0;

    /** An edition that ended `days` after the first: everybody got it, except whom `replies` names. */
    async function edition(days: number, replies: (email: string) => string | undefined) {
      const at = SLOT.add({ hours: Math.round(24 * days) });
      const edition = await db
        .insertInto('editions')
        .values({
          newsletter_id: newsletterId,
          kind: 'special',
          slot_at: at.epochMilliseconds,
          name: `special ${++editions}`,
          state: 'sent',
          state_at: 0,
          window_from: 0,
          window_to: 0,
          created_at: 0,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      for (let from = 0; from < people.length; from += 500) {
        await db
          .insertInto('deliveries')
          .values(
            people.slice(from, from + 500).map(({ id, email }) => {
              const response = replies(email);
              const state = response === undefined ? ('sent' as const) : ('refused' as const);
              return {
                ...{ edition_id: edition.id, subscriber_id: id, lane: 'other', due_at: 0, state },
                token: `${edition.id}-${id}`,
                response: response ?? '250 Ok',
                reason: response === undefined ? null : response.startsWith('550 5.1.1') ? 'gone' : 'soft',
                sent_at: response === undefined ? at.epochMilliseconds : null,
              };
            }),
          )
          .execute();
      }
      const suppressed = await db.transaction().execute((tx) => countRefusals(tx, edition.id, at));
      return { id: edition.id, at, suppressed };
    }
    return { db, edition };
  }

  async function suppressions(db: Db) {
    const rows = await db
      .selectFrom('suppressions')
      .select(['address_key', 'reason'])
      .orderBy('address_key')
      .execute();
    return rows.map(({ address_key, reason }) => `${address_key.replace('key of ', '')} ${reason}`);
  }

  test('what is kept of a suppression: why, when, whose, by which edition; no address, and the audit counts', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 30));
    const { id, at } = await edition(0, (email) => (email === 'r2@example.org' ? GONE : undefined));
    expect(await db.selectFrom('suppressions').selectAll().execute()).toEqual([
      {
        id: 1,
        address_key: 'key of r2@example.org',
        reason: 'gone',
        at: at.epochMilliseconds,
        domain: 'example.org',
        who: 'broadsheet',
        note: '550 5.1.1',
        edition_id: id,
      },
    ]);
    const audit = await db.selectFrom('audit').select(['who', 'what', 'subject', 'after']).execute();
    expect(audit).toEqual([
      {
        who: 'broadsheet',
        what: 'suppressions.added',
        subject: 'morning/special 1',
        after: '{"gone":1,"soft":0}',
      },
    ]);
  });

  test('a domain that says of every fifth that they are gone is not believed the first time; others are', async () => {
    const { db, edition } = await newsroom([
      ...readersAt('storm.example', 50),
      ...readersAt('small.example', 49),
      ...readersAt('calm.example', 800),
    ]);
    const eleventh = /^r([1-9]|1[01])@/;
    const { id } = await edition(0, (email) => {
      if (email.endsWith('@calm.example')) return email === 'r1@calm.example' ? GONE : undefined;
      return eleventh.test(email) ? GONE : undefined;
    });
    const first = await suppressions(db);
    expect(first.filter((each) => each.includes('@storm'))).toEqual([]);
    expect(first.filter((each) => each.includes('@small'))).toHaveLength(11);
    expect(first.filter((each) => each.includes('@calm'))).toEqual(['r1@calm.example gone']);
    const { refused } = await deliveryReport(db, id);
    const storms = [{ domain: 'storm.example', gone: 11, tried: 50 }];
    expect(refused).toMatchObject({ total: 23, suppressed: 12, storms });
    // An hour later it is the same storm; a day later, whoever is still gone is.
    await edition(1 / 24, (email) => (/^r([1-9]|1[012])@storm/.test(email) ? GONE : undefined));
    expect((await suppressions(db)).filter((each) => each.includes('@storm'))).toEqual([]);
    await edition(1, (email) => (/^r(?!1?1@)([1-9]|1[0-3])@storm/.test(email) ? GONE : undefined));
    const second = (await suppressions(db)).filter((each) => each.includes('@storm'));
    // r1 and r11 were there again; r13 was gone for the first time.
    expect(second.map((each) => each.split('@')[0])).toEqual([
      'r10',
      'r12',
      'r2',
      'r3',
      'r4',
      'r5',
      'r6',
      'r7',
      'r8',
      'r9',
    ]);
  });

  test('ten of fifty are no storm', async () => {
    const { db, edition } = await newsroom([...readersAt('a.example', 50), ...readersAt('b.example', 800)]);
    await edition(0, (email) => (/^r(\d|10)@a/.test(email) ? GONE : undefined));
    expect(await suppressions(db)).toHaveLength(10);
  });

  test('whoever got one in between was not gone, and is not in the next storm either', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 60));
    const everybody = () => GONE;
    await edition(0, everybody);
    await edition(1, () => undefined);
    await edition(2, everybody);
    expect(await suppressions(db)).toEqual([]);
    await edition(3, everybody);
    expect(await suppressions(db)).toHaveLength(60);
  });

  test('a domain that does not exist is suppressed the second time, if it did not come back', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 4));
    await edition(0, (email) => (email < 'r4' ? NO_HOST : undefined));
    expect(await suppressions(db)).toEqual([]);
    await edition(1, (email) => (email < 'r2' ? '550-5.4.4 No such host' : email < 'r3' ? undefined : FULL));
    expect(await suppressions(db)).toEqual(['r1@example.org gone']);
    await edition(2, (email) => (email < 'r3' ? NO_HOST : undefined));
    expect(await suppressions(db)).toEqual(['r1@example.org gone']);
  });

  test('a full mailbox is suppressed after five editions running, over ten days or more', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 3));
    // r1 always; r2 gets the third; r3 only later.
    for (const [day, full] of [
      [0, /r[12]/],
      [1, /r[12]/],
      [2, /r1/],
      [3, /r[12]/],
      [4, /r[12]/],
      [5, /r[12]/],
      [9, /r[12]/],
    ] as const) {
      await edition(day, (email) => (full.test(email) ? FULL : undefined));
      expect(await suppressions(db)).toEqual([]);
    }
    const { suppressed } = await edition(10, (email) => (/r[12]/.test(email) ? FULL : undefined));
    expect(suppressed).toEqual({ gone: 0, soft: 1 });
    expect(await suppressions(db)).toEqual(['r1@example.org soft']);
    // r2's row of them began on the third day.
    await edition(12, (email) => (/r[12]/.test(email) ? FULL : undefined));
    expect(await suppressions(db)).toEqual(['r1@example.org soft']);
    await edition(13, (email) => (/r[12]/.test(email) ? FULL : undefined));
    expect(await suppressions(db)).toEqual(['r1@example.org soft', 'r2@example.org soft']);
  });

  test('four editions over a month are not enough, nor is a refusal of ours', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 2));
    for (const day of [0, 10, 20, 30]) await edition(day, () => FULL);
    expect(await suppressions(db)).toEqual([]);
    const { id, at } = await edition(40, () => FULL);
    await db.deleteFrom('suppressions').execute();
    await db.updateTable('deliveries').set({ reason: 'policy' }).where('edition_id', '=', id).execute();
    await db.transaction().execute((tx) => countRefusals(tx, id, at));
    expect(await suppressions(db)).toEqual([]);
  });

  test('finished again after a retry, an edition counts once, and as it ended', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 2));
    const { id, at } = await edition(0, () => FULL);
    await db
      .updateTable('deliveries')
      .set({ state: 'sent', reason: null })
      .where('token', '=', `${id}-1`)
      .execute();
    await db.transaction().execute((tx) => countRefusals(tx, id, at));
    const rows = await db.selectFrom('refusals').select(['subscriber_id', 'kind', 'code']).execute();
    expect(rows).toEqual([{ subscriber_id: 2, kind: 'soft', code: '552 5.2.2' }]);
  });

  test('a bounce that comes later counts like a refusal, and what it came back from was not received', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 3));
    const deliveries: number[] = [];
    let last = SLOT;
    for (const day of [0, 3, 6, 9, 12]) {
      const { id, at } = await edition(day, () => undefined);
      const row = await db
        .selectFrom('deliveries')
        .select('id')
        .where('token', '=', `${id}-1`)
        .executeTakeFirstOrThrow();
      deliveries.push(row.id);
      last = at;
    }
    // Bounces of days ago, after newer editions have left.
    const said: (string | null)[] = [];
    for (const deliveryId of deliveries) {
      const bounce = { deliveryId, kind: 'soft', code: '552 5.2.2' } as const;
      said.push(await db.transaction().execute((tx) => countBounce(tx, bounce, last)));
      said.push(await db.transaction().execute((tx) => countBounce(tx, bounce, last)));
    }
    expect(said).toEqual([null, null, null, null, null, null, null, null, 'soft', null]);
    expect(await suppressions(db)).toEqual(['r1@example.org soft']);
    const audit = await db.selectFrom('audit').select(['subject', 'after']).execute();
    expect(audit).toEqual([{ subject: 'r•••@example.org', after: '{"soft":1}' }]);
  });

  test('a bounce that says gone suppresses at once, in a storm of them nobody new', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 100));
    const { id, at } = await edition(0, () => undefined);
    const rows = await db
      .selectFrom('deliveries')
      .select('id')
      .where('edition_id', '=', id)
      .orderBy('id')
      .limit(30)
      .execute();
    const said: (string | null)[] = [];
    for (const { id: deliveryId } of rows) {
      const bounce = { deliveryId, kind: 'gone', code: null } as const;
      said.push(await db.transaction().execute((tx) => countBounce(tx, bounce, at)));
    }
    expect(said.slice(0, 19)).toEqual(Array(19).fill('gone'));
    expect(said.slice(19)).toEqual(Array(11).fill(null));
    expect(
      await db
        .transaction()
        .execute((tx) => countBounce(tx, { deliveryId: 0, kind: 'gone', code: null }, at)),
    ).toBeNull();
  });

  test('refusals are forgotten once a message was taken and stayed, and with the person', async () => {
    const { db, edition } = await newsroom(readersAt('example.org', 3));
    await edition(0, (email) => (email < 'r3' ? FULL : undefined));
    await edition(1, (email) => (email < 'r2' ? FULL : undefined));
    const people = async () =>
      (await db.selectFrom('refusals').select('subscriber_id').orderBy('subscriber_id').execute()).map(
        (row) => row.subscriber_id,
      );
    expect(await people()).toEqual([1, 1, 2]);
    await forgetRefusals(db, SLOT.add({ hours: 24 * 7 }), 100);
    expect(await people()).toEqual([1, 1, 2]);
    expect(await forgetRefusals(db, SLOT.add({ hours: 24 * 15 }), 100)).toEqual({ numDeletedRows: 1n });
    expect(await people()).toEqual([1, 1]);
    await db.deleteFrom('subscribers').where('id', '=', 1).execute();
    expect(await people()).toEqual([]);
  });
});
