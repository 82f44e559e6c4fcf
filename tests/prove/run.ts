import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES, type Case, type DatabaseKind } from './cases.ts';
import { type ProvingDatabases, provingDatabases } from './databases.ts';
import { seedOf } from './random.ts';
import { type Proof, reliabilityPage, tableHead, tableRow } from './table.ts';
import { runTrial, type Trial } from './trial.ts';

const USAGE = `npm run prove [-- options]

Sends an edition to its end, again and again, while senders are killed, relays die and databases fail, and holds the
ledger against what the relay counted. Uses a folder, ports and a PostgreSQL of its own: safe beside production.

  --people N            readers of the edition (20000)
  --seed N              the same decisions as another run with this seed (a random one, printed)
  --database KIND       sqlite or postgres (both)
  --senders N           1 or 2 processes (both)
  --case NAME           only this one (all: ${CASES.map(({ name }) => name).join(', ')})
  --json                figures for programs
  --write               store the table as docs/reliability.md`;

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'reliability.md');

/** What there is of a trial that could not be brought to its end. */
const NOTHING: Trial = {
  ...{
    people: 0,
    sent: 0,
    refused: 0,
    unknown: 0,
    lost: 0,
    doubles: 0,
    mostCopies: 0,
    inDoubt: 0,
    mostInDoubt: 0,
  },
  ...{ faults: [], played: [], seconds: 0, looks: 0, pauses: 0, fell: 0 },
};

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    database: { type: 'string' },
    senders: { type: 'string' },
    case: { type: 'string' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const people = Number(values.people);
const seed = Number(values.seed);
const chosen = CASES.filter(({ name }) => values.case === undefined || name === values.case);
const kinds = (['sqlite', 'postgres'] as const).filter((kind) => (values.database ?? kind) === kind);
const senders = [1, 2].filter((count) => (values.senders ?? String(count)) === String(count));
if (values.help || chosen.length * kinds.length * senders.length === 0 || !(people > 0) || !(seed >= 0)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}
const proofs = await prove();
process.exitCode = proofs.every(({ faults }) => faults.length === 0) ? 0 : 1;

async function prove(): Promise<Proof[]> {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-prove-'));
  const began = performance.now();
  const done: Proof[] = [];
  say(`${people} readers, seed ${seed}; all cases take about a quarter of an hour on 2 idle cores.\n`);
  {
    await using databases = await provingDatabases(kinds, people, folder);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, async () => {
        await databases[Symbol.asyncDispose]();
        rmSync(folder, { recursive: true, force: true });
        process.exit(130);
      });
    say(tableHead());
    // One trial of each database at a time: both wait more than they work.
    await Promise.all(
      kinds.map(async (kind) => {
        for (const trial of chosen.filter(({ only }) => only === undefined || only === kind))
          for (const count of senders) done.push(await proveOne(trial, kind, count, databases, folder));
      }),
    );
  }
  const minutes = (performance.now() - began) / 60_000;
  const faulty = done.filter(({ faults }) => faults.length > 0);
  const verdict = `${faulty.length} of ${done.length} are not as they must be`;
  say(
    faulty.length === 0 ? '\nAll is as it must be.' : `\n${verdict}; what the senders said is in ${folder}`,
  );
  if (faulty.length === 0) rmSync(folder, { recursive: true, force: true });
  const order = CASES.map(({ name }) => name);
  const trials = done.toSorted((one, other) => order.indexOf(one.case) - order.indexOf(other.case));
  if (values.json) console.log(JSON.stringify({ people, seed, minutes, trials }, null, 2));
  if (values.write) writeFileSync(PAGE, reliabilityPage(trials, { people, seed, minutes }));
  return done;
}

async function proveOne(
  trial: Case,
  kind: DatabaseKind,
  count: number,
  databases: ProvingDatabases,
  folder: string,
): Promise<Proof> {
  const database = await databases.create(kind);
  const logFile = join(folder, `${trial.name}-${kind}-${count}.log`);
  const result = await runTrial(
    trial,
    {
      ...{ databaseUrl: database.url, people, senders: count, seed: seedOf(seed, trial.name, kind, count) },
      // So that few readers take some eight seconds too, and what goes wrong finds them on their way.
      answersAfter: Math.ceil(80_000 / people),
      ...(database.restart === undefined ? {} : { restartServer: database.restart }),
    },
    logFile,
  ).catch((error: unknown) => ({
    ...NOTHING,
    faults: [error instanceof Error ? error.message : String(error)],
  }));
  const proof = { case: trial.name, what: trial.what, database: kind, senders: count, ...result };
  say(tableRow(proof));
  if (proof.faults.length === 0) rmSync(logFile, { force: true });
  await database.drop();
  return proof;
}

function say(text: string): void {
  (values.json ? process.stderr : process.stdout).write(`${text}\n`);
}
