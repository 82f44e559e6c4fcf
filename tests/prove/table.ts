import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { DatabaseKind } from './cases.ts';
import type { Trial } from './trial.ts';

/** A trial, and what it was a trial of. */
export interface Proof extends Trial {
  case: string;
  what: string;
  database: DatabaseKind;
  senders: number;
}

const COLUMNS: [title: string, width: number, value: (proof: Proof) => string][] = [
  ['case', -16, (proof) => proof.case],
  ['database', -9, (proof) => proof.database],
  ['senders', 7, (proof) => n(proof.senders)],
  ['sent', 7, (proof) => n(proof.sent)],
  ['refused', 7, (proof) => n(proof.refused)],
  ['unknown', 7, (proof) => n(proof.unknown)],
  ['lost', 5, (proof) => n(proof.lost)],
  ['doubles', 7, (proof) => n(proof.doubles)],
  ['most', 5, (proof) => n(proof.mostCopies)],
  ['in doubt', 8, (proof) => n(proof.inDoubt)],
  ['at most', 8, (proof) => n(proof.mostInDoubt)],
  ['looks', 6, (proof) => n(proof.looks)],
  ['seconds', 8, (proof) => n(proof.seconds, 1)],
];

export function tableHead(): string {
  return COLUMNS.map(([title, width]) => pad(title, width)).join(' ');
}

export function tableRow(proof: Proof): string {
  const cells = COLUMNS.map(([, width, value]) => pad(value(proof), width)).join(' ');
  return [cells, ...proof.faults.map((fault) => `  ✗  ${fault}`)].join('\n');
}

/** docs/reliability.md. */
export function reliabilityPage(
  proofs: Proof[],
  { people, seed, minutes }: { people: number; seed: number; minutes: number },
): string {
  const sum = (of: (proof: Proof) => number) => proofs.reduce((total, proof) => total + of(proof), 0);
  const faulty = proofs.filter(({ faults }) => faults.length > 0);
  const cases = [...new Set(proofs.map((proof) => proof.case))];
  const [cpu] = cpus();
  return `# Reliability

\`npm run prove\` sends an edition to ${n(people)} readers to its end, again and again, while something goes wrong each
time. Then it holds the ledger (the deliveries in the database) against what the relay counted. This is what came of
${n(proofs.length)} such sendings, ${n(sum((proof) => proof.people))} deliveries, seed ${seed}, in ${n(minutes)} minutes:

**${n(sum(({ lost }) => lost))} lost. ${n(sum(({ doubles }) => doubles))} second copies, each of a message that had been in doubt, with the same Message-ID; nobody got a third.
${faulty.length === 0 ? 'Nothing was not as it must be.' : `${faulty.length} were not as they must be.`}**

| case | database | senders | sent | refused | unknown | lost | second copies | in doubt | at most | looks | seconds |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
${proofs.map(pageRow).join('\n')}
${faulty.map((proof) => `\n- **${proof.case}, ${proof.database}, ${proof.senders}:** ${proof.faults.join('; ')}`).join('')}

## What happens in each case

${cases.map((name) => `- \`${name}\`: ${proofs.find((proof) => proof.case === name)?.what}`).join('\n')}

## What must be, and is looked at

- **lost** must be 0: every reader is \`sent\` (and the relay has the message), \`refused\` (and the relay did refuse), or
  \`unknown\`, which a person decides (\`broadsheet retry EDITION --list unknown\`). Nobody is left open.
- **refused** are exactly those whom the relay answered with a 5xx for good. Who was told to come later (450, 451) or was
  met by a relay in trouble (421, nonsense) has it in the end.
- **second copies** go only to whom the ledger says was in doubt: the message was out when its line, its sender or the
  database ended without an answer, and nobody can know. Never more than two copies, all with one Message-ID, by which
  mail programs and providers recognise them. With \`IN_DOUBT=hold\` there is none: such readers are \`unknown\`.
- **in doubt** is never more than **at most**: the open connections (ten, all senders together) for each incident that
  can break them, and one for each line that the relay dropped or answered with nonsense after the message. Where
  \`at most\` is 0 nothing may be in doubt.
- **looks**: as often it was looked on the way whether audience = sent + refused + excluded + expired + unknown + open,
  and whether no more are said to be sent than the relay has. It always was so.
- A sender that is asked to stop exits with 0 and leaves nothing behind; no sender ends by itself; afterwards no message
  is on the wire and every batch is done.

## Running it again

    npm run prove                                  # all of it, about a quarter of an hour on 2 idle cores
    npm run prove -- --case killed --database postgres --senders 2 --seed ${seed}
    npm run prove -- --people 2000 --json
    npm run prove -- --write                       # rewrites this page

It needs no root and nothing installed by hand, and is safe beside production: a folder, ports and a PostgreSQL of its
own. It ends with 1 when anything is not as it must be, prints what, and keeps the senders' log. A small one runs
with \`npm test\`, together with a test in which each single statement to the database, and each single reply of
the relay, fails in its turn.

A seed gives the same decisions again: which incidents in which order, after how many messages, for how long, and who is
refused or dropped. The moment within a millisecond is the operating system's, so that the same seed may put other
messages in doubt.

The senders are processes of their own with everything that \`broadsheet start --only sender\` has, but that they look
for work ten times a second, renew their lease twice a second, and rest 20 ms from a relay in trouble at first. A lease
lasts 20 s as always; of a sender that was killed or put to sleep it is ended by hand within a second. Where the
database is away, leases last 4 s, so that some end. What is due later is made due by setting the clock. An edition that
the program pauses is resumed at once (${n(sum(({ pauses }) => pauses))} times, here). PostgreSQL runs with \`fsync=off\`: loss of power is not tried.

The machine: ${availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'}), ${n(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.versions.node}, SQLite ${process.versions.sqlite ?? ''},
load ${n(loadavg()[2] ?? 0, 1)} over the last quarter of an hour, other work included. The seconds tell nothing of its speed: the relay
answers late on purpose, so that few readers are on their way for a while too ([performance.md](performance.md) does).
`;
}

function pageRow(proof: Proof): string {
  const { sent, refused, unknown, lost, doubles, inDoubt, mostInDoubt, looks } = proof;
  const counts = [sent, refused, unknown, lost, doubles, inDoubt, mostInDoubt, looks].map((count) =>
    n(count),
  );
  const name = proof.faults.length > 0 ? `**${proof.case}**` : proof.case;
  return `| ${[name, proof.database, proof.senders, ...counts, n(proof.seconds, 1)].join(' | ')} |`;
}

function pad(text: string, width: number): string {
  return width < 0 ? text.padEnd(-width) : text.padStart(width);
}

function n(value: number, digits = 0): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
