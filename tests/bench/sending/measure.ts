import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { median } from '../median.ts';
import type { PostfixTools } from '../postfix.ts';
import { startSmallSink, startSmtpSink } from '../sinks.ts';
import { CONTESTANTS, type Contestant } from './contestants.ts';
import { Hand } from './crew.ts';
import { CONNECTIONS, type Sent } from './orders.ts';
import { measureSource } from './source.ts';

export interface SendingPlan {
  folder: string;
  /** Of PostgreSQL. */
  postgres: string;
  postfix: PostfixTools | null;
  rounds: number;
  messages: number;
  /** Of the contestants' names only those that contain it. */
  among: string;
}

export type SinkName = 'smtpSink' | 'small';

/** One contestant to one sink. */
interface Rate {
  contestant: Contestant;
  sink: SinkName;
  /** Messages a second, median of the rounds. */
  rate: number;
  /** Against the yardstick of the same round, median of the rounds. */
  ratio: number;
}

export interface SendingFigures {
  rates: Rate[];
  messageBytes: number;
  yardstick: 'smtp-source' | 'source';
  rounds: number;
  messages: number;
}

interface Crew {
  sqlite: Hand;
  postgres: [Hand, Hand];
}

/**
 * Measures all contestants in rounds, each round in the other direction, so that what is noisy about a machine falls
 * on all of them alike. Ratios are taken within a round.
 */
export async function measureSending(
  plan: SendingPlan,
  say: (what: string) => void,
): Promise<SendingFigures> {
  const { postfix, rounds, folder } = plan;
  await using stack = new AsyncDisposableStack();
  const hand = async (url: string) => stack.use(await Hand.start(url));
  say('Preparing readers and an edition in both databases');
  const sqlite = await hand(`sqlite:${folder}/sending.sqlite`);
  const first = await hand(plan.postgres);
  await sqlite.do({ do: 'prepare', readers: plan.messages, folder });
  await first.do({ do: 'prepare', readers: plan.messages, folder });
  const crew: Crew = { sqlite, postgres: [first, await hand(plan.postgres)] };
  const sinks: [SinkName, number][] = [['small', stack.use(await startSmallSink()).port]];
  if (postfix !== null) sinks.unshift(['smtpSink', stack.use(await startSmtpSink(postfix)).port]);
  const sample = await sqlite.do<Buffer>({ do: 'sample' });
  const yardstick = postfix === null ? 'source' : 'smtp-source';
  const contestants = CONTESTANTS.filter(
    ({ kind, name }) =>
      kind === yardstick || (name.includes(plan.among) && (kind !== 'smtp-source' || postfix !== null)),
  );
  const measured: { round: number; sink: SinkName; contestant: Contestant; rate: number }[] = [];
  // The round before the first warms up: code is compiled, caches are filled.
  for (let round = 0; round <= rounds; round++) {
    for (const [sink, port] of sinks) {
      const order = round % 2 === 0 ? contestants : contestants.toReversed();
      for (const contestant of order) {
        const messages = round === 0 ? Math.min(2_000, plan.messages) : plan.messages;
        const rate = await run(contestant, port, messages, { crew, sample, postfix });
        say(
          `${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}, ${sink}, ${contestant.name}: ${Math.round(rate)}/s`,
        );
        if (round > 0) measured.push({ round, sink, contestant, rate });
      }
    }
  }
  const rates = contestants.flatMap((contestant) =>
    sinks.map(([sink]): Rate => {
      const own = measured.filter((each) => each.contestant === contestant && each.sink === sink);
      const ratios = own.map(({ round, rate }) => rate / yardstickOf(measured, yardstick, round, sink));
      return { contestant, sink, rate: median(own.map(({ rate }) => rate)), ratio: median(ratios) };
    }),
  );
  return { rates, messageBytes: sample.length, yardstick, rounds, messages: plan.messages };
}

function yardstickOf(
  measured: { round: number; sink: SinkName; contestant: Contestant; rate: number }[],
  kind: Contestant['kind'],
  round: number,
  sink: SinkName,
): number {
  const found = measured.find(
    (each) => each.round === round && each.sink === sink && each.contestant.kind === kind,
  );
  return found?.rate ?? Number.NaN;
}

async function run(
  contestant: Contestant,
  port: number,
  messages: number,
  { crew, sample, postfix }: { crew: Crew; sample: Buffer; postfix: PostfixTools | null },
): Promise<number> {
  switch (contestant.kind) {
    case 'smtp-source':
      return smtpSource(postfix as PostfixTools, port, sample.length, messages);
    case 'source':
      return measureSource(port, sample, messages, CONNECTIONS);
    case 'pool':
      // So slow that a part tells as much.
      return crew.sqlite.do<number>({ do: 'pool', port, messages: Math.ceil(messages / 5) });
    case 'bare':
      return crew.sqlite.do<number>({ do: 'bare', port, messages });
    case 'ours':
      return ours(contestant, port, crew);
  }
}

async function ours(
  { database, processes, durability, signing }: Extract<Contestant, { kind: 'ours' }>,
  port: number,
  crew: Crew,
): Promise<number> {
  const hands = database === 'sqlite' ? [crew.sqlite] : crew.postgres.slice(0, processes);
  for (const hand of hands) {
    await hand.do({ do: 'begin', port, signing, durability, connections: CONNECTIONS });
  }
  // They share the connections as they renew their leases.
  if (processes > 1) await pause(2_000);
  await hands[0]?.do({ do: 'freeze' });
  const sent = (await Promise.all(hands.map((hand) => hand.do<Sent>({ do: 'end' })))).filter(
    ({ written }) => written > 0,
  );
  const messages = sent.reduce((sum, { written }) => sum + written, 0);
  const began = Math.min(...sent.map(({ first }) => first));
  return messages / ((Math.max(...sent.map(({ last }) => last)) - began) / 1000);
}

/** It tells nothing: the time is that of the process. */
async function smtpSource(
  { smtpSource: program, env }: PostfixTools,
  port: number,
  bytes: number,
  messages: number,
): Promise<number> {
  const began = performance.now();
  const sizes = ['-s', String(CONNECTIONS), '-m', String(messages), '-l', String(bytes)];
  const envelope = ['-f', 'a@news.example', '-t', 'r@example.org'];
  await promisify(execFile)(program, ['-d', ...sizes, ...envelope, `127.0.0.1:${port}`], { env });
  return messages / ((performance.now() - began) / 1000);
}
