import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createTransport } from 'nodemailer';
import type { Context } from '../../src/context.ts';
import { freezeAudience } from '../../src/delivery/audience.ts';
import { editionComposer } from '../../src/delivery/composing.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { sendNow } from '../../src/delivery/send-now.ts';
import { readRevision } from '../../src/editions/read-revision.ts';
import { composeEdition } from '../../src/messages/compose.ts';
import { linkKeys } from '../../src/subscribers/links.ts';

const CONNECTIONS = 20;

export interface SendingFigures {
  messageBytes: number;
  /** Messages a second. */
  sender: number;
  pool: number;
  /** µs a recipient. */
  composing: number;
  /** Peak memory, MB, before the pool was measured. */
  peakMegabytes: number;
}

/**
 * Sends the edition to its whole audience with everything that is kept: the gate, the ledger, the readers' state
 * of now. Beside it, in the same minute, what people write: a Nodemailer pool and `sendMail` with the same parts.
 */
export async function measureSending(
  context: Context,
  editionId: number,
  people: number,
): Promise<SendingFigures> {
  const { config, secrets, db } = context;
  const worker = new Worker(new URL('./sink.ts', import.meta.url));
  const [{ port }] = (await once(worker, 'message')) as [{ port: number }];
  try {
    const revision = await readRevision(db, editionId);
    const site = { publicUrl: config.publicUrl, bounceDomain: config.bounceDomain, keys: linkKeys(secrets) };
    const composed = await composeEdition(revision, null, site);
    if (composed === null) throw new Error('Nothing to send.');
    const date = context.now();
    const recipient = (at: number) => ({
      deliveryToken: at.toString(16).padStart(32, '0'),
      subscriberToken: at.toString(16).padStart(32, '0'),
      email: `reader${at}@example.org`,
      name: null,
      subscribedAt: date.epochMilliseconds,
      rhythm: 'daily',
    });
    const messageBytes = composed.forRecipient(recipient(1), date).raw.length;
    const composing = time(20_000, (at) => composed.forRecipient(recipient(at), date)) * 1000;

    const compose = editionComposer(context);
    await freezeAudience(context, editionId, { dueAt: context.now() });
    const relay = nodemailerRelay(`smtp://127.0.0.1:${port}`, { connections: CONNECTIONS });
    const began = performance.now();
    const state = await sendNow(context, relay, editionId, { compose });
    const sender = people / ((performance.now() - began) / 1000);
    const peakMegabytes = process.resourceUsage().maxRSS / 1024;
    if (state !== 'sent') throw new Error(`The edition is ${state}.`);

    const preview = composed.preview(recipient(1));
    const pool = await measurePool(port, Math.min(people, 3_000), preview, recipient);
    return { messageBytes, sender, pool, composing, peakMegabytes };
  } finally {
    await worker.terminate();
  }
}

async function measurePool(
  port: number,
  messages: number,
  { html, text }: { html: string; text: string },
  recipient: (at: number) => { email: string; deliveryToken: string },
): Promise<number> {
  const transport = createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    maxConnections: CONNECTIONS,
    maxMessages: Number.POSITIVE_INFINITY,
    ignoreTLS: true,
  });
  const began = performance.now();
  const waiting = Array.from({ length: messages }, (_, at) => recipient(at)).values();
  // As many at a time as there are lines: a pool's own queue would only cost memory.
  const line = async () => {
    for (const { email, deliveryToken } of waiting) {
      await transport.sendMail({
        from: 'The Harbour Ledger <digest@news.example>',
        to: email,
        subject: 'Eleven ports agree to share one flood fund',
        messageId: `<${deliveryToken}@news.example>`,
        html,
        text,
      });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS * 2 }, line));
  const rate = messages / ((performance.now() - began) / 1000);
  transport.close();
  return rate;
}

/** ms a run, after a warm-up. */
function time(runs: number, work: (at: number) => unknown): number {
  for (let at = 0; at < runs / 10; at++) work(at);
  const began = performance.now();
  for (let at = 0; at < runs; at++) work(at);
  return (performance.now() - began) / runs;
}
