import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { startPostgres } from '../setup/postgres.ts';
import { measureLimits } from './limits/measure.ts';
import { describeMachine } from './machine.ts';
import { describe, type Measured } from './page.ts';
import { findPostfix, POSTFIX_HINT } from './postfix.ts';
import { measureSending } from './sending/measure.ts';
import { type Figures, STAGES } from './stages.ts';

const SECTIONS = ['edition', 'import', 'memory', 'sending', 'limits'] as const;
type Section = (typeof SECTIONS)[number];

const HELP = `npm run bench -- [options]

Measures Broadsheet on this machine and prints a table. Touches nothing outside a temporary folder of its own, reads no
.env, listens on free ports of 127.0.0.1 alone; both cores will be busy.

  --full             more messages, five rounds, and a million subscribers
  --only LIST        of: ${SECTIONS.join(', ')}
  --among TEXT       of the senders and limits only those whose name contains it
  --messages N, --rounds N
  --postfix FOLDER   an unpacked Postfix package, for smtp-source and smtp-sink
  --write            also writes docs/performance.md
  --json             prints figures, not the page
`;

const [stage, url, size] = process.argv.slice(2);
if (stage !== undefined && url !== undefined && stage in STAGES) {
  process.stdout.write(JSON.stringify(await STAGES[stage]?.(url, Number(size))));
} else {
  await bench();
}

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      only: { type: 'string', default: SECTIONS.join(',') },
      among: { type: 'string', default: '' },
      messages: { type: 'string' },
      rounds: { type: 'string' },
      postfix: { type: 'string' },
      write: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { full } = values;
  const wanted = values.only.split(',') as Section[];
  const unknown = wanted.find((name) => !SECTIONS.includes(name));
  if (values.help || unknown !== undefined) {
    if (unknown !== undefined) console.error(`--only: expected ${SECTIONS.join(', ')}; found ${unknown}.\n`);
    console.error(HELP);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const postfix = findPostfix(values.postfix);
  if (postfix === null && wanted.includes('sending')) console.error(POSTFIX_HINT);
  console.error(`This takes about ${minutes(wanted, full, postfix !== null)} minutes.`);
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const began = performance.now();
  const say = (what: string) =>
    console.error(`${String(Math.round((performance.now() - began) / 1000)).padStart(4)} s  ${what}`);
  const measured: Measured = { machine: describeMachine() };
  const postgres = wanted.some((name) => name === 'sending' || name === 'limits')
    ? await startPostgres({ keepsCommits: true })
    : null;
  const interrupted = () => void Promise.resolve(postgres?.stop()).finally(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    if (wanted.includes('edition')) {
      say('An edition of 100,000 stories');
      measured.edition = await inProcess('edition', `sqlite:${folder}/stories.sqlite`, 100_000);
    }
    const sizes = full ? [1_000, 100_000, 1_000_000] : [1_000, 20_000];
    for (const people of wanted.includes('import') || wanted.includes('memory') ? sizes : []) {
      const readers = `sqlite:${folder}/readers-${people}.sqlite`;
      say(`Importing ${people}`);
      const imported = await inProcess('import', readers, people);
      if (wanted.includes('import')) measured.imported = [...(measured.imported ?? []), imported];
      if (!wanted.includes('memory')) continue;
      say(`Sending to ${people}`);
      measured.sent = [...(measured.sent ?? []), await inProcess('send', readers, people)];
    }
    if (postgres !== null && wanted.includes('sending')) {
      const plan = { folder, postgres: postgres.url, postfix, among: values.among };
      const amount = {
        rounds: Number(values.rounds ?? (full ? 5 : 3)),
        messages: Number(values.messages ?? (full ? 20_000 : 5_000)),
      };
      measured.sending = await measureSending({ ...plan, ...amount }, say);
    }
    if (postgres !== null && wanted.includes('limits')) {
      measured.limits = await measureLimits({ folder, postgres: postgres.url, among: values.among }, say);
    }
  } finally {
    await postgres?.stop();
  }
  const page = describe(measured);
  console.log(values.json ? JSON.stringify(measured, null, 2) : page);
  if (values.write) writeFileSync(join(import.meta.dirname, '../../docs/performance.md'), page);
}

/** As measured on two cores. */
function minutes(wanted: Section[], full: boolean, postfix: boolean): number {
  const of: Record<Section, number> = {
    edition: 0.2,
    import: full ? 2 : 0.1,
    memory: full ? 4 : 0.2,
    sending: (full ? 5 : 1.5) * (postfix ? 2 : 1),
    limits: 1,
  };
  return Math.max(1, Math.round(wanted.reduce((sum, name) => sum + of[name], 0)));
}

async function inProcess(name: string, url: string, size: number): Promise<Figures> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [import.meta.filename, name, url, String(size)],
    { maxBuffer: 1e7 },
  );
  return JSON.parse(stdout) as Figures;
}
