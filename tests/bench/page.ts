import type { LimitFigures } from './limits/measure.ts';
import type { Machine } from './machine.ts';
import type { SendingFigures, SinkName } from './sending/measure.ts';
import type { Figures } from './stages.ts';

/** What was measured; a section that was not asked for is absent. */
export interface Measured {
  machine: Machine;
  edition?: Figures;
  /** By rising number of people. */
  imported?: Figures[];
  sent?: Figures[];
  sending?: SendingFigures;
  limits?: LimitFigures[];
}

type Row = string[];

/** The page `docs/performance.md`. */
export function describe(measured: Measured): string {
  const sections = [
    sendingSection(measured),
    peopleSection(measured),
    editionSection(measured),
    limitsSection(measured),
  ];
  return `# Performance

What \`npm run bench\` measured, on one machine. Machines differ and are noisy: compare the figures of one table with each
other, and run it on your own.

${[...sections.filter((section) => section !== ''), machineSection(measured.machine)].join('\n\n')}
`;
}

function sendingSection({ sending }: Measured): string {
  if (sending === undefined) return '';
  const { rates, rounds, messages, messageBytes, yardstick } = sending;
  const contestants = [...new Map(rates.map(({ contestant }) => [contestant.name, contestant])).values()];
  const sinks = (['smtpSink', 'small'] as const).filter((name) => rates.some(({ sink }) => sink === name));
  const cell = (contestant: (typeof contestants)[number], sink: SinkName): Row => {
    const found = rates.find((each) => each.contestant.name === contestant.name && each.sink === sink);
    const target = contestant.target[sink];
    return [`${n(found?.rate)}/s`, n(found?.ratio, 2), target === null ? '' : n(target, 2)];
  };
  const heads = sinks.flatMap((sink) => [SINKS[sink], 'ratio', 'at least']);
  const rows = contestants.map((contestant) => [
    contestant.name,
    ...sinks.flatMap((sink) => cell(contestant, sink)),
  ]);
  const times = sinks.map((sink) => `${n(againstPool(sending, sink), 1)} times to ${SINKS[sink]}`);
  return `## Sending

${table([`messages of ${n(messageBytes / 1000)} kB`, ...heads], rows)}

Ours, unsigned with SQLite, against a Nodemailer pool: ${times.join(', ')}.

_Ratio_ is that to ${yardstick === 'source' ? 'the bare loop' : '`smtp-source`'} in the same round; both columns are medians of ${rounds} rounds of ${n(messages)} messages
over 20 connections, each round in the other order. _Ours_ is the sender as it runs: who is out on which connection
stands in the database before a message leaves, its outcome before the next one does; each recipient's subscription is
read at that moment; a rate and connections for the relay and connections for each mailbox provider are kept, too high
here to bind.
${yardstick === 'source' ? '\nThe bare loop is our own yardstick (`tests/bench/sending/source.ts`): Postfix’s tools were not here.\n' : ''}
The small sink is ours (\`tests/bench/sink-process.ts\`), a process that finds the ends of messages and keeps nothing.
${sinks.includes('smtpSink') ? '`smtp-sink` is Postfix’s, and often the limit itself: a sender that is not slower than `smtp-source` is as fast as it lets anybody be. ' : ''}Sinks, PostgreSQL and senders
share the machine's cores, so that what two processes gain does not show on two.
PostgreSQL ran on loopback with its files in memory and \`fsync=off\`: its disk is not in these figures. SQLite lay in a
file (WAL), \`synchronous=NORMAL\` where nothing else is said.`;
}

const SINKS: Record<SinkName, string> = { smtpSink: '`smtp-sink`', small: 'small sink' };

function againstPool({ rates }: SendingFigures, sink: SinkName): number | undefined {
  const of = (matches: (name: string) => boolean) =>
    rates.find((each) => each.sink === sink && matches(each.contestant.name))?.rate;
  const ours = of((name) => name === '**ours**, SQLite, unsigned');
  const pool = of((name) => name.startsWith('Nodemailer'));
  return ours === undefined || pool === undefined ? undefined : ours / pool;
}

function peopleSection({ imported = [], sent = [] }: Measured): string {
  if (imported.length + sent.length === 0) return '';
  const rows = [
    ...imported.map(
      (run): Row => [
        `Importing ${n(run.people)} subscribers`,
        `${n(run.perSecond)} a second`,
        `${n(run.peak)} MiB`,
      ],
    ),
    ...sent.flatMap((run): Row[] => [
      [
        `Freezing an audience of ${n(run.people)}`,
        `${n((run.freeze ?? 0) / 1000, 2)} s`,
        `${n(run.afterFreeze)} MiB`,
      ],
      [`Sending to them`, `${n(run.perSecond)} a second`, `${n(run.peak)} MiB`],
    ]),
  ];
  const [least, most] = [sent[0], sent.at(-1)];
  const growth =
    least === undefined || most === undefined || least === most
      ? ''
      : `\n\nSending to ${n(most.people)} takes ${n((most.peak ?? 0) - (least.peak ?? 0))} MiB more than to ${n(least.people)}.`;
  return `## People

${table(['SQLite, one process', '', 'peak memory (resident)'], rows)}

Each number of people in processes of its own, from the start of the program to the end of the edition.${growth}`;
}

function editionSection({ edition }: Measured): string {
  if (edition === undefined) return '';
  const {
    stories,
    select = 0,
    items,
    renderFirst = 0,
    queries,
    renderAgain,
    composing,
    messageBytes,
  } = edition;
  const rows: Row[] = [
    [
      `From ${n(stories)} stored stories to a draft`,
      `${n(select)} ms`,
      `its ${n(items)} stories chosen and summarised`,
    ],
    [
      '… to a rendered edition',
      `${n(select + renderFirst)} ms`,
      `${n(queries)} queries in all; rendering once more takes ${n(renderAgain)} ms`,
    ],
    [
      'Composing one recipient',
      `${n(composing, 1)} µs`,
      `a message of ${n((messageBytes ?? 0) / 1000, 1)} kB, rendered once for all`,
    ],
  ];
  return `## An edition

${table(['', '', ''], rows)}`;
}

function limitsSection({ limits }: Measured): string {
  if (limits === undefined) return '';
  const rows = limits.flatMap(({ limit, database, processes, messages, counted }) =>
    counted.map(
      ({ what, most, promised }): Row => [
        limit,
        database === 'sqlite' ? 'SQLite' : 'PostgreSQL',
        String(processes),
        n(messages),
        what,
        n(promised),
        most > promised ? `**${n(most)}**` : n(most),
      ],
    ),
  );
  return `## Limits

${table(['limit', 'database', 'processes', 'messages', 'counted', 'promised at most', 'found at most'], rows)}

Counted at the sink, in every second wherever it begins. What it finds in bold would be more than is promised.`;
}

function machineSection(machine: Machine): string {
  return `## The machine

${machine.cores} cores (${machine.processor}), ${machine.gibibytes} GiB, ${machine.system}, Node ${machine.node}, SQLite ${machine.sqlite}, Nodemailer ${machine.nodemailer}. A write of 4 KiB
made sure of (fsync) takes ${n(machine.fsync, 2)} ms; with \`synchronous=FULL\` each commit waits for one. Before the first figure
${n(machine.load, 1)} processes wanted a core: above 0.5, others were at work, and only ratios are worth reading.

The default of 10 messages a second (\`SMTP_RATE\`) is what relays allow at first, not what the program can do.
\`npm run bench -- --help\` says what else can be measured.`;
}

function table(head: Row, rows: Row[]): string {
  const line = (cells: Row) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function n(value = Number.NaN, digits = 0): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
