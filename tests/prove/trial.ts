import { run as retryDeliveries } from '../../jobs/retry-deliveries.ts';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { connect } from '../../src/database/connect.ts';
import { resume } from '../../src/editions/life.ts';
import { SLOT } from '../delivery/newsroom.ts';
import { TEST_SECRET, testContext } from '../setup/context.ts';
import type { Case } from './cases.ts';
import type { Stage } from './incidents.ts';
import { type Ended, judge, type Verdict } from './judge.ts';
import { startPostgresProxy } from './postgres-proxy.ts';
import { seeded } from './random.ts';
import { Senders } from './senders.ts';
import { ProvingSink } from './sink.ts';
import { standstill } from './standstill.ts';
import { type Watch, watchLedger } from './watch.ts';

/** All senders' connections to the relay together. */
const CONNECTIONS = 10;
/** As the program has it, ms. */
const LEASE = 20_000;
/** For how long nothing may happen, ms: longer than the lease of a sender that died without our ending it. */
const PATIENCE = 40_000;

export interface TrialOptions {
  /** With one edition, frozen and going out to `people`: nobody else uses it. */
  databaseUrl: string;
  people: number;
  senders: number;
  seed: number;
  restartServer?: () => Promise<void>;
  /** ms between a final dot and its answer. */
  answersAfter?: number;
}

/** An incident, how many messages had been taken before it, and how many it may have put in doubt. */
interface Played {
  incident: string;
  kept: number;
  doubt: number;
}

export interface Trial extends Verdict {
  played: Played[];
  seconds: number;
  /** How often it was looked whether the ledger adds up, on the way. */
  looks: number;
  /** How often the edition was paused by the program, and resumed by us as its operator. */
  pauses: number;
  /** How often a sender ended by itself and was started again. */
  fell: number;
}

/** Sends an edition while things go wrong, to its end, and holds the ledger against what the relay counted. */
export async function runTrial(
  { incidents, shares = {}, env = {}, lease = LEASE }: Case,
  { databaseUrl, people, senders: count, seed, restartServer, answersAfter = 1 }: TrialOptions,
  logFile: string,
): Promise<Trial> {
  const began = performance.now();
  const random = seeded(seed);
  await using open = new AsyncDisposableStack();
  const db = connect(databaseUrl, { poolSize: 3 });
  open.defer(() => db.destroy());
  const sink = open.use(await ProvingSink.start(seed, { answersAfter, shares }));
  const proxy = databaseUrl.startsWith('postgres') ? open.use(await startPostgresProxy(databaseUrl)) : null;
  const senders = new Senders(count, {
    env: {
      ...{
        DATABASE_URL: proxy?.url ?? databaseUrl,
        SECRET_KEY: TEST_SECRET,
        PUBLIC_URL: 'https://news.example',
      },
      ...{ SMTP_URL: sink.url, SMTP_RATE: '100000', SMTP_CONNECTIONS: String(CONNECTIONS), DKIM: 'relay' },
      ...{ STOP_SECONDS: '10', LOG_LEVEL: 'warn', ...env },
    },
    lease,
    offset: SLOT.epochMilliseconds - Temporal.Now.instant().epochMilliseconds,
    logFile,
  });
  open.defer(() => senders.killAll());
  const context = testContext(db, {
    now: () => Temporal.Now.instant().add({ milliseconds: senders.offset }),
    env,
  });
  const watch = open.use(watchLedger(db, sink, people));
  const stage: Stage = {
    ...{ db, databaseUrl, sink, senders, proxy, restartServer: restartServer ?? null },
    ...{ connections: CONNECTIONS, lease, random },
  };

  await senders.startAll();
  const played = await playIncidents(stage, incidents, people, context, watch);
  const mostInDoubt = played.reduce((sum, { doubt }) => sum + doubt, 0);
  const pauses = await finish(context, stage, watch);
  const { pids } = senders;
  const codes = await senders.stopAll();
  await watch[Symbol.asyncDispose]();
  const inDoubt = context.config.inDoubt;
  const verdict = judge(await ledgerOf(db), await sink.received(), { people, mostInDoubt, policy: inDoubt });
  if (senders.fell > 0) verdict.faults.push(`senders ended by themselves ${senders.fell} times`);
  if (codes.some((code) => code !== 0)) verdict.faults.push(`senders ended with ${codes.join(', ')}`);
  verdict.faults.push(...(await leftBehind(db, pids)), ...watch.faults);
  return {
    ...verdict,
    played,
    seconds: (performance.now() - began) / 1000,
    looks: watch.looks,
    pauses,
    fell: senders.fell,
  };
}

/** Each at a random moment of its own, when so many messages have been taken. */
async function playIncidents(
  stage: Stage,
  incidents: Case['incidents'],
  people: number,
  context: Context,
  watch: Watch,
): Promise<Played[]> {
  const { random, sink } = stage;
  const shuffled = incidents
    .map((incident) => ({ incident, place: random() }))
    .sort((one, other) => one.place - other.place);
  const played: Played[] = [];
  for (const [at, { incident }] of shuffled.entries()) {
    const wanted = (people * 0.9 * (at + random())) / shuffled.length;
    let seen = { kept: sink.kept, at: performance.now() };
    while (sink.kept < wanted) {
      await resumePaused(context);
      if (sink.kept > seen.kept) seen = { kept: sink.kept, at: performance.now() };
      if (performance.now() > seen.at + PATIENCE) {
        const found = JSON.stringify(await standstill(stage.db));
        throw new Error(`nothing goes on: ${sink.kept} taken of ${people}; ${found}`);
      }
      await pause(2);
    }
    const kept = sink.kept;
    try {
      const doubt = await incident(stage);
      played.push({ incident: incident.name, kept, doubt });
    } catch (error) {
      watch.faults.push(`${incident.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return played;
}

/** Stands in for the clock and the operator until the edition has been sent. @returns how often it had been paused. */
async function finish(context: Context, { sink, senders }: Stage, watch: Watch): Promise<number> {
  const { db } = context;
  let patience = performance.now() + PATIENCE;
  let kept = sink.kept;
  for (;;) {
    if (sink.kept > kept) patience = performance.now() + PATIENCE;
    kept = sink.kept;
    try {
      const { state } = await db.selectFrom('editions').select('state').executeTakeFirstOrThrow();
      if (state === 'sent') break;
      if (performance.now() > patience) {
        watch.faults.push(`the edition did not end, it is ${state}: ${JSON.stringify(await standstill(db))}`);
        break;
      }
      await resumePaused(context);
      if (await onlyLaterIsOpen(db)) {
        // What is due later is made due by the clock, not waited for.
        senders.offset += 15 * 60_000;
        senders.tellAll({ offset: senders.offset });
      }
      await retryDeliveries(context, new AbortController().signal);
    } catch (error) {
      if (performance.now() > patience) throw error;
    }
    await pause(50);
  }
  return pausesOf(db);
}

async function resumePaused(context: Context): Promise<void> {
  const { db, now } = context;
  const paused = await db
    .selectFrom('editions')
    .select('id')
    .where('state', '=', 'paused')
    .executeTakeFirst()
    // The database may be away: that is what is tried.
    .catch(() => undefined);
  if (paused !== undefined) await resume(db, paused.id, 'operator', now()).catch(() => {});
}

async function pausesOf(db: Db): Promise<number> {
  const rows = await db.selectFrom('audit').select('subject').where('what', '=', 'edition.paused').execute();
  return rows.length;
}

async function onlyLaterIsOpen(db: Db): Promise<boolean> {
  const batch = await db.selectFrom('batches').select('id').where('state', '<>', 'done').executeTakeFirst();
  if (batch !== undefined) return false;
  const later = await db
    .selectFrom('deliveries')
    .select('id')
    .where('state', '=', 'deferred')
    .executeTakeFirst();
  return later !== undefined;
}

async function ledgerOf(db: Db): Promise<Ended[]> {
  return db
    .selectFrom('deliveries')
    .leftJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .select(['subscribers.email', 'deliveries.state', 'deliveries.in_doubt as inDoubt'])
    .execute()
    .then((rows) => rows.map(({ email, state, inDoubt }) => ({ address: email ?? '', state, inDoubt })));
}

/** What must not be there when every sender has stopped. */
async function leftBehind(db: Db, pids: number[]): Promise<string[]> {
  const senders = await db.selectFrom('senders').select('id').where('pid', 'in', pids).execute();
  const inFlight = await db.selectFrom('in_flight').select('delivery_id').execute();
  const batches = await db.selectFrom('batches').select('id').where('state', '<>', 'done').execute();
  return [
    [senders, 'senders'],
    [inFlight, 'messages on the wire'],
    [batches, 'batches that are not done'],
  ].flatMap(([rows, what]) => (rows?.length ? [`${rows.length} ${what} left behind`] : []));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
