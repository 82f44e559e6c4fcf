import { describe, expect, onTestFinished, test } from 'vitest';
import type { Relay, SendOutcome } from '../../src/delivery/relay.ts';
import { type NodemailerOptions, nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { type Script, type Sink, startSink } from '../setup/smtp-sink.ts';

/** Every relay that there is: whatever speaks SMTP passes the same conversation. */
const relays = { nodemailer: nodemailerRelay };

const raw = Buffer.from(
  'From: a@news.example\r\nTo: r@example.org\r\nMessage-ID: <1@news.example>\r\n\r\nHello.\r\n.dot\r\n',
);
const to = (address: string) => ({ from: 'bounce+1@news.example', to: address });

describe.each(Object.entries(relays))('%s', (_name, makeRelay) => {
  async function talk(
    script: Script,
    options: NodemailerOptions & { extensions?: string[] } = {},
  ): Promise<{ relay: Relay; sink: Sink; send: (address: string) => Promise<SendOutcome> }> {
    const { extensions, ...rest } = options;
    const sink = await startSink(script, extensions === undefined ? {} : { extensions });
    const relay = makeRelay(sink.url, { connections: 2, greetingTimeout: 400, replyTimeout: 400, ...rest });
    onTestFinished(async () => {
      await relay[Symbol.asyncDispose]();
      await sink[Symbol.asyncDispose]();
    });
    return { relay, sink, send: (address) => relay.send(to(address), raw) };
  }

  test.each([
    ['with nothing to stuff', 'Hello.\r\nBye.\r\n', 'Hello.\r\nBye.\r\n'],
    ['with a line that begins with a dot', 'Hello.\r\n.dot\r\n', 'Hello.\r\n..dot\r\n'],
    ['with something like its end in it', 'Hello.\n.\nRCPT TO:<x>\r\n', 'Hello.\r\n..\r\nRCPT TO:<x>\r\n'],
    ['without a line end at its end', 'Hello.', 'Hello.\r\n'],
    ['of many segments', `${'x'.repeat(70)}\r\n`.repeat(20_000), `${'x'.repeat(70)}\r\n`.repeat(20_000)],
  ])('hands over the very bytes of a message %s', async (_what, body, wire) => {
    const { relay, sink } = await talk({}, { replyTimeout: 5_000 });
    const head = 'From: a@news.example\r\n\r\n';
    for (const _ of [1, 2]) {
      const outcome = await relay.send(to('r@example.org'), Buffer.from(head + body));
      expect(outcome).toEqual({ kind: 'sent', response: '250 2.0.0 Ok: queued' });
    }
    expect(sink.messages.map((message) => message.raw.toString())).toEqual([head + wire, head + wire]);
    expect(sink.messages[0]).toMatchObject({ from: 'bounce+1@news.example', to: 'r@example.org' });
  });

  test.each<[string, Script, Partial<SendOutcome>]>([
    ['an unknown user', { rcpt: () => '550 5.1.1 No such user' }, { kind: 'refused', reason: 'gone' }],
    ['a greylist', { rcpt: () => '450 4.7.1 Come back later' }, { kind: 'later' }],
    ['a policy after the dot', { dot: () => '554 5.7.1 No' }, { kind: 'refused', reason: 'policy' }],
    ['a full mailbox after the dot', { dot: () => '452 4.2.2 Full' }, { kind: 'later' }],
    ['421 at RCPT', { rcpt: () => '421 4.3.2 Closing' }, { kind: 'relay', trouble: 'rest' }],
    ['421 after the dot', { dot: () => '421 4.3.2 Closing' }, { kind: 'relay', trouble: 'rest' }],
    ['a refused sender', { mail: () => '553 5.1.8 Not yours' }, { kind: 'relay', trouble: 'stop' }],
    ['no room for anybody', { mail: () => '452 4.3.1 No room' }, { kind: 'relay', trouble: 'rest' }],
    ['a greeting that sends us away', { greeting: () => '554 5.7.1 No' }, { kind: 'relay', trouble: 'stop' }],
    ['a busy greeting', { greeting: () => '421 4.7.0 Busy' }, { kind: 'relay', trouble: 'rest' }],
    ['no greeting', { greeting: () => ({ stall: true }) }, { kind: 'relay', trouble: 'rest' }],
    ['hanging up at once', { greeting: () => ({ drop: true }) }, { kind: 'relay', trouble: 'rest' }],
    ['hanging up at RCPT', { rcpt: () => ({ drop: true }) }, { kind: 'relay', trouble: 'rest' }],
    ['no answer at RCPT', { rcpt: () => ({ stall: true }) }, { kind: 'relay', trouble: 'rest' }],
    ['hanging up after the dot', { dot: () => ({ drop: true }) }, { kind: 'unknown' }],
    ['no answer after the dot', { dot: () => ({ stall: true }) }, { kind: 'unknown' }],
    ['nonsense after the dot', { dot: () => 'mu' }, { kind: 'unknown' }],
    ['nonsense at RCPT', { rcpt: () => 'mu' }, { kind: 'relay', trouble: 'rest' }],
  ])('answers %s as it is meant, with and without PIPELINING', async (_what, script, outcome) => {
    const outcomes = [['PIPELINING'], []].map(async (extensions) => {
      const { send } = await talk(script, { extensions });
      return send('r@example.org');
    });
    expect(await Promise.all(outcomes)).toMatchObject([outcome, outcome]);
  });

  test('goes on with the next recipient after one was refused', async () => {
    const { sink, send } = await talk({
      rcpt: (address) => (address.startsWith('gone') ? '550 5.1.1 No such user' : undefined),
    });
    const kinds = [];
    for (const address of ['gone@example.org', 'a@example.org', 'gone@example.org', 'b@example.org']) {
      kinds.push((await send(address)).kind);
    }
    expect(kinds).toEqual(['refused', 'sent', 'refused', 'sent']);
    expect(sink.sessions().ever).toBe(1);
  });

  test('tells at once that one was refused; only the next message waits until that is reset', async () => {
    const { sink, send } = await talk(
      { rcpt: (address) => (address.startsWith('gone') ? '550 5.1.1 No such user' : undefined) },
      { replyTimeout: 5_000 },
    );
    let reset = () => {};
    const resetting = new Promise<void>((resolve) => {
      reset = resolve;
    });
    sink.script.rset = () => ({ until: resetting });
    expect((await send('gone@example.org')).kind).toBe('refused');
    const next = send('r@example.org');
    await expect.poll(() => sink.commands).toContain('RSET');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(sink.messages).toEqual([]);
    reset();
    expect((await next).kind).toBe('sent');
    expect(sink.sessions().ever).toBe(1);
  });

  test('a line that is not reset carries nothing more', async () => {
    const { sink, send } = await talk({ rcpt: () => '550 5.1.1 No such user', rset: () => ({ drop: true }) });
    expect((await send('gone@example.org')).kind).toBe('refused');
    delete sink.script.rcpt;
    expect((await send('r@example.org')).kind).toBe('sent');
    expect(sink.sessions().ever).toBe(2);
  });

  test('keeps its lines open, one message at a time on each, and renews them', async () => {
    const { sink, send } = await talk({}, { messagesPerConnection: 3 });
    for (let n = 0; n < 4; n++) await Promise.all([send(`a${n}@example.org`), send(`b${n}@example.org`)]);
    expect(sink.messages).toHaveLength(8);
    expect(sink.sessions().ever).toBe(4);
  });

  test('opens a new line when the server hung up on an idle one', async () => {
    const { sink, send } = await talk({});
    await send('a@example.org');
    for (const _ of [1, 2]) {
      await hangUp(sink);
      expect(await send('b@example.org')).toMatchObject({ kind: 'sent' });
    }
  });

  test('a server that is not there is the trouble of the relay', async () => {
    const { relay, sink } = await talk({});
    await sink[Symbol.asyncDispose]();
    expect(await relay.send(to('r@example.org'), raw)).toMatchObject({ kind: 'relay', trouble: 'rest' });
  });

  test('an address that no command can hold never leaves', async () => {
    const { sink, send } = await talk({});
    expect(await send('a@example.org>\r\nRCPT TO:<b@example.org')).toMatchObject({ kind: 'unsendable' });
    expect(sink.messages).toEqual([]);
    expect(await send('c@example.org')).toMatchObject({ kind: 'sent' });
  });

  test('an address in Unicode goes only to a relay that offers SMTPUTF8, and it is the relay that cannot take it', async () => {
    const without = await talk({});
    const refused = await without.send('dürer@example.org');
    expect(refused).toMatchObject({ kind: 'unsendable' });
    expect(refused.response).toContain('SMTPUTF8');
    expect(without.sink.commands.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([]);
    expect(await without.send('r@example.org')).toMatchObject({ kind: 'sent' });

    const offered = await talk({}, { extensions: ['PIPELINING', 'SMTPUTF8'] });
    expect(await offered.send('dürer@example.org')).toMatchObject({ kind: 'sent' });
    expect(offered.sink.commands.find((line) => line.startsWith('MAIL'))).toContain('SMTPUTF8');
  });

  test('closing settles what is out: in doubt when it had begun to leave, else nothing happened', async () => {
    let reached = false;
    const { relay, sink, send } = await talk(
      {
        rcpt: (address) => (address.startsWith('slow') ? { stall: true } : undefined),
        dot: () => {
          reached = true;
          return { stall: true };
        },
      },
      { replyTimeout: 60_000 },
    );
    const out = [send('a@example.org'), send('slow@example.org')];
    const said = (what: RegExp) => sink.commands.filter((line) => what.test(line)).length;
    await expect.poll(() => [said(/^DATA/), said(/^RCPT TO:<slow/)]).toEqual([1, 1]);
    // The message itself follows the answer to DATA.
    await expect.poll(() => reached).toBe(true);
    await relay[Symbol.asyncDispose]();
    expect(await Promise.all(out)).toMatchObject([{ kind: 'unknown' }, { kind: 'relay' }]);
    expect(await send('b@example.org')).toMatchObject({ kind: 'relay' });
  });

  test('a password never goes over a line without TLS, except to this machine', async () => {
    const sink = await startSink({}, { extensions: ['AUTH PLAIN'] });
    onTestFinished(() => sink[Symbol.asyncDispose]());
    // 0.0.0.0 reaches this machine as any other host would be reached.
    await using relay = makeRelay(`smtp://user:secret@0.0.0.0:${sink.port}`, { greetingTimeout: 400 });
    expect(await relay.send(to('r@example.org'), raw)).toMatchObject({ kind: 'relay', trouble: 'stop' });
    expect(sink.commands.join()).toMatch(/STARTTLS/);
    expect(sink.commands.join()).not.toMatch(/AUTH/);

    await using local = makeRelay(`smtp://user:secret@127.0.0.1:${sink.port}`, { greetingTimeout: 400 });
    // This sink knows no AUTH command: 502 is an answer that no waiting mends.
    expect(await local.send(to('r@example.org'), raw)).toMatchObject({ kind: 'relay', trouble: 'stop' });
    expect(sink.commands.join()).toMatch(/AUTH PLAIN/);
  });
});

test('no server ever sees more lines than allowed: one that is let go counts until it is closed', async () => {
  const sink = await startSink({});
  let most = 0;
  const looking = setInterval(() => {
    most = Math.max(most, sink.sessions().open);
  }, 0);
  sink.script.mail = () => {
    most = Math.max(most, sink.sessions().open);
    return undefined;
  };
  const relay = nodemailerRelay(sink.url, { connections: 3, messagesPerConnection: 1 });
  const send = async (count: number) => {
    for (let sent = 0; sent < count; sent++) await relay.send(to('r@example.org'), raw);
  };
  await Promise.all([send(15), send(15), send(15)]);
  clearInterval(looking);
  expect(sink.messages).toHaveLength(45);
  expect(most).toBeLessThanOrEqual(3);
  await relay[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
});

test('lines that others may have are closed when they are told of', async () => {
  const sink = await startSink({});
  const relay = nodemailerRelay(sink.url, { connections: 4 });
  await Promise.all([1, 2, 3, 4].map(() => relay.send(to('r@example.org'), raw)));
  expect(sink.sessions().open).toBe(4);
  relay.keepLines?.(1);
  await expect.poll(() => sink.sessions().open).toBe(1);
  expect((await relay.send(to('r@example.org'), raw)).kind).toBe('sent');
  await relay[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
});

test('names a relay by host and port, never by its password', () => {
  expect(nodemailerRelay('smtp://user:p%40ss@mail.example:2525').name).toBe('mail.example:2525');
  expect(nodemailerRelay('smtps://mail.example').name).toBe('mail.example:465');
});

test('refuses an address that is not one of SMTP', () => {
  expect(() => nodemailerRelay('https://mail.example')).toThrow(/SMTP_URL: expected smtp:/);
});

/** The server ends all sessions, as after its idle timeout. */
async function hangUp(sink: Sink): Promise<void> {
  sink.hangUp();
  await expect.poll(() => sink.sessions().open).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
