import { Option } from 'commander';
import { asSentence } from '../as-sentence.ts';
import type { Context } from '../context.ts';
import { leftSince } from '../delivery/left-since.ts';
import { DELIVERY_LISTS, type DeliveryList } from '../delivery/list.ts';
import { type DeliveryReport, deliveryReport } from '../delivery/report.ts';
import { readTrouble, type ToldTrouble, triedAgain } from '../delivery/told-trouble.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { revisionChanges } from '../editions/revision-changes.ts';
import { stateWords } from '../editions/state-words.ts';
import { type Since, since } from '../feedback/since.ts';
import { sendingAllowed } from '../installation.ts';
import { getNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { formatCount, paragraph, styled, type Terminal } from '../terminal/terminal.ts';
import { type Clock, clockOf } from './edition-clock.ts';
import { jsonOf } from './json.ts';
import { MisuseError } from './misuse.ts';
import { namedSubscriber } from './named-subscriber.ts';
import { reportFigures } from './report-figures.ts';
import { editionHistory } from './report-history.ts';
import { printList } from './report-list.ts';
import type { DefineCommand } from './shell.ts';

interface Options {
  list?: DeliveryList;
  reason?: string;
  to?: string;
  json?: boolean;
  csv?: boolean;
}

/** `broadsheet report EDITION`: what became of everybody who was to get it. */
export const defineReport: DefineCommand = (program, shell) => {
  program
    .command('report')
    .argument('<edition>', 'morning/2026-11-24, or morning for its newest')
    .summary('what became of everybody who was to get an edition')
    .addOption(new Option('--list <list>', 'who they are').choices(DELIVERY_LISTS))
    .option('--reason <reason>', 'of a list, only those: gone, soft, policy, paused, left, …')
    .option('--to <address>', 'one person')
    .option('--csv', 'a list as CSV')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\n"Sent" means that the relay took it.\n\nExamples:\n  broadsheet report morning\n  broadsheet report morning --list refused --reason gone\n  broadsheet report morning/2026-11-24 --list open --csv > open.csv\n  broadsheet report morning --to reader@example.org\n  broadsheet report morning/2026-11-24 --json | jq .sent.total',
    )
    .action(async (name: string, options: Options, command) => {
      const { list, reason, to, json, csv } = options;
      if ((reason !== undefined || csv) && list === undefined && to === undefined)
        throw new MisuseError(`--${csv ? 'csv' : 'reason'} is about a list: name one with --list.`);
      await using context = await shell.open(command);
      const { db } = context;
      const { terminal } = shell;
      const edition = await findEdition(db, name);
      const newsletter = await getNewsletter(db, edition.newsletter_id);
      const clock = clockOf(newsletter, edition.slot_at);
      if (list !== undefined || to !== undefined) {
        const subscriberId = to === undefined ? undefined : (await namedSubscriber(db, to)).id;
        const format = csv ? 'csv' : json ? 'json' : 'text';
        const nobody =
          to === undefined ? 'Nobody.' : `Not among them. Why: broadsheet why ${edition.fullName} --to ${to}`;
        const choice = { list, reason, subscriberId };
        await printList(db, terminal, edition.id, choice, { format, clock, nobody });
        return;
      }
      const report = await deliveryReport(db, edition.id);
      const left = report.firstSentAt === null ? 0 : await leftSince(db, edition, report.firstSentAt);
      const back = { ...(await since(db, edition.id)), left };
      const changes = await changesOf(context, edition, report);
      if (json) {
        const { fullName, state, slot_at } = edition;
        const byRevision = report.sent.byRevision.map((each) => ({
          ...each,
          changes: changes.get(each.revision) ?? null,
        }));
        const sent = { ...report.sent, byRevision };
        terminal.out(jsonOf({ edition: fullName, state, slotAt: slot_at, ...report, sent, sinceThen: back }));
        return;
      }
      const history = await editionHistory(db, edition, clock);
      const sendingOff = await whySendingIsOff(context, edition);
      const now = context.now();
      const trouble = await readTrouble(db, now);
      const told = { edition, newsletter, report, changes, back, history, sendingOff, trouble, now };
      terminal.out(describe(terminal, told, clock).join('\n'));
    });
};

/** What each revision that somebody has changed, compared with the one that others have. */
async function changesOf(
  { db }: Context,
  { id }: EditionRow,
  { sent }: DeliveryReport,
): Promise<Map<number, string>> {
  const changes = new Map<number, string>();
  for (const [index, { revision }] of sent.byRevision.entries()) {
    const before = sent.byRevision[index - 1]?.revision;
    if (before !== undefined) changes.set(revision, await revisionChanges(db, id, before, revision));
  }
  return changes;
}

/** Asked only of an edition of which something may leave. */
async function whySendingIsOff(context: Context, { state }: EditionRow): Promise<string | null> {
  if (state !== 'sending' && state !== 'paused') return null;
  const allowed = await sendingAllowed(context);
  return allowed.allowed ? null : allowed.reason;
}

interface Told {
  edition: EditionRow;
  newsletter: Newsletter;
  report: DeliveryReport;
  changes: Map<number, string>;
  /** What came back since, and how many have left. */
  back: Since & { left: number };
  history: string[];
  /** Why nothing of it leaves now, whatever its state is; null: it may. */
  sendingOff: string | null;
  trouble: ToldTrouble | null;
  now: Temporal.Instant;
}

function describe(terminal: Terminal, told: Told, clock: Clock): string[] {
  const { edition, newsletter, report, changes, back, history, sendingOff, trouble } = told;
  const day = Temporal.Instant.fromEpochMilliseconds(edition.slot_at)
    .toZonedDateTimeISO(newsletter.time_zone)
    .toPlainDate()
    .toLocaleString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const title = `${newsletter.name}, ${day.replace(',', '')}`;
  const lines = [
    `${styled(terminal, 'bold', title)}${' '.repeat(Math.max(2, 65 - title.length))}${stateLine(told, clock)}`,
    ...(history.length === 0 ? [] : paragraph(terminal, ' ', historyLine(history))),
  ];
  if (sendingOff !== null) lines.push(...sendingOffLines(terminal, sendingOff));
  if (trouble !== null && edition.state === 'sending' && report.open.total > 0)
    lines.push(...awayLines(terminal, trouble, told.now));
  if (report.audience === 0) return [...lines, '', ' Nobody was to get it yet.'];
  return [
    ...lines,
    '',
    ...reportFigures(terminal, report, changes, clock),
    '',
    ...sinceLines(back),
    ...retryLines(told),
    ` Lists        --list ${listsOf(report).join(' | ')}     one person: --to ADDRESS`,
  ];
}

function awayLines(terminal: Terminal, trouble: ToldTrouble, now: Temporal.Instant): string[] {
  const words = `The relay takes no mail now: ${asSentence(trouble.response)} Nothing is lost; ${triedAgain(trouble, now)}.`;
  return paragraph(terminal, ` ${styled(terminal, 'yellow', '!')} `, words);
}

function sendingOffLines(terminal: Terminal, reason: string): string[] {
  return paragraph(terminal, ` ${styled(terminal, 'yellow', '!')} `, `Sending is off: ${reason}`);
}

/** `sending since 07:00`, `sent 07:00 to 07:12`, or its state in words. */
function stateLine({ edition, newsletter, report, now }: Told, clock: Clock): string {
  const { firstSentAt: first, lastSentAt: last } = report;
  if (edition.state === 'sending' && edition.sending_at !== null)
    return `sending since ${clock(edition.sending_at)}`;
  if (edition.state === 'paused') return `paused since ${clock(edition.state_at)}`;
  if (edition.state === 'cancelled') return `stopped at ${clock(edition.state_at)}`;
  if (edition.state === 'sent' && first !== null && last !== null)
    return clock(first) === clock(last)
      ? `sent at ${clock(first)}`
      : `sent ${clock(first)} to ${clock(last)}`;
  return stateWords(edition, newsletter, now);
}

function sinceLines({ bounced, complained, left }: Told['back']): string[] {
  const said = [
    [bounced, 'bounced'],
    [complained, 'complained'],
    [left, 'left'],
  ] as const;
  const words = said.flatMap(([count, word]) => (count === 0 ? [] : [`${word} ${formatCount(count)}`]));
  return words.length === 0 ? [] : [` Since then   ${words.join('   ')}`];
}

/** The lists that name somebody. */
function listsOf({ sent, refused, excluded, expired, unknown, open }: DeliveryReport): DeliveryList[] {
  const counts: Record<DeliveryList, number> = {
    sent: sent.total,
    again: sent.again,
    refused: refused.total,
    excluded: excluded.total,
    expired,
    unknown,
    open: open.total,
  };
  return DELIVERY_LISTS.filter((list) => counts[list] > 0);
}

/** What a person may still do for those who have nothing. */
function retryLines({ edition, report }: Told): string[] {
  if (edition.state === 'paused')
    return [` Go on        broadsheet edition resume ${edition.fullName}   or stop it: … cancel …`];
  if (edition.state !== 'sent' && edition.state !== 'sending') return [];
  const soft = report.refused.by.some(({ name }) => name === 'soft');
  const lists = [
    ...(report.unknown > 0 ? ['--list unknown'] : []),
    ...(report.expired > 0 ? ['--list expired'] : []),
    ...(soft ? ['--list refused --reason soft'] : []),
  ];
  return lists.map(
    (list, index) =>
      ` ${index === 0 ? 'Try again ' : '          '}   broadsheet retry ${edition.fullName} ${list}`,
  );
}

/** The last says enough without a full stop, as every other line. */
function historyLine(sentences: string[]): string {
  return [...sentences.slice(0, -1).map(asSentence), ...sentences.slice(-1)].join(' ');
}
