import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { since } from '../../src/feedback/since.ts';
import { takeMail } from '../../src/feedback/take-mail.ts';
import { queueNotice } from '../../src/notices/notice.ts';
import { eraseSubscriber } from '../../src/subscribers/erase.ts';
import { findSuppression } from '../../src/subscribers/suppression.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { arf, dsn, plain } from './mails.ts';
import { openPublisher, SLOT } from './publisher.ts';

const ADA = 'ada@paper.example';
const FULL = { status: '5.2.2', diagnostic: '552 5.2.2 mailbox full' };

onEachDatabase((database) => {
  async function publisher(emails = [ADA]) {
    const { db } = await database.create();
    const env = { BOUNCE_DOMAIN: 'bounce.news.example' };
    const context = testContext(db, { env });
    const take = async (raw: Buffer, envelope: string[] = []) =>
      (await takeMail(context, raw, envelope)).recorded;
    return { db, take, ...(await openPublisher(db, emails)) };
  }

  test('a mailbox that is gone is suppressed at once, the same report again counts nothing, and no address is kept in words', async () => {
    const { db, take, edition, standing } = await publisher();
    const { id, token } = await edition();
    expect(await take(dsn({ token: token(ADA) }))).toBe('suppressed');
    expect(await take(dsn({ token: token(ADA) }))).toBe('counted before');
    expect(await standing(ADA)).toBe('active, suppressed: gone');
    expect(await since(db, id)).toEqual({ bounced: 1, complained: 0, leftByMail: 0 });
    const kept = await db.selectFrom('bounces').select(['reason', 'text']).executeTakeFirstOrThrow();
    expect(kept).toMatchObject({ reason: 'unknown user', text: expect.not.stringContaining(ADA) });
  });

  test('a token that names no delivery changes nothing, though everything else fits', async () => {
    const { db, take, edition, standing } = await publisher();
    await edition();
    expect(await take(dsn({ token: 'f'.repeat(32) }))).toBe('not ours');
    expect(await standing(ADA)).toBe('active');
    expect(await counts(db)).toEqual({ bounces: 0, suppressions: 0 });
  });

  test('the return path counts before a Message-ID that a stranger may have written', async () => {
    const { take, edition, standing } = await publisher([ADA, 'bo@paper.example']);
    const { token } = await edition();
    await take(dsn({ token: token(ADA) }), [`bounce+${token('bo@paper.example')}@bounce.news.example`]);
    expect(await standing(ADA)).toBe('active');
    expect(await standing('bo@paper.example')).toBe('active, suppressed: gone');
  });

  test('what is about us, only delayed, or an absence suppresses nobody', async () => {
    const { db, take, edition, standing } = await publisher();
    const { token } = await edition();
    const policy = { status: '5.7.1', diagnostic: '550 5.7.1 your address is on a block list' };
    expect(await take(dsn({ token: token(ADA), ...policy }))).toBe('counted');
    expect(await take(dsn({ token: token(ADA), action: 'delayed' }))).toBe('nothing');
    const away = plain(
      { From: ADA, Subject: 'Out of office', To: `bounce+${token(ADA)}@bounce.news.example` },
      'user unknown',
    );
    expect(await take(away)).toBe('nothing');
    expect(await standing(ADA)).toBe('active');
    expect(await counts(db)).toEqual({ bounces: 1, suppressions: 0 });
  });

  test('a full mailbox is suppressed after five editions over ten days, and one that arrives in between clears the count', async () => {
    const { take, edition, standing } = await publisher();
    for (const day of [0, 1, 2, 3]) await take(dsn({ token: (await edition(day)).token(ADA), ...FULL }));
    await edition(4);
    for (const day of [10, 11, 12, 13, 14])
      await take(dsn({ token: (await edition(day)).token(ADA), ...FULL }));
    expect(await standing(ADA)).toBe('active');
    expect(await take(dsn({ token: (await edition(20)).token(ADA), ...FULL }))).toBe('suppressed');
    expect(await standing(ADA)).toBe('active, suppressed: soft');
  });

  test('too many of one domain suppress nobody, those before included, until a later edition says the same', async () => {
    const emails = Array.from({ length: 60 }, (_, at) => `r${at}@big.example`);
    const { take, edition, standing, db } = await publisher([...emails, ADA]);
    const first = await edition(0);
    for (const email of emails.slice(0, 8))
      expect(await take(dsn({ token: first.token(email), to: email }))).toBe('suppressed');
    for (const email of emails.slice(8, 30)) await take(dsn({ token: first.token(email), to: email }));
    expect((await counts(db)).suppressions).toBe(0);
    expect(await take(dsn({ token: first.token(ADA) }))).not.toBe('not ours');
    const second = await edition(1);
    expect(await take(dsn({ token: second.token('r3@big.example'), to: 'r3@big.example' }))).toBe(
      'suppressed',
    );
    expect(await standing('r4@big.example')).toBe('active');
  });

  test('one complaint leaves all newsletters, is kept as consent withdrawn, and outlives the person', async () => {
    const { db, take, edition, standing } = await publisher();
    const { id, token } = await edition();
    expect(await take(arf(token(ADA)))).toBe('suppressed');
    expect(await standing(ADA)).toBe('unsubscribed, suppressed: complaint');
    expect(await db.selectFrom('consents').select(['what', 'source', 'newsletter_id']).execute()).toEqual([
      { what: 'left', source: 'complaint', newsletter_id: null },
    ]);
    expect(await since(db, id)).toMatchObject({ complained: 1 });
    await eraseSubscriber(db, ADA, 'ops', SLOT);
    expect(await findSuppression(db, ADA)).toMatchObject({ reason: 'complaint' });
    expect(await take(arf(token(ADA)))).toBe('counted before');
  });

  test('a complaint that comes again does not undo that the reader came back', async () => {
    const { db, take, edition, standing } = await publisher();
    const { token } = await edition();
    await take(arf(token(ADA)));
    await db.deleteFrom('suppressions').execute();
    await db.updateTable('subscriptions').set({ state: 'active', left_at: null }).execute();
    expect(await take(arf(token(ADA)))).toBe('counted before');
    expect(await standing(ADA)).toBe('active');
  });

  test('a mail to the unsubscribe address leaves that newsletter, and suppresses nobody', async () => {
    const { take, edition, standing } = await publisher();
    const { token } = await edition();
    const raw = plain({ From: 'somebody@else.example', Subject: 'x' }, 'please');
    expect(await take(raw, [`unsubscribe+${token(ADA)}@bounce.news.example`])).toBe('left');
    expect(await standing(ADA)).toBe('unsubscribed');
  });

  test('what a former address sends back says nothing of the present one', async () => {
    const { db, take, edition, standing } = await publisher();
    const { token } = await edition();
    const { id } = await db.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
    const moved = {
      subscriber_id: id,
      newsletter_id: null,
      what: 'moved' as const,
      at: SLOT.epochMilliseconds + 1,
      source: 'page',
    };
    await db.insertInto('consents').values(moved).execute();
    expect(await take(dsn({ token: token(ADA) }))).toBe('counted');
    expect(await standing(ADA)).toBe('active');
  });

  test('a confirmation that comes back suppresses nobody, and is known as refused', async () => {
    const { db, take } = await publisher();
    const data = { newsletterId: 1, subscriberToken: 'x', language: 'en' };
    const token = await queueNotice(db, 'confirmation', 'typo@paper.example', data, SLOT);
    await db.updateTable('notices').set({ state: 'sent' }).execute();
    expect(await take(dsn({ token, to: 'typo@paper.example' }))).toBe('counted');
    expect(await db.selectFrom('notices').select('state').execute()).toEqual([{ state: 'refused' }]);
    expect((await counts(db)).suppressions).toBe(0);
  });

  async function counts(db: Db) {
    const of = async (table: 'bounces' | 'suppressions') =>
      (
        await db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow()
      ).n;
    return { bounces: await of('bounces'), suppressions: await of('suppressions') };
  }
});
