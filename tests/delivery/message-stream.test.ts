import { PassThrough, Readable, Transform, type TransformCallback } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BufferPool } from '../../src/delivery/buffer-pool.ts';
import { MessageStream, roomFor } from '../../src/delivery/relays/message-stream.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSink } from '../setup/smtp-sink.ts';

const raw = Buffer.from(`Subject: a\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(2_000)}Bye.\r\n`);

function streamOf(message: Buffer): MessageStream {
  const wire = Buffer.alloc(roomFor(message));
  message.copy(wire);
  return new MessageStream(wire);
}

/** Sends over Nodemailer's own connection. */
async function sendOver(port: number, message: Readable): Promise<void> {
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true });
  await new Promise<void>((resolve) => connection.connect(() => resolve()));
  await new Promise<void>((resolve, reject) => {
    const envelope = { from: 'a@news.example', to: ['r@example.org'] };
    connection.send(envelope, message, (error) => (error ? reject(error) : resolve()));
  });
  const ended = new Promise<void>((resolve) => connection.once('end', () => resolve()));
  connection.on('error', () => {});
  connection.quit();
  await ended;
}

describe('a message for Nodemailer', () => {
  afterEach(() => vi.restoreAllMocks());

  test('is taken by pipe() and pushed past the transform that looks for dots, whose bytes reach the wire as they are', async () => {
    const stuffing = vi.spyOn(Transform.prototype, '_write');
    await using sink = await startSink();
    const message = streamOf(raw);
    const piped = vi.spyOn(message, 'pipe');
    const read = vi.spyOn(message, '_read');
    await sendOver(sink.port, message);
    expect(sink.messages[0]?.raw.equals(raw)).toBe(true);
    // A later Nodemailer that fails here costs speed: the next test shows that it costs nothing else.
    expect(piped).toHaveBeenCalledTimes(1);
    expect(piped.mock.calls[0]?.[0]).toBeInstanceOf(Transform);
    expect(read).not.toHaveBeenCalled();
    expect(stuffing).not.toHaveBeenCalled();
  });

  test('gives a Nodemailer that reads it the same bytes', async () => {
    await using sink = await startSink();
    const message = streamOf(raw);
    // As if it did not know pipe(): all that it gets is what reading gives.
    await sendOver(sink.port, Readable.from(message));
    expect(sink.messages[0]?.raw.equals(raw)).toBe(true);
    expect((await buffer(streamOf(raw))).equals(raw)).toBe(true);
  });

  test('goes through the transform where a line begins with a dot, or where it is piped into anything else', async () => {
    const dotted = Buffer.from('Subject: a\r\n\r\n.Hello.\r\n');
    const transform = new PassThrough();
    streamOf(dotted).pipe(transform);
    // Neither stuffed nor ended by us: that is the transform's to do.
    expect((await buffer(transform)).equals(dotted)).toBe(true);
  });

  test('reaches the wire in one write, its end with it', async () => {
    const chunks: Buffer[] = [];
    const target = new Transform({
      transform: (chunk: Buffer, _encoding, done: TransformCallback) => done(null, chunk),
    });
    target.on('data', (chunk: Buffer) => chunks.push(chunk));
    streamOf(raw).pipe(target);
    await buffer(target);
    expect(chunks.map((chunk) => chunk.length)).toEqual([raw.length + 3]);
    expect(chunks[0]?.subarray(-5).toString()).toBe('\r\n.\r\n');
  });

  test('is written from memory that is used again once nothing of it is left to be written', async () => {
    const took = vi.spyOn(BufferPool.prototype, 'take');
    const gave = vi.spyOn(BufferPool.prototype, 'giveBack');
    await using sink = await startSink({
      dot: (to) => (to.startsWith('no') ? '552 5.3.4 Too big' : undefined),
    });
    await using relay = nodemailerRelay(sink.url, { connections: 1 });
    for (const to of ['a@example.org', 'no@example.org', 'b@example.org']) {
      await relay.send({ from: 'a@news.example', to }, raw);
    }
    // What was refused may have been refused early: its memory is left to the garbage collector.
    expect([took.mock.calls.length, gave.mock.calls.length]).toEqual([3, 2]);
    expect(sink.messages.map((message) => message.raw.equals(raw))).toEqual([true, true]);
  });
});
