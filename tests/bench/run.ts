import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageFile from '../../package.json' with { type: 'json' };
import { type Figures, STAGES } from './stages.ts';

/**
 * `npm run bench`: measures on this machine and prints a table; `-- --full` with a million subscribers too, `-- --write`
 * stores it as docs/performance.md. Only figures of one run are compared.
 */
const [stage, url, size] = process.argv.slice(2);
if (stage !== undefined && url !== undefined && stage in STAGES) {
  process.stdout.write(JSON.stringify(await STAGES[stage]?.(url, Number(size))));
} else {
  await measure({ full: process.argv.includes('--full'), write: process.argv.includes('--write') });
}

async function measure({ full, write }: { full: boolean; write: boolean }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'broadsheet-bench-'));
  try {
    const edition = await inProcess('edition', `sqlite:${join(folder, 'stories.sqlite')}`, 100_000);
    const sample = `sqlite:${join(folder, 'sample.sqlite')}`;
    const imported = [await inProcess('import', sample, full ? 100_000 : 20_000)];
    const sent = [await inProcess('send', sample, full ? 100_000 : 20_000)];
    if (full) {
      const readers = `sqlite:${join(folder, 'readers.sqlite')}`;
      imported.push(await inProcess('import', readers, 1_000_000));
      sent.push(await inProcess('send', readers, 1_000_000));
    }
    const page = describe({ edition, imported, sent });
    console.log(page);
    if (write) writeFileSync(join(import.meta.dirname, '..', '..', 'docs', 'performance.md'), page);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inProcess(name: string, url: string, size: number): Promise<Figures> {
  process.stderr.write(`${name} ${size} …\n`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [import.meta.filename, name, url, String(size)],
    { maxBuffer: 1e7 },
  );
  return JSON.parse(stdout) as Figures;
}

interface Measured {
  edition: Figures;
  /** A sample, and with `--full` a million. */
  imported: Figures[];
  sent: Figures[];
}

type Row = [what: string, figure: string, remark: string];

function describe({ edition, imported, sent }: Measured): string {
  const [sample = {}] = sent;
  const rows: Row[] = [
    [
      `From ${n(edition.stories)} stored stories to a draft`,
      `${n(edition.select)} ms`,
      `its ${n(edition.items)} stories chosen and summarised`,
    ],
    [
      '… to a rendered edition',
      `${n((edition.select ?? 0) + (edition.renderFirst ?? 0))} ms`,
      `${n(edition.queries)} queries in all; rendering once more takes ${n(edition.renderAgain)} ms`,
    ],
    [
      'Composing one recipient',
      `${n(sample.composing, 1)} µs`,
      `a message of ${n((sample.messageBytes ?? 0) / 1000, 1)} kB, rendered once for all`,
    ],
    ...imported.map(
      (run): Row => [`Importing ${n(run.people)} subscribers`, `${n(run.perSecond)} a second`, memoryOf(run)],
    ),
    ...sent.flatMap((run): Row[] => [
      [
        `Freezing an audience of ${n(run.people)}`,
        `${n((run.freeze ?? 0) / 1000, 1)} s`,
        `${n((run.people ?? 0) / ((run.freeze ?? 1) / 1000))} a second`,
      ],
      [`Sending to them, with all that is kept`, `${n(run.sender)} a second`, memoryOf(run)],
    ]),
    [
      'A bare Nodemailer pool, `sendMail`',
      `${n(sample.pool)} a second`,
      'the same parts, as many connections; nothing is kept',
    ],
    [
      '**Sending against the bare pool**',
      `**× ${n((sample.sender ?? 0) / (sample.pool ?? 1), 1)}**`,
      'the first sending above, in the same minute, to the same server',
    ],
  ];
  const [cpu] = cpus();
  return `# Performance

What \`npm run bench\` measured, on one machine in one run. Machines differ and are noisy: compare the figures of one
run with each other, and run it on your own.

| what | figure | |
|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

The machine: ${availableParallelism()} cores (${cpu?.model.trim() ?? 'unknown'}), ${n(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.versions.node},
SQLite ${process.versions.sqlite ?? ''} in a file (WAL, \`synchronous=NORMAL\`), Nodemailer ${packageFile.dependencies.nodemailer}. The server is a small one of our own on
loopback (\`tests/bench/sink.ts\`), in a thread of its own: it finds the ends of messages and keeps nothing. 20
connections.

"With all that is kept" means the sender as it runs: who is out on which connection stands in the database before a
message leaves, its outcome before the next one does, and each recipient's subscription is read at that moment. The
default of 10 messages a second (\`SMTP_RATE\`) is what relays allow at first, not what the program can do.

\`npm run bench -- --full\` takes a million subscribers as well, \`-- --write\` rewrites this page.
`;
}

function memoryOf({ peakMegabytes, beforeMegabytes }: Figures): string {
  return `peak memory ${n(peakMegabytes)} MB, of which ${n(beforeMegabytes)} before it began`;
}

function n(value = Number.NaN, digits = 0): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
