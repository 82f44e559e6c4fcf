import * as incidents from './incidents.ts';
import type { Behaviour } from './sink.ts';

export type DatabaseKind = 'sqlite' | 'postgres';

/** One way for things to go wrong. */
export interface Case {
  name: string;
  /** For the reader of the table. */
  what: string;
  /** In random order, each at a random moment of its own. */
  incidents: incidents.Incident[];
  shares?: Behaviour['shares'];
  /** Default: on both. */
  only?: DatabaseKind;
  /** It ends every connection to the database server, so that nobody else may be using it. */
  ownServer?: true;
  env?: NodeJS.ProcessEnv;
  /** ms; default: so long that only who is dead or told so is taken for dead. */
  lease?: number;
}

const { killed, allKilled, stopped, relayDies } = incidents;
const times = (count: number, incident: incidents.Incident) => Array.from({ length: count }, () => incident);

const REFUSALS: Behaviour['shares'] = {
  'no such user': 0.02,
  'mailbox full': 0.02,
  greylisted: 0.03,
  'local error': 0.02,
  closing: 0.001,
};
const NONSENSE: Behaviour['shares'] = {
  'nonsense for a recipient': 0.001,
  'nonsense for a message': 0.001,
};

/** Shorter than a database may be away, longer than a busy machine is. */
const SHORT = 4_000;

export const CASES: Case[] = [
  { name: 'killed', what: 'kill -9 at four random instants', incidents: [...times(3, killed), allKilled] },
  {
    name: 'killed-hold',
    what: 'the same with IN_DOUBT=hold',
    incidents: [...times(3, killed), allKilled],
    env: { IN_DOUBT: 'hold' },
  },
  { name: 'stopped', what: 'SIGTERM four times', incidents: times(4, stopped) },
  {
    name: 'stopped-stalled',
    what: 'SIGTERM three times while the relay does not answer, STOP_SECONDS=1',
    incidents: times(3, incidents.stoppedWhileStalled),
    env: { STOP_SECONDS: '1' },
  },
  {
    name: 'asleep',
    what: 'a sender stands still for longer than its lease, twice',
    incidents: times(2, incidents.asleep),
  },
  { name: 'relay-dies', what: 'the relay dies and comes back, four times', incidents: times(4, relayDies) },
  { name: 'relay-stalls', what: 'the relay stalls, three times', incidents: times(3, incidents.relayStalls) },
  {
    name: 'dropped',
    what: 'the line is dropped after DATA, the message kept or not',
    incidents: [],
    shares: { 'dropped and kept': 0.002, 'dropped and lost': 0.002 },
  },
  {
    name: 'dropped-hold',
    what: 'the same with IN_DOUBT=hold',
    incidents: [],
    shares: { 'dropped and kept': 0.002, 'dropped and lost': 0.002 },
    env: { IN_DOUBT: 'hold' },
  },
  {
    name: 'refusals',
    what: '550 to 2 %, 552 to 2 %, 450 to 3 %, 451 to 2 %, 421 to 0.1 %',
    incidents: [],
    shares: REFUSALS,
  },
  { name: 'nonsense', what: 'answers that are no SMTP, to 0.2 %', incidents: [], shares: NONSENSE },
  {
    name: 'locked',
    what: 'the database is locked by another process, four times',
    incidents: times(4, incidents.databaseLocked),
    lease: SHORT,
  },
  {
    name: 'disk-full',
    what: 'the disk is full, four times',
    incidents: times(4, incidents.diskFull),
    lease: SHORT,
  },
  {
    name: 'clock',
    what: 'a sender’s clock jumps by up to three hours, five times',
    incidents: times(5, incidents.clockJumps),
  },
  {
    name: 'restarted',
    what: 'PostgreSQL is restarted three times',
    incidents: times(3, incidents.serverRestarts),
    only: 'postgres',
    ownServer: true,
  },
  {
    name: 'crashed',
    what: 'PostgreSQL crashes three times',
    incidents: times(3, incidents.serverCrashes),
    only: 'postgres',
    ownServer: true,
  },
  {
    name: 'silent-commits',
    what: 'the answer to COMMIT never comes, six times',
    incidents: times(6, incidents.silentCommits),
    only: 'postgres',
  },
  {
    name: 'silent',
    what: 'no answer of PostgreSQL comes, three times',
    incidents: times(3, incidents.serverSilent),
    only: 'postgres',
    lease: SHORT,
  },
  {
    name: 'everything',
    what: 'of all the above, and refusals, nonsense and dropped lines with it',
    incidents: [
      killed,
      stopped,
      relayDies,
      incidents.relayStalls,
      incidents.databaseLocked,
      incidents.diskFull,
      incidents.clockJumps,
      killed,
    ],
    shares: { ...REFUSALS, ...NONSENSE, 'dropped and kept': 0.001, 'dropped and lost': 0.001 },
  },
];
