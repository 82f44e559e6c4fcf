import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import packageFile from '../../package.json' with { type: 'json' };
import { type Figures, STAGES } from './stages.ts';

/**
 * `npm run bench`: measures on this machine and prints a table; `-- --full` with a million subscribers, `-- --write`
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
    const people = full ? 1_000_000 : 100_000;
    const recipients = full ? people : 20_000;
    const edition = await inProcess('edition', `sqlite:${join(folder, 'stories.sqlite')}`, 100_000);
    const readers = `sqlite:${join(folder, 'readers.sqlite')}`;
    const imported = await inProcess('import', readers, people);
    const sample = full ? readers : `sqlite:${join(folder, 'sample.sqlite')}`;
    if (!full) await inProcess('import', sample, recipients);
    const sent = await inProcess('send', sample, recipients);
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

function describe({ edition, imported, sent }: Record<'edition' | 'imported' | 'sent', Figures>): string {
  const n = (value: number | undefined, digits = 0) =>
    (value ?? Number.NaN).toLocaleString('en', {
      maximumFractionDigits: digits,
      minimumFractionDigits: digits,
    });
  const ratio = (sent.sender ?? 0) / (sent.pool ?? 1);
  const rows: [string, string, string][] = [
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
      `${n(sent.composing, 1)} µs`,
      `a message of ${n((sent.messageBytes ?? 0) / 1000, 1)} kB, rendered once for all`,
    ],
    [
      `Importing ${n(imported.people)} subscribers`,
      `${n(imported.perSecond)} a second`,
      `peak memory ${n(imported.peakMegabytes)} MB, of which ${n(imported.beforeMegabytes)} before it began`,
    ],
    [
      `Freezing an audience of ${n(sent.people)}`,
      `${n((sent.freeze ?? 0) / 1000, 2)} s`,
      `${n((sent.people ?? 0) / ((sent.freeze ?? 1) / 1000))} a second`,
    ],
    [
      'Sending, with all that is kept',
      `${n(sent.sender)} a second`,
      `20 connections; peak memory ${n(sent.peakMegabytes)} MB at ${n(sent.people)} recipients, of which ${n(sent.beforeMegabytes)} before it began`,
    ],
    [
      'A bare Nodemailer pool, `sendMail`',
      `${n(sent.pool)} a second`,
      'the same parts, 20 connections, nothing is kept',
    ],
    ['**Sending against the bare pool**', `**× ${n(ratio, 1)}**`, 'in the same minute, to the same server'],
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
loopback (\`tests/bench/sink.ts\`), in a thread of its own: it finds the ends of messages and keeps nothing.

"With all that is kept" means the sender as it runs: who is out on which connection stands in the database before a
message leaves, its outcome before the next one does, and each recipient's subscription is read at that moment. The
default of 10 messages a second (\`SMTP_RATE\`) is what relays allow at first, not what the program can do.

\`npm run bench -- --full\` takes a million subscribers, \`-- --write\` rewrites this page.
`;
}
