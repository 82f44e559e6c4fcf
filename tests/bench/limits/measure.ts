import { setTimeout as pause } from 'node:timers/promises';
import { Hand } from '../sending/crew.ts';
import type { Count } from '../sink-process.ts';
import { startSmallSink } from '../sinks.ts';
import { mostInASecond } from './sliding.ts';

/** A limit, and the most that was counted at the sink. */
export interface LimitFigures {
  limit: string;
  database: string;
  processes: number;
  messages: number;
  /** What was counted, at most, and what the documentation promises at most. */
  counted: { what: string; most: number; promised: number }[];
}

interface Case {
  limit: string;
  database: 'sqlite' | 'postgres';
  processes: number;
  connections: number;
  limits?: { perSecond: number; perDay: number | null };
  settings?: Record<string, string>;
  /** The others come when the first has all lines open. */
  late?: boolean;
  count: (count: Count) => LimitFigures['counted'];
}

const PER_SECOND = 100;
const LANE_PER_SECOND = 20;
const PER_DAY = 400;
const CONNECTIONS = 8;
const READERS = 1_000;

/** README of delivery: in no second more than the rate and a quarter of it, and one that is under way. */
const promised = (rate: number) => Math.floor(rate * 1.25) + 1;

const CASES: Case[] = [
  ...(['sqlite', 'postgres'] as const).map(
    (database): Case => ({
      limit: `${PER_SECOND} a second to a relay`,
      database,
      processes: 3,
      connections: 20,
      limits: { perSecond: PER_SECOND, perDay: null },
      count: ({ times }) => [
        {
          what: 'in any second',
          most: mostInASecond(timesIn(times)),
          promised: promised(PER_SECOND),
        },
      ],
    }),
  ),
  {
    limit: `${LANE_PER_SECOND} a second to a mailbox provider`,
    database: 'postgres',
    processes: 3,
    connections: 20,
    settings: { LANE_LIMITS: `gmail ${LANE_PER_SECOND}/s` },
    count: ({ times }) => [
      {
        what: 'in any second',
        most: mostInASecond(times['gmail.com'] ?? []),
        promised: promised(LANE_PER_SECOND),
      },
    ],
  },
  {
    limit: `${PER_DAY} a day to a relay`,
    database: 'postgres',
    processes: 3,
    connections: 20,
    limits: { perSecond: 1_000, perDay: PER_DAY },
    count: ({ times }) => [{ what: 'in all', most: timesIn(times).length, promised: PER_DAY }],
  },
  {
    limit: `${CONNECTIONS} connections to a relay, a second process coming late`,
    database: 'postgres',
    processes: 2,
    connections: CONNECTIONS,
    late: true,
    count: ({ atOnce, sessions }) => [
      { what: 'messages at once', most: atOnce, promised: CONNECTIONS },
      { what: 'connections at once', most: sessions, promised: CONNECTIONS },
    ],
  },
];

/** Sends under limits that several processes share, and counts at the sink, which takes 20 ms a message. */
export async function measureLimits(
  { folder, postgres, among }: { folder: string; postgres: string; among: string },
  say: (what: string) => void,
): Promise<LimitFigures[]> {
  const urls = { sqlite: `sqlite:${folder}/limits.sqlite`, postgres };
  const prepared = new Set<string>();
  const figures: LimitFigures[] = [];
  for (const each of CASES.filter(({ limit }) => limit.includes(among))) {
    await using stack = new AsyncDisposableStack();
    const sink = stack.use(await startSmallSink({ latency: 20 }));
    const hands: Hand[] = [];
    for (let at = 0; at < each.processes; at++) {
      hands.push(stack.use(await Hand.start(urls[each.database], each.settings)));
    }
    const [first] = hands as [Hand];
    if (!prepared.has(each.database)) await first.do({ do: 'prepare', readers: READERS, folder });
    prepared.add(each.database);
    const order = { do: 'begin', port: sink.port, signing: 'unsigned', durability: 'NORMAL' } as const;
    const { connections, limits } = each;
    const begin = (hand: Hand) => hand.do({ ...order, connections, ...(limits && { limits }) });
    await begin(first);
    if (!each.late) await inTurn(hands.slice(1), begin);
    await first.do({ do: 'freeze' });
    const counting = countUntilQuiet(sink.count, each.limits?.perDay ?? READERS);
    if (each.late) {
      await pause(1_000);
      await inTurn(hands.slice(1), begin);
    }
    const count = await counting;
    for (const hand of hands) await hand.do({ do: 'stop' });
    const counted = each.count(count);
    say(`${each.limit}, ${each.database}: ${counted.map(({ what, most }) => `${most} ${what}`).join(', ')}`);
    figures.push({
      limit: each.limit,
      database: each.database,
      processes: each.processes,
      messages: messagesIn(count),
      counted,
    });
  }
  return figures;
}

async function inTurn(hands: Hand[], begin: (hand: Hand) => Promise<unknown>): Promise<void> {
  for (const hand of hands) await begin(hand);
}

/** Until all that is to come has come, and three seconds more: nothing may come after it. */
async function countUntilQuiet(count: () => Promise<Count>, messages: number): Promise<Count> {
  const all: Count = { times: {}, sessions: 0, atOnce: 0 };
  const patience = performance.now() + 120_000;
  for (let quiet = 0; quiet < 3; ) {
    if (performance.now() > patience) throw new Error(`Not all of ${messages} messages came in two minutes.`);
    await pause(1_000);
    const { times, sessions, atOnce } = await count();
    for (const [domain, more] of Object.entries(times)) {
      all.times[domain] = [...(all.times[domain] ?? []), ...more];
    }
    all.sessions = Math.max(all.sessions, sessions);
    all.atOnce = Math.max(all.atOnce, atOnce);
    quiet = messagesIn(all) >= messages ? quiet + 1 : 0;
  }
  return all;
}

function messagesIn({ times }: Count): number {
  return timesIn(times).length;
}

function timesIn(times: Count['times']): number[] {
  return Object.values(times).flat();
}
