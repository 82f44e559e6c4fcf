import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startListener } from '../../src/feedback/listener.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { arf, dsn, plain } from './mails.ts';
import { openPublisher } from './publisher.ts';

const ADA = 'ada@paper.example';

/** Says one line after the other, as another server would. @returns the replies. */
async function converse(port: number, lines: string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  const replies: string[] = [];
  let rest = '';
  const reply = async () => {
    for (;;) {
      const end = /^\d{3} .*\r\n/m.exec(rest);
      if (end !== null) {
        const text = rest.slice(0, end.index + end[0].length);
        rest = rest.slice(text.length);
        return text.trim().split('\r\n').at(-1) ?? '';
      }
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      rest += chunk.toString();
    }
  };
  replies.push(await reply());
  for (const line of lines) {
    socket.write(`${line}\r\n`);
    replies.push(await reply());
  }
  socket.destroy();
  return replies;
}

onEachDatabase((database) => {
  async function listening(env: NodeJS.ProcessEnv = {}) {
    const { db } = await database.create();
    const context = testContext(db, { env: { BOUNCE_DOMAIN: 'bounce.news.example', ...env } });
    const listener = await startListener(context, { host: '127.0.0.1', port: 0 });
    return { db, context, listener, ...(await openPublisher(db, [ADA])) };
  }

  test('takes a report in a real conversation, and the address gets no more mail', async () => {
    const { listener, edition, standing } = await listening();
    await using _ = listener;
    const token = (await edition()).token(ADA);
    const body = `${dsn({ token }).toString()}.`;
    const replies = await converse(listener.port, [
      'EHLO mx.paper.example',
      'MAIL FROM:<>',
      `RCPT TO:<BOUNCE+${token}@Bounce.News.Example>`,
      'DATA',
      body,
      'QUIT',
    ]);
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual([
      '220',
      '250',
      '250',
      '250',
      '354',
      '250',
      '221',
    ]);
    expect(await standing(ADA)).toBe('active, suppressed: gone');
  });

  test('takes nothing but what names something of ours, and no account', async () => {
    const { listener, edition } = await listening();
    await using _ = listener;
    const token = (await edition()).token(ADA);
    const replies = await converse(listener.port, [
      'EHLO mx.paper.example',
      'AUTH PLAIN AGEAYg==',
      'MAIL FROM:<spam@other.example>',
      'RCPT TO:<somebody@other.example>',
      `RCPT TO:<bounce+${token}@other.example>`,
      'RCPT TO:<ada@bounce.news.example>',
      `RCPT TO:<bounce+${'0'.repeat(32)}@bounce.news.example>`,
      `RCPT TO:<unsubscribe+${'0'.repeat(32)}@bounce.news.example>`,
      'RCPT TO:<postmaster@bounce.news.example>',
      'DATA',
      'Subject: hello\r\n\r\nIs anybody there?\r\n.',
    ]);
    expect(replies.slice(2)).toEqual([
      expect.stringMatching(/^5/),
      expect.stringMatching(/^250/),
      expect.stringMatching(/^550 5\.7\.1/),
      expect.stringMatching(/^550 5\.7\.1/),
      ...Array(3).fill(expect.stringMatching(/^550 5\.1\.1 No such address/)),
      expect.stringMatching(/^250/),
      expect.stringMatching(/^354/),
      // Nobody would read it.
      expect.stringMatching(/^550 5\.1\.1 Nobody reads/),
    ]);
  });

  test('a complaint that comes to abuse@ is read, and needs no person', async () => {
    const { db, listener, edition, standing } = await listening({ ALERT_TO: 'ops@news.example' });
    await using _ = listener;
    const body = `${arf((await edition()).token(ADA)).toString()}.`;
    const replies = await converse(listener.port, [
      'EHLO x',
      'MAIL FROM:<loop@mailbox.example>',
      'RCPT TO:<Abuse@bounce.news.example>',
      'DATA',
      body,
    ]);
    expect(replies.at(-1)).toMatch(/^250/);
    expect(await standing(ADA)).toBe('unsubscribed, suppressed: complaint');
    expect(await db.selectFrom('notices').select('id').execute()).toEqual([]);
  });

  test('mail to the postmaster reaches ALERT_TO as text, ten an hour, and nobody is answered', async () => {
    const { db, listener } = await listening({ ALERT_TO: 'ops@news.example' });
    await using _ = listener;
    const raw = plain(
      { From: 'admin@mx.paper.example', Subject: 'Your server' },
      'It is on a list.',
    ).toString();
    const one = [
      'MAIL FROM:<admin@mx.paper.example>',
      'RCPT TO:<Postmaster@bounce.news.example>',
      'DATA',
      `${raw}.`,
    ];
    await converse(listener.port, ['EHLO x', ...Array(12).fill(one).flat()]);
    const notices = await db.selectFrom('notices').select(['to_address', 'data']).execute();
    expect(notices).toHaveLength(10);
    expect(new Set(notices.map(({ to_address }) => to_address))).toEqual(new Set(['ops@news.example']));
    expect(notices[0]?.data).toContain('It is on a list.');
  });

  test('what is larger than 1 MB is refused, and what cannot be stored is to come again', async () => {
    const { db, listener, edition } = await listening();
    await using _ = listener;
    const token = (await edition()).token(ADA);
    const start = ['EHLO x', 'MAIL FROM:<>', `RCPT TO:<bounce+${token}@bounce.news.example>`, 'DATA'];
    const large = await converse(listener.port, [...start, `${`${'x'.repeat(998)}\r\n`.repeat(1100)}.`]);
    expect(large.at(-1)).toMatch(/^552 5\.3\.4/);
    await db.schema.dropTable('bounces').execute();
    const failed = await converse(listener.port, [...start, `${dsn({ token }).toString()}.`]);
    expect(failed.at(-1)).toMatch(/^451/);
  });
});
