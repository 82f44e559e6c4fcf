import type { Context } from '../context.ts';
import { type DeliveryReport, deliveryReport } from '../delivery/report.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { stateWords } from '../editions/state-words.ts';
import { getNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { formatCount, styled, type Terminal } from '../terminal/terminal.ts';
import { jsonOf } from './json.ts';
import { reasonWords } from './report-words.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet report EDITION`: what became of everybody who was to get it. */
export const defineReport: DefineCommand = (program, shell) => {
  program
    .command('report')
    .argument('<edition>', 'morning/2026-11-24, or morning for its newest')
    .summary('what became of everybody who was to get an edition')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\n"Sent" means that the relay took it.\n\nExamples:\n  broadsheet report morning\n  broadsheet report morning/2026-11-24 --json | jq .sent.total',
    )
    .action(async (name: string, options: { json?: boolean }, command) => {
      await using context = await shell.open(command);
      const edition = await findEdition(context.db, name);
      const newsletter = await getNewsletter(context.db, edition.newsletter_id);
      const report = await deliveryReport(context.db, edition.id);
      const { terminal } = shell;
      if (options.json) {
        const { fullName, state, slot_at } = edition;
        terminal.out(jsonOf({ edition: fullName, state, slotAt: slot_at, ...report }));
        return;
      }
      const texts = await approvalTexts(context, edition);
      terminal.out(describe(terminal, { edition, newsletter, report, texts, now: context.now() }));
    });
};

/** What the audit knows of its way: who approved it, who paused it and why. */
async function approvalTexts({ db }: Context, edition: EditionRow): Promise<Story[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['who', 'what', 'at', 'after'])
    .where('subject', '=', edition.fullName)
    .where('what', 'in', ['edition.approved', 'edition.paused', 'edition.resumed', 'edition.cancelled'])
    .orderBy('id')
    .execute();
  return rows.map(({ who, what, at, after }) => {
    const { note, revision } = JSON.parse(after ?? '{}') as { note?: string; revision?: number };
    return { who, what: what.replace('edition.', ''), at, note: note ?? null, revision: revision ?? null };
  });
}

interface Story {
  who: string;
  what: string;
  at: number;
  note: string | null;
  revision: number | null;
}

interface Told {
  edition: EditionRow;
  newsletter: Newsletter;
  report: DeliveryReport;
  texts: Story[];
  now: Temporal.Instant;
}

function describe(terminal: Terminal, told: Told): string {
  const { edition, newsletter, report, texts } = told;
  const clock = clockOf(newsletter);
  const day = Temporal.Instant.fromEpochMilliseconds(edition.slot_at)
    .toZonedDateTimeISO(newsletter.time_zone)
    .toPlainDate()
    .toLocaleString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const title = `${newsletter.name}, ${day.replace(',', '')}`;
  const lines = [
    `${styled(terminal, 'bold', title)}${' '.repeat(Math.max(2, 65 - title.length))}${stateLine(told, clock)}`,
    ...texts.map((story) => ` ${storyWords(story, clock)}`),
  ];
  if (report.audience === 0) return [...lines, '', ' Nobody was to get it yet.'].join('\n');
  return [...lines, '', ...figures(terminal, report, clock)].join('\n');
}

type Clock = (at: number) => string;

function clockOf({ time_zone }: Newsletter): Clock {
  return (at) =>
    Temporal.Instant.fromEpochMilliseconds(at)
      .toZonedDateTimeISO(time_zone)
      .toPlainTime()
      .toString({ smallestUnit: 'minute' });
}

/** `sending since 07:00`, `sent 07:00 to 07:12`, or its state in words. */
function stateLine({ edition, newsletter, report, now }: Told, clock: Clock): string {
  const { firstSentAt: first, lastSentAt: last } = report;
  if (edition.state === 'sending' && edition.sending_at !== null)
    return `sending since ${clock(edition.sending_at)}`;
  if (edition.state === 'sent' && first !== null && last !== null)
    return clock(first) === clock(last)
      ? `sent at ${clock(first)}`
      : `sent ${clock(first)} to ${clock(last)}`;
  return stateWords(edition, newsletter, now);
}

function storyWords({ who, what, at, note, revision }: Story, clock: Clock): string {
  const by = who === 'broadsheet' ? 'by itself' : `by ${who}`;
  const which = what === 'approved' && revision !== null ? ` (revision ${revision})` : '';
  const verb = what === 'cancelled' ? 'Stopped' : `${what[0]?.toUpperCase()}${what.slice(1)}`;
  return `${verb} ${by}, ${clock(at)}${which}${note === null ? '' : `: "${note}"`}`;
}

function figures(terminal: Terminal, report: DeliveryReport, clock: Clock): string[] {
  const { sent, refused, excluded, open } = report;
  const line = (name: string, count: number, detail = '') =>
    ` ${name.padEnd(22)}${formatCount(count).padStart(6)}${detail === '' ? '' : `    ${detail}`}`;
  const relays = sent.by.map(({ name, count }) => `${name || 'relay'}: ${formatCount(count)}`).join('   ');
  const sum = sent.total + refused.total + excluded.total + report.expired + report.unknown + open.total;
  const adds = sum === report.audience;
  return [
    line('Audience', report.audience),
    line('  sent', sent.total, relays),
    ...(sent.byRevision.length > 1
      ? sent.byRevision.map(({ revision, count }) => line(`    revision ${revision}`, count))
      : []),
    line('  refused', refused.total, reasonWords(refused)),
    line('  left out', excluded.total, reasonWords(excluded)),
    line('  expired', report.expired),
    ...(sent.again > 0
      ? [line('  in doubt, sent again', sent.again, 'among the sent; same Message-ID')]
      : []),
    line('  unknown', report.unknown, report.unknown > 0 ? 'no answer: they may have it or not' : ''),
    line('  still open', open.total, openWords(open, clock)),
    `   ${'─'.repeat(27)}`,
    line(
      adds ? '  adds up' : '  does not add up',
      sum,
      adds ? styled(terminal, 'green', '✓') : styled(terminal, 'red', '✗'),
    ).replace(/ {4}(?=\S+$)/, ' '),
  ];
}

function openWords({ waiting, later, nextTryAt }: DeliveryReport['open'], clock: Clock): string {
  return [
    waiting > 0 ? `${formatCount(waiting)} not tried yet` : '',
    later > 0 ? `${formatCount(later)} mailbox full or busy` : '',
    later > 0 && nextTryAt !== null ? `next try ${clock(nextTryAt)}` : '',
  ]
    .filter((words) => words !== '')
    .join(', ');
}
