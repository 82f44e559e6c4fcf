import { type AddressInfo, connect as connectTo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/database/connect.ts';
import { migrate } from '../../src/database/migrate.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { addReaders, openNewsroom, ordinaryReaders, stateOf } from '../delivery/newsroom.ts';
import { temporaryFolder } from '../setup/command-line.ts';
import { testContext } from '../setup/context.ts';
import { broadsheet, launched, startedByNpm } from '../setup/program.ts';

test('start serves the pages and runs the clock until SIGTERM, and then ends in order with 0', async () => {
  const folder = temporaryFolder();
  const program = broadsheet(folder, { PORT: '0', LOG_LEVEL: 'info' }, 'start');
  const [, url = ''] = await program.says(/✓ pages {7}(http:\S+?),/);
  await program.says(/Ctrl-C stops/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);

  program.child.kill('SIGTERM');
  expect(await program.ends()).toEqual({ code: 0, signal: null });
  expect(program.printed()).toContain('no relay is set: editions wait, nothing is lost');
  expect(program.printed()).toContain('Stopping');
  const logged =
    program
      .printed()
      .match(/^\{.*\}$/gm)
      ?.map((line) => JSON.parse(line)) ?? [];
  const [started] = logged.filter(({ msg }) => msg === 'Started');
  expect(started).toMatchObject({ parts: ['web', 'scheduler', 'sender'], database: 'SQLite', pages: url });
  expect(started.version).toMatch(/^\d/);
  expect(logged.at(-1).msg).toBe('Stopped');
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  const db = connect(`sqlite:${folder}/data/broadsheet.sqlite`);
  onTestFinished(() => db.destroy());
  const waiting = await db.selectFrom('senders').select('id').execute();
  expect(waiting, 'no sender is left behind').toEqual([]);
});

test('a second start on the same port says so, and what it had begun is closed again', async () => {
  const first = broadsheet(temporaryFolder(), { PORT: '0' }, 'start');
  const [, port = ''] = await first.says(/✓ pages {7}http:\/\/127\.0\.0\.1:(\d+)/);
  const second = broadsheet(temporaryFolder(), { PORT: port }, 'start');
  expect(await second.ends()).toEqual({ code: 1, signal: null });
  expect(second.printed()).toContain(`Port ${port} of 127.0.0.1 is taken`);
});

test('start names every relay, and says when nothing may leave', async () => {
  const relays = { SMTP_URL: 'smtp://127.0.0.1:1', SMTP_URL_2: 'smtp://127.0.0.1:2', DKIM: 'relay' };
  const both = broadsheet(temporaryFolder(), { PORT: '0', ...relays }, 'start', '--only', 'sender');
  await both.says(/✓ sending +over smtp:\/\/127\.0\.0\.1:1 and smtp:\/\/127\.0\.0\.1:2, at most/);
  both.child.kill('SIGTERM');
  await both.ends();
  const away = { ...relays, SMTP_URL_2: 'smtp://mail.invalid:587', PUBLIC_URL: 'http://localhost:3000' };
  const dead = broadsheet(temporaryFolder(), { PORT: '0', ...away }, 'start', '--only', 'sender');
  await dead.says(/✗ sending +http:\/\/localhost:3000 is this machine only: readers could not leave/);
  dead.child.kill('SIGTERM');
  await dead.ends();
});

test('the inbox says which port is taken before anything runs; its page takes another', async () => {
  await using taken = await listen();
  await using mail = await listen();
  const ports = { PORT: '0', SMTP_URL: 'inbox:', INBOX_PORT: String(taken.port) };
  const refused = broadsheet(temporaryFolder(), { ...ports, INBOX_SMTP_PORT: String(mail.port) }, 'start');
  expect(await refused.ends()).toEqual({ code: 1, signal: null });
  expect(refused.printed()).toContain(`Port ${mail.port} of 127.0.0.1 is taken`);
  expect(refused.printed()).toContain('set INBOX_SMTP_PORT');
  expect(refused.printed()).not.toContain('✓');

  await mail[Symbol.asyncDispose]();
  const program = broadsheet(temporaryFolder(), { ...ports, INBOX_SMTP_PORT: String(mail.port) }, 'start');
  const [, page = ''] = await program.says(/✓ inbox {7}(http:\S+):/);
  await program.says(/Ctrl-C stops/);
  expect(program.printed()).toContain(`port ${taken.port} is taken; INBOX_PORT chooses another`);
  expect((await fetch(page)).status).toBe(200);
  program.child.kill('SIGTERM');
  expect(await program.ends()).toEqual({ code: 0, signal: null });
});

test('the first Ctrl-C waits for what has begun, the second does not', async () => {
  const program = broadsheet(temporaryFolder(), { PORT: '0' }, 'start');
  const [, port = ''] = await program.says(/✓ pages {7}http:\/\/127\.0\.0\.1:(\d+)/);
  await program.says(/Ctrl-C stops/);
  // A reader whose form is still on its way.
  const reader = connectTo(Number(port), '127.0.0.1');
  onTestFinished(() => {
    reader.destroy();
  });
  reader.on('error', () => {});
  reader.write('POST /u/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf');
  await new Promise((resolve) => setTimeout(resolve, 200));

  program.child.kill('SIGINT');
  await program.says(/Stopping/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(program.child.exitCode).toBeNull();
  program.child.kill('SIGINT');
  expect(await program.ends()).toEqual({ code: null, signal: 'SIGINT' });
});

test.for([
  ['an older Node', launched, 'SIGKILL'],
  ['npm', startedByNpm, 'SIGTERM'],
] as const)('started by %s, it does not outlive it, and ends in order', async ([, startBy, signal]) => {
  const program = startBy(temporaryFolder(), { PORT: '0', LOG_LEVEL: 'info' }, 'start');
  const [, url = ''] = await program.says(/✓ pages {7}(http:\S+?),/);
  await program.says(/Ctrl-C stops/);
  program.child.kill(signal);
  expect(await program.ends()).toEqual({ code: null, signal });
  await program.says(/"msg":"Stopped"/);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'an older Node passes %s on, and tells how it ended',
  async (signal) => {
    const program = launched(temporaryFolder(), { PORT: '0', LOG_LEVEL: 'info' }, 'start');
    await program.says(/Ctrl-C stops/);
    // A terminal and npm send it as well: that is one Ctrl-C, not the second that ends at once.
    program.child.kill(signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    program.child.kill(signal);
    expect(await program.ends()).toEqual({ code: 0, signal: null });
    expect(program.printed()).toContain('"msg":"Stopped"');
  },
);

/** Somebody else's server on a port. */
async function listen(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test('started on a copy that was put back by hand, it pauses what the copy believes to be going out', async () => {
  const folder = temporaryFolder();
  const db = connect(`sqlite:${folder}/data/broadsheet.sqlite`);
  onTestFinished(() => db.destroy());
  await migrate(db);
  const { newsletterId, editionId } = await openNewsroom(db);
  await addReaders(db, newsletterId, ordinaryReaders(6));
  await freezeAudience(testContext(db), editionId);
  const threeHoursAgo = Date.now() - 3 * 3_600_000;
  await db.updateTable('batches').set({ due_at: threeHoursAgo }).execute();
  await db.updateTable('deliveries').set({ due_at: threeHoursAgo }).execute();
  const program = broadsheet(folder, { PORT: '0' }, 'start');
  await program.says(/paused: as far as this copy knows, 6 people have not had it/);
  await program.says(/Ctrl-C stops/);
  expect(await stateOf({ db }, editionId)).toBe('paused');
  program.child.kill('SIGTERM');
  expect(await program.ends()).toEqual({ code: 0, signal: null });
});
