import { expect, test } from 'vitest';
import { createLog } from '../src/log.ts';
import { onEachDatabase } from './setup/databases.ts';

/** A log whose lines can be read. */
function readableLog() {
  const lines: string[] = [];
  const log = createLog('info', { destination: { write: (line) => lines.push(line) } });
  return { log, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

test('no line holds an address, wherever it stands', () => {
  const { log, last } = readableLog();
  const reply =
    '550 5.1.1 <reader@example.org>: no such user; rcpt=o\'neil+news@example.org, to:"ada b"@example.org';
  log
    .child({ session: 'from ada@example.org' })
    .warn(
      { response: reply, list: ['zoë@example.org', { deep: '’đỗ@vi.example’' }], to: 'r•••@example.org' },
      'Refused: bob@[192.0.2.1]',
    );
  expect(last()).toMatchObject({
    session: 'from a•••@example.org',
    response: '550 5.1.1 <r•••@example.org>: no such user; r•••@example.org, to:•••@example.org',
    list: ['z•••@example.org', { deep: '’đ•••@vi.example’' }],
    to: 'r•••@example.org',
    msg: 'Refused: b•••@[192.0.2.1]',
  });
});

test('what is no address stays as it is', () => {
  const { log, last } = readableLog();
  const told = {
    at: '2 @ 3',
    handle: 'follow @ports',
    path: 'C:\\news\\"@"',
    url: 'https://news.example/a?b=c',
  };
  log.info(told, 'a line\nand "another" one');
  expect(last()).toMatchObject({ ...told, msg: 'a line\nand "another" one' });
});

test('an error is told with its causes, and without addresses', () => {
  const { log, last } = readableLog();
  const error = new Error('not sent', { cause: new Error('550 <reader@example.org> unknown') });
  log.error(error, 'A notice failed');
  expect(JSON.stringify(last())).not.toContain('reader@');
  expect(last()).toMatchObject({
    err: { message: 'not sent: 550 <r•••@example.org> unknown', type: 'Error' },
  });
});

onEachDatabase((database) => {
  test('an error of the database is told without the row that it could not store', async () => {
    const { db } = await database.create();
    const row = {
      token: 't',
      email: 'reader@example.org',
      email_key: 'reader@example.org',
      address_key: 'k',
      lane: 'example.org',
      name: 'Rita Reader',
      created_at: 1,
    };
    await db.insertInto('subscribers').values(row).execute();
    const store = () =>
      db
        .insertInto('subscribers')
        .values({ ...row, token: 'u' })
        .execute();
    const error = await store().catch((thrown: unknown) => thrown);
    const aggregate = new AggregateError([error], 'several');
    const { log, last } = readableLog();
    for (const key of ['err', 'error', 'cause']) {
      for (const each of [error, aggregate]) {
        log.error({ [key]: each }, 'It could not be stored');
        expect(JSON.stringify(last())).not.toMatch(/reader@|Rita|already exists/);
        expect(JSON.stringify(last())).toMatch(/unique/i);
      }
    }
  });
});
