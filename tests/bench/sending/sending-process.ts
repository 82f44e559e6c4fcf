import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isPostgres } from '../../../src/database/dialect.ts';
import { sqliteOf } from '../../../src/database/drivers.ts';
import { freezeAudience } from '../../../src/delivery/audience.ts';
import { BufferPool } from '../../../src/delivery/buffer-pool.ts';
import { editionComposer } from '../../../src/delivery/composing.ts';
import { dkimKey } from '../../../src/delivery/dkim/keys.ts';
import { signingRelay } from '../../../src/delivery/dkim/signing-relay.ts';
import type { Relay } from '../../../src/delivery/relay.ts';
import { nodemailerRelay } from '../../../src/delivery/relays/nodemailer.ts';
import { type Sender, startSender } from '../../../src/delivery/sender.ts';
import { readRevision } from '../../../src/editions/read-revision.ts';
import { keepHeapLean } from '../../../src/lean-heap.ts';
import { type ComposedMessage, composeEdition } from '../../../src/messages/compose.ts';
import { importSubscribers } from '../../../src/subscribers/import.ts';
import { linkKeys } from '../../../src/subscribers/links.ts';
import { approvedEdition, type Newsroom, openNewsroom, SLOT, writeReaders } from '../newsroom.ts';
import { CONNECTIONS, type Order, type Sent, type Signing } from './orders.ts';
import { measurePool } from './pool.ts';
import { rewind } from './rewind.ts';

/** `node sending-process.ts DATABASE SETTINGS`: obeys orders until its parent is gone. */
keepHeapLean();
const room = await openNewsroom(process.argv[2] as string, JSON.parse(process.argv[3] ?? '{}'));
const { db, context } = room;
const editionId = async () => (await db.selectFrom('editions').select('id').executeTakeFirstOrThrow()).id;
let running: { sender: Sender; sent: Sent } | null = null;
process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ answer }),
    (error) => process.send?.({ error: (error as Error).stack }),
  );
});
process.send?.({ answer: null });

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'prepare':
      return prepare(room, order.readers, order.folder);
    case 'sample':
      return (await composed()).forRecipient(recipient(1), SLOT).raw;
    case 'pool':
      return measurePool(order.port, (await composed()).preview(recipient(1)), order.messages, CONNECTIONS);
    case 'bare':
      return bare(order.port, order.messages);
    case 'begin':
      running = await begin(order);
      return null;
    case 'freeze':
      await rewind(db);
      if (await freezeAudience(context, await editionId(), { dueAt: SLOT })) return null;
      throw new Error('The edition does not go out.');
    case 'end':
      await theEnd();
      return stop();
    case 'stop':
      return stop();
  }
}

async function prepare(newsroom: Newsroom, readers: number, folder: string): Promise<void> {
  const file = `${folder}/readers.csv`;
  await writeReaders(file, readers);
  await importSubscribers(db, newsroom.newsletter, file, { confirmedElsewhere: true, now: SLOT });
  await approvedEdition(newsroom);
}

async function begin(order: Extract<Order, { do: 'begin' }>): Promise<{ sender: Sender; sent: Sent }> {
  if (!isPostgres(db)) sqliteOf(db).raw.exec(`pragma synchronous = ${order.durability}`);
  const relay = nodemailerRelay(`smtp://127.0.0.1:${order.port}`, {
    connections: order.connections,
    ...(order.limits !== undefined && { limits: { ...order.limits, weight: 1 } }),
  });
  const sent: Sent = { written: 0, first: 0, last: 0 };
  const sender = await startSender(context, signed(relay, order.signing), {
    timing: { pollEvery: 100, renewEvery: 500 },
    onWritten: () => {
      sent.last = performance.timeOrigin + performance.now();
      if (sent.written++ === 0) sent.first = sent.last;
    },
  });
  return { sender, sent };
}

async function theEnd(): Promise<void> {
  for (;;) {
    const { state } = await db.selectFrom('editions').select('state').executeTakeFirstOrThrow();
    if (state === 'sent') return;
    if (state !== 'sending') throw new Error(`The edition is ${state}.`);
    await pause(100);
  }
}

async function stop(): Promise<Sent> {
  if (running === null) throw new Error('Nothing has begun.');
  const { sender, sent } = running;
  running = null;
  await sender.stop();
  return sent;
}

const keys = {
  ed25519: () => generateKeyPairSync('ed25519').privateKey,
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};

function signed(relay: Relay, signing: Signing): Relay {
  if (signing === 'unsigned') return relay;
  const pem = keys[signing]().export({ type: 'pkcs8', format: 'pem' }) as string;
  const key = dkimKey(pem, 'ledger.example', 'bench', 'bench');
  return signingRelay(relay, () => [key]);
}

async function bare(port: number, messages: number): Promise<number> {
  const relay = nodemailerRelay(`smtp://127.0.0.1:${port}`, { connections: CONNECTIONS });
  const compose = editionComposer(context);
  const buffers = new BufferPool();
  const id = await editionId();
  let at = 0;
  const line = async () => {
    while (at < messages) {
      const variant = await compose(id, 1, null);
      const { envelope, raw } = (variant as ComposedMessage).forRecipient(recipient(at++), SLOT, (size) =>
        buffers.take(size),
      );
      const outcome = await relay.send(envelope, raw);
      buffers.giveBack(raw);
      if (outcome.kind !== 'sent') throw new Error(`A message was not taken: ${outcome.response}`);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, line));
  const rate = messages / ((performance.now() - began) / 1000);
  await relay[Symbol.asyncDispose]();
  return rate;
}

async function composed(): Promise<ComposedMessage> {
  const { publicUrl, bounceDomain } = context.config;
  const site = { publicUrl, bounceDomain, keys: linkKeys(context.secrets) };
  const message = await composeEdition(await readRevision(db, await editionId()), null, site);
  if (message === null) throw new Error('Nothing to send.');
  return message;
}

function recipient(at: number) {
  const token = at.toString(16).padStart(32, '0');
  return {
    deliveryToken: token,
    subscriberToken: token,
    email: `reader${at}@example.org`,
    name: null,
    subscribedAt: SLOT.epochMilliseconds,
    rhythm: 'daily',
  };
}
