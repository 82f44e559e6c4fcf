import { parentPort, workerData } from 'node:worker_threads';
import { type Sink, startSink } from '../setup/smtp-sink.ts';
import { chanceOf } from './random.ts';
import { type Behaviour, FAULTS, type Fault, type Received } from './sink.ts';

/**
 * The relay of a trial, in a thread of its own: keeps count of every message by recipient and Message-ID, and goes
 * wrong as it is told. What becomes of a recipient is drawn from the seed and the address, so that it does not depend
 * on who comes when.
 */
interface Recipient extends Received {
  /** How often it was named. */
  named: number;
  /** Its fault has been played: the next time all goes well. */
  played: boolean;
}

const { seed, behaviour, kept } = workerData as {
  seed: number;
  behaviour: Behaviour;
  kept: Int32Array;
};
const recipients = new Map<string, Recipient>();
let stalledUntil = 0;
let sink = await open(0);
const { port } = sink;

parentPort?.on('message', async ({ id, ask, value }: { id: number; ask: string; value: number }) => {
  if (ask === 'die') await sink[Symbol.asyncDispose]();
  if (ask === 'revive') sink = await open(port);
  if (ask === 'stall') stalledUntil = performance.now() + value;
  parentPort?.postMessage({ id, answer: ask === 'count' ? [...recipients.values()] : port });
});
parentPort?.postMessage({ id: 0, answer: port });

function open(at: number): Promise<Sink> {
  return startSink(
    {
      rcpt: (address) => {
        const recipient = recipientOf(address);
        recipient.named++;
        return play(recipient, 'rcpt') ?? stalled();
      },
      dot: (address, raw) => {
        const recipient = recipientOf(address);
        const fault = play(recipient, 'dot');
        if (fault === undefined || (typeof fault === 'object' && fault.keep === true)) keep(recipient, raw);
        return fault ?? stalled() ?? { after: behaviour.answersAfter };
      },
    },
    { keep: false, port: at },
  );
}

function recipientOf(address: string): Recipient {
  let known = recipients.get(address);
  if (known === undefined) {
    known = { address, copies: 0, messageIds: [], refused: false, unanswered: 0, named: 0, played: false };
    recipients.set(address, known);
  }
  return known;
}

/** What goes wrong with this recipient at this stage; undefined: nothing. */
function play(recipient: Recipient, stage: 'rcpt' | 'dot') {
  const name = faultOf(recipient.address);
  if (name === undefined) return undefined;
  const fault = FAULTS[name];
  if (fault.stage !== stage || recipient.played) return undefined;
  recipient.played = fault.always !== true;
  if (fault.refuses === true) recipient.refused = true;
  if (fault.doubt === true) recipient.unanswered++;
  return fault.answer;
}

function faultOf(address: string): Fault | undefined {
  let left = chanceOf(seed, address);
  for (const [name, share] of Object.entries(behaviour.shares)) {
    left -= share;
    if (left < 0) return name as Fault;
  }
  return undefined;
}

function stalled(): { after: number } | undefined {
  const left = stalledUntil - performance.now();
  return left > 0 ? { after: left } : undefined;
}

function keep(recipient: Recipient, raw: Buffer): void {
  recipient.copies++;
  const id = /^message-id:\s*(\S+)/im.exec(raw.toString('latin1', 0, 4_000))?.[1] ?? 'none';
  if (!recipient.messageIds.includes(id)) recipient.messageIds.push(id);
  Atomics.add(kept, 0, 1);
}
