import { expect, test } from 'vitest';
import { reportFigures } from '../../src/commands/report-figures.ts';
import type { Db } from '../../src/database/connect.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { listDeliveries } from '../../src/delivery/list.ts';
import { deliveryReport } from '../../src/delivery/report.ts';
import { approve } from '../../src/editions/life.ts';
import { prepareEdition } from '../../src/editions/prepare.ts';
import { leaveNewsletter } from '../../src/subscribers/leave.ts';
import { processTerminal } from '../../src/terminal/terminal.ts';
import { addReaders, ordinaryReaders } from '../delivery/newsroom.ts';
import { contextOn, instant, NIGHT, newsletterOf, storeTestStories } from '../editions/newsroom.ts';
import { commandLine } from '../setup/command-line.ts';
import { onEachDatabase, sqlite, type TestDatabase } from '../setup/databases.ts';

const SLOT = instant('2026-11-24T07:00Z');

/** An edition that is going out to 12 readers, none of whom has it; one more is paused. */
async function goingOut(database: TestDatabase) {
  const { db, url } = await database.create();
  const clock = { at: instant('2026-11-24T06:00Z') };
  const newsletter = await newsletterOf(db, instant('2026-11-01T00:00Z'));
  await storeTestStories(db, NIGHT);
  const context = contextOn(db, clock);
  const id = await prepareEdition(context, newsletter, 'daily', SLOT);
  await addReaders(db, newsletter.id, [
    ...ordinaryReaders(12),
    { email: 'paused@example.org', state: 'paused' },
  ]);
  clock.at = instant('2026-11-24T06:52Z');
  await approve(db, id, 'Mai', clock.at);
  clock.at = SLOT;
  await freezeAudience(context, id);
  const broadsheet = commandLine({ env: { DATABASE_URL: url }, now: () => clock.at });
  /** Decides what became of some readers, by their numbers. */
  const decide = (readers: number[], values: object) =>
    db
      .updateTable('deliveries')
      .set({ batch_id: null, tries: 1, revision: 1, relay: 'relay 1', ...values })
      .where('subscriber_id', 'in', (eb) =>
        eb
          .selectFrom('subscribers')
          .select('id')
          .where(
            'email',
            'in',
            readers.map((reader) => `r${reader}@example.org`),
          ),
      )
      .execute();
  const sentAt = SLOT.epochMilliseconds + 60_000;
  return { db, id, newsletter, clock, broadsheet, decide, sentAt };
}

async function onTheWire(db: Db, editionId: number): Promise<void> {
  const out = await db
    .selectFrom('deliveries')
    .select(['id', 'batch_id'])
    .where('edition_id', '=', editionId)
    .where('state', '=', 'queued')
    .orderBy('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('in_flight')
    .values({
      ...{ sender_id: 1, connection: 1, revision: 1, since: 0 },
      ...{ delivery_id: out.id, batch_id: out.batch_id as number },
    })
    .execute();
}

onEachDatabase((database) => {
  test('over Amazon SES, which replaces our Message-ID, report says that copies cannot be told apart', async () => {
    const { broadsheet, decide, sentAt } = await goingOut(database);
    const relay = 'email-smtp.eu-west-1.amazonaws.com:587';
    await decide([1, 2], { state: 'sent', sent_at: sentAt, relay });
    await decide([3], { state: 'sent', sent_at: sentAt, relay, in_doubt: 1 });
    const { out } = await broadsheet('report', 'morning');
    expect(out).toContain('among the sent; over Amazon SES two copies cannot be told to be one');
  });

  test('the report tells who has which revision, who is in doubt or open, and who has left since', async () => {
    const { db, id, newsletter, clock, broadsheet, decide, sentAt } = await goingOut(database);
    await decide([1, 2], { state: 'sent', sent_at: sentAt });
    clock.at = SLOT.add({ minutes: 10 });
    await broadsheet('edition', 'pause', 'morning', '--by', 'Jo', '--note', 'wrong vote count');
    clock.at = SLOT.add({ minutes: 14 });
    await broadsheet('edition', 'resume', 'morning', '--by', 'Jo');
    await broadsheet('stories', 'withdraw', 's002', '--by', 'Mai');
    await decide([3, 4], { state: 'sent', sent_at: sentAt, revision: 2 });
    await decide([4], { in_doubt: 1, tries: 2, revision: 2 });
    await decide([5], { state: 'refused', reason: 'gone' });
    await decide([6], { state: 'refused', reason: 'soft' });
    await decide([7], { state: 'unknown', in_doubt: 2 });
    await decide([8], { state: 'deferred', due_at: instant('2026-11-24T08:15Z').epochMilliseconds });
    await onTheWire(db, id);
    const tokens = await db.selectFrom('subscribers').select(['email', 'token']).execute();
    const tokenOf = (email: string) => tokens.find((each) => each.email === email)?.token as string;
    // One who never had it, and one who had.
    for (const reader of ['r6@example.org', 'r2@example.org'])
      await leaveNewsletter(db, tokenOf(reader), newsletter.id, { source: 'page' }, clock.at);
    const gone = await db
      .selectFrom('subscribers')
      .select('address_key')
      .where('email', '=', 'r5@example.org')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('suppressions')
      .values({ ...gone, reason: 'gone', at: 0 })
      .execute();
    const { out } = await broadsheet('report', 'morning');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      'Morning Briefing, Tuesday 24 November 2026                       sending since 07:00',
      ' Approved by Mai, 06:52 (revision 1). Paused 07:10 to 07:14 by Jo: "wrong vote count". Changed by itself, 07:14 (revision 2: without s002)',
      '',
      ' Audience                  13',
      '   sent                     4    relay 1: 4',
      '     revision 1             2',
      '     revision 2             2    without s002',
      '   refused                  2    1 address gone (suppressed), 1 for another reason',
      '   left out                 1    1 paused',
      '   expired                  0',
      '   in doubt, sent again     1    among the sent; same Message-ID',
      '   unknown                  1    no answer: they may have it or not',
      '   still open               5    3 not tried yet, 1 on the wire, 1 mailbox full or busy, next try 08:15',
      '   ───────────────────────────',
      '   adds up                 13 ✓',
      '',
      ' Since then   left 1',
      ' Try again    broadsheet retry morning/2026-11-24 --list unknown',
      '              broadsheet retry morning/2026-11-24 --list refused --reason soft',
      ' Lists        --list sent | again | refused | excluded | unknown | open     one person: --to ADDRESS',
    ]);
    const json = JSON.parse((await broadsheet('report', 'morning', '--json')).out);
    expect(json).toMatchObject({
      sent: { byRevision: [{ revision: 1 }, { revision: 2, count: 2, changes: 'without s002' }], again: 1 },
      open: { onTheWire: 1, nextTryAt: '2026-11-24T08:15:00Z' },
      sinceThen: { left: 1 },
    });
  });

  test('each list names its people, for readers, spreadsheets and programs, however many there are', async () => {
    const { db, id, broadsheet, decide } = await goingOut(database);
    await decide([1, 2], { state: 'refused', reason: 'gone', response: '550 5.1.1 No such user' });
    await decide([3], { state: 'refused', reason: 'policy', response: '=HYPERLINK("x")' });
    const list = async (...args: string[]) => (await broadsheet('report', 'morning', ...args)).out;
    expect(await list('--list', 'refused', '--reason', 'gone')).toBe(
      [1, 2]
        .map(
          (reader) =>
            ` r${reader}@example.org                     refused: address gone        revision 1  550 5.1.1 No such user`,
        )
        .join('\n'),
    );
    expect((await list('--list', 'refused', '--csv')).split('\n').at(-1)).toBe(
      `r3@example.org,refused,policy,1,,relay 1,1,0,2026-11-24T07:00:00Z,,"'=HYPERLINK(""x"")"`,
    );
    const all = JSON.parse(await list('--list', 'open', '--json'));
    expect(all.map(({ email }: { email: string }) => email)).toHaveLength(9);
    expect(all[0]).toMatchObject({ state: 'queued', dueAt: '2026-11-24T07:00:00Z', sections: null });
    expect(await list('--list', 'unknown')).toBe(' Nobody.');
    expect(await list('--list', 'excluded')).toContain('paused@example.org                 left out: paused');
    expect(await list('--to', 'r3@example.org')).toContain('r3@example.org');
    expect(await list('--list', 'sent', '--to', 'r3@example.org')).toBe(
      ' Not among them. Why: broadsheet why morning/2026-11-24 --to r3@example.org',
    );
    const pages: number[] = [];
    for await (const page of listDeliveries(db, id, { list: 'open' }, 4)) pages.push(page.length);
    expect(pages).toEqual([1, 4, 4]);
  });

  test('retry says what has changed since, asks, and then tries again those who are left', async () => {
    const { db, id, newsletter, broadsheet, decide } = await goingOut(database);
    await decide([1, 2, 3, 4], { state: 'refused', reason: 'soft' });
    await decide([5, 6], { state: 'refused', reason: 'policy' });
    const { token } = await db
      .selectFrom('subscribers')
      .select('token')
      .where('email', '=', 'r1@example.org')
      .executeTakeFirstOrThrow();
    await leaveNewsletter(db, token, newsletter.id, { source: 'page' }, SLOT);
    await db.updateTable('batches').set({ state: 'done' }).execute();
    await db.updateTable('deliveries').set({ state: 'sent' }).where('state', '=', 'queued').execute();
    await db.updateTable('editions').set({ state: 'sent' }).where('id', '=', id).execute();
    const asked = await broadsheet('retry', 'morning', '--list', 'refused', '--reason', 'soft');
    expect(asked).toMatchObject({
      code: 1,
      out: ` ! again       morning/2026-11-24, refused (for another reason): 4 people
               not any more: 1 left since
               3 would be tried again now`,
      err: '✗ 3 people of morning/2026-11-24 would be tried again. In a script: add --yes',
    });
    const done = await broadsheet(
      ...['retry', 'morning', '--list', 'refused', '--reason', 'soft', '--yes', '--by', 'Jo'],
    );
    expect(done.out).toContain('✓ again       3 people; 3 of morning/2026-11-24 are open now');
    expect((await broadsheet('report', 'morning')).out).toContain('Tried again by Jo, 07:00: 3 refused');
    const json = await broadsheet('retry', 'morning', '--list', 'unknown', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ state: 'sending', again: 0, not: { left: 0 } });
  });
});

test('a pause in the middle says who has what; a stop says who gets nothing, and leaves nobody open', async () => {
  const { db, id, broadsheet, decide, sentAt } = await goingOut(sqlite);
  await decide([1, 2, 3], { state: 'sent', sent_at: sentAt });
  await decide([4], { state: 'deferred' });
  await onTheWire(db, id);
  expect(
    (await broadsheet('edition', 'pause', 'morning', '--by', 'Jo', '--note', 'wrong vote count')).out,
  ).toBe(
    ` ✓ edition     morning/2026-11-24: Paused by Jo: wrong vote count
               3 people have revision 1
               1 on the wire: their answers still count
               8 wait
               change it    broadsheet edition edit morning/2026-11-24
               go on        broadsheet edition resume morning/2026-11-24
               stop it      broadsheet edition cancel morning/2026-11-24`,
  );
  await db.deleteFrom('in_flight').execute();
  expect((await broadsheet('edition', 'cancel', 'morning', '--yes', '--by', 'Jo')).out).toBe(
    ` ✓ edition     morning/2026-11-24: Stopped by Jo
               3 people have revision 1
               9 get nothing`,
  );
  const json = JSON.parse((await broadsheet('report', 'morning', '--json')).out);
  expect(json).toMatchObject({
    audience: 13,
    sent: { total: 3 },
    excluded: { total: 10 },
    open: { total: 0 },
  });
});

test('a withdrawn story says what has it already, and no edition takes it in again', async () => {
  const { broadsheet, decide, sentAt } = await goingOut(sqlite);
  await decide([1, 2, 3], { state: 'sent', sent_at: sentAt });
  expect((await broadsheet('stories', 'withdraw', 's002', '--reason', 'denied', '--by', 'Mai')).out).toBe(
    ` ✓ withdrawn   s002  Night trains return between Lisbon and Marseille
               morning/2026-11-24: 9 get it without (revision 2); 3 people have it already`,
  );
  expect((await broadsheet('stories', 'withdraw', 's002')).out).toContain('it had been withdrawn before');
  const json = JSON.parse((await broadsheet('stories', 'withdraw', 's003', '--json')).out);
  expect(json).toMatchObject({
    code: 's003',
    editions: [{ edition: 'morning/2026-11-24', revision: 3, state: 'sending', have: 3, open: 9 }],
  });
  expect((await broadsheet('stories', 'withdraw', 's00x')).err).toContain(
    'There is no story s00x. Nearest: s00',
  );
});

test('the report says why nobody is suppressed after a storm, or not yet', async () => {
  const { db, id } = await goingOut(sqlite);
  const report = await deliveryReport(db, id);
  const terminal = { ...processTerminal(), interactive: false, color: false };
  const words = (refused: object, open: number) => {
    const told = {
      ...report,
      open: { ...report.open, total: open },
      refused: { total: 26, by: [{ name: 'gone', count: 26 }], suppressed: 0, storms: [], ...refused },
    };
    return reportFigures(terminal, told, new Map(), String).join('\n');
  };
  const at = ' '.repeat(33);
  const storms = [{ domain: 'storm.example', gone: 26, tried: 100 }];
  expect(words({ storms }, 0)).toContain(`  refused                 26    26 address gone
${at}26 of 100 at storm.example: nobody is suppressed unless an edition of another day says the same`);
  expect(words({}, 3)).toContain('suppressed when the edition has ended');
  expect(words({ suppressed: 26 }, 0)).toMatch(/26 address gone \(suppressed\)\n +left out/);
});

test('a story withdrawn after all was sent is told with those who have it, by edition', async () => {
  const { db, id, broadsheet, decide, sentAt } = await goingOut(sqlite);
  await decide([1, 2, 3, 4], { state: 'sent', sent_at: sentAt });
  const item = await db
    .selectFrom('edition_items')
    .innerJoin('stories', 'stories.id', 'edition_items.story_id')
    .select('edition_items.section')
    .where('stories.code', '=', 's002')
    .executeTakeFirstOrThrow();
  // One asked for this section only, one for another.
  await decide([3], { variant: JSON.stringify([item.section]) });
  await decide([4], { variant: '["Elsewhere"]' });
  await db.updateTable('editions').set({ state: 'sent' }).where('id', '=', id).execute();
  const { out } = await broadsheet('stories', 'withdraw', 's002');
  expect(out).toContain('no edition that is still to leave carries it');
  expect(out).toContain('3 people have it: morning/2026-11-24 3');
  const json = JSON.parse((await broadsheet('stories', 'withdraw', 's002', '--json')).out);
  expect(json.others).toEqual({ people: 3, editions: [{ name: 'morning/2026-11-24', people: 3 }] });
});

test('one person can be asked about: why they got it or not, and all that was sent to them', async () => {
  const { broadsheet, decide, sentAt } = await goingOut(sqlite);
  await decide([1], { state: 'sent', sent_at: sentAt, response: '250 Ok' });
  await decide([2], { state: 'refused', reason: 'gone', response: '550 5.1.1 No such user' });
  const why = async (reader: string) => (await broadsheet('why', 'morning', '--to', reader)).out.trim();
  expect(await why('r1@example.org')).toBe(
    'r1@example.org was sent morning/2026-11-24 at 07:01: revision 1, all its 6 stories. relay 1 took it (250 Ok).',
  );
  expect(await why('r2@example.org')).toBe(
    'r2@example.org did not get morning/2026-11-24: it was refused (550 5.1.1 No such user), address gone.',
  );
  expect(await why('paused@example.org')).toBe(
    'paused@example.org did not get morning/2026-11-24: they had paused.',
  );
  expect(await why('R3@example.org')).toBe(
    'r3@example.org has not had morning/2026-11-24 yet: their copy leaves as soon as it is its turn.',
  );
  expect((await broadsheet('subscribers', 'show', 'r2@example.org')).out).toContain(
    'morning/2026-11-24  refused: address gone  revision 1  550 5.1.1 No such user',
  );
  const shown = JSON.parse((await broadsheet('subscribers', 'show', 'r1@example.org', '--json')).out);
  expect(shown.editions).toEqual([
    expect.objectContaining({ edition: 'morning/2026-11-24', state: 'sent', sentAt: '2026-11-24T07:01:00Z' }),
  ]);
});
