import type { AddressInfo } from 'node:net';
import hoodiecrow from 'hoodiecrow-imap';
import { expect, test } from 'vitest';
import { run } from '../../jobs/read-mailbox.ts';
import { readMailbox } from '../../src/feedback/mailbox.ts';
import { withMailboxLease } from '../../src/feedback/mailbox-lease.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { dsn, plain } from './mails.ts';
import { openPublisher } from './publisher.ts';

const ADA = 'ada@paper.example';
const LETTER = plain({ From: 'bo@paper.example', Subject: 'A question' }, 'Which ferry?').toString();
const never = new AbortController().signal;

async function startImap(mails: string[]) {
  const server = hoodiecrow({
    plugins: ['UIDPLUS', 'MOVE', 'NAMESPACE'],
    users: { news: { password: 'p@ss' } },
    storage: { INBOX: { messages: mails.map((raw) => ({ raw })) } },
  });
  await new Promise<void>((done) => server.listen(0, done));
  const { port } = server.server.address() as AddressInfo;
  const of = (folder: string) => server.folderCache[folder]?.messages ?? [];
  return {
    url: `imap://news:p%40ss@127.0.0.1:${port}/INBOX`,
    add: (raw: string) => server.appendMessage('INBOX', [], false, raw),
    /** Subject and whether it was read, of each. */
    folder: (name: string) =>
      of(name).map(
        ({ raw, flags }) =>
          `${/^Subject: (.*)$/m.exec(String(raw))?.[1]?.trim()}${flags.includes('\\Seen') ? ', read' : ''}`,
      ),
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(done)),
  };
}

onEachDatabase((database) => {
  async function publisher(url?: string) {
    const { db } = await database.create();
    const env = { BOUNCE_DOMAIN: 'bounce.news.example', ...(url && { BOUNCE_IMAP_URL: url }) };
    return { db, context: testContext(db, { env }), ...(await openPublisher(db, [ADA])) };
  }

  test('reads what came, moves what was ours, and leaves the rest unread and alone', async () => {
    const { db, context, edition, standing } = await publisher();
    const token = (await edition()).token(ADA);
    await using imap = await startImap([
      LETTER,
      dsn({ token }).toString(),
      dsn({ token: 'f'.repeat(32) }).toString(),
    ]);
    expect(await readMailbox(context, imap.url, never)).toEqual({ read: 3, ours: 1 });
    expect(await standing(ADA)).toBe('active, suppressed: gone');
    expect(imap.folder('INBOX')).toEqual(['A question', 'Undelivered Mail Returned to Sender']);
    expect(imap.folder('Broadsheet')).toEqual(['Undelivered Mail Returned to Sender, read']);
    // What was looked at is not looked at again.
    expect(await readMailbox(context, imap.url, never)).toEqual({ read: 0, ours: 0 });
    imap.add(
      plain(
        { From: ADA, Subject: 'Re: x', 'In-Reply-To': `<morning.x.${token}@news.example>` },
        'stop',
      ).toString(),
    );
    expect(await readMailbox(context, imap.url, never)).toEqual({ read: 1, ours: 1 });
    expect(await standing(ADA)).toBe('unsubscribed, suppressed: gone');
    expect((await db.selectFrom('bounces').select('kind').execute()).map(({ kind }) => kind).sort()).toEqual([
      'hard',
      'left',
    ]);
  });

  test('says in a sentence what is wrong with the mailbox, without its password', async () => {
    const { context } = await publisher();
    await using imap = await startImap([]);
    const wrong = imap.url.replace('p%40ss', 'secret');
    const failure = await readMailbox(context, wrong, never).catch((error: Error) => error.message);
    expect(failure).toMatch(
      /^The mailbox imap:\/\/news:•••@127\.0\.0\.1:\d+\/INBOX cannot be read: .+ See BOUNCE_IMAP_URL\.$/,
    );
    expect(failure).not.toContain('secret');
  });

  test('one process at a time reads it; one that died is not waited for', async () => {
    const { context, edition } = await publisher();
    await edition();
    let later = context.now();
    const clock = { ...context, now: () => later };
    const inner = await withMailboxLease(clock, 60_000, () =>
      withMailboxLease(clock, 60_000, async () => 'both'),
    );
    expect(inner).toBeNull();
    expect(await withMailboxLease(clock, 60_000, async () => 'next')).toBe('next');
    await withMailboxLease(clock, 60_000, async () => {
      later = later.add({ seconds: 61 });
      expect(await withMailboxLease(clock, 60_000, async () => 'after its end')).toBe('after its end');
    });
  });

  test('the job does nothing where no mailbox is set', async () => {
    const { context } = await publisher();
    await run(context, never);
  });
});
