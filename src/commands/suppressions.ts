import { type Command, Option } from 'commander';
import type { Db } from '../database/connect.ts';
import { findEdition } from '../editions/find.ts';
import { listNewsletters } from '../newsletters/newsletter.ts';
import {
  addressKey,
  domainOf,
  parseAddress,
  suppressionHash,
  suppressionKey,
} from '../subscribers/address.ts';
import { SUPPRESSION_REASONS, type SuppressionReason } from '../subscribers/suppression.ts';
import {
  countSuppressions,
  FROM_REPLIES,
  liftSuppressions,
  listSuppressions,
  requireNote,
  type SuppressionFilter,
  type SuppressionLine,
  suppressByHand,
} from '../subscribers/suppressions.ts';
import { formatMoment } from '../terminal/moment.ts';
import { columns, formatCount, markLine, plural, styled } from '../terminal/terminal.ts';
import { byWhom, withBy } from './by-whom.ts';
import { isSure } from './is-sure.ts';
import { jsonOf } from './json.ts';
import { MisuseError } from './misuse.ts';
import { readTime } from './read-time.ts';
import { SUPPRESSED } from './reader-words.ts';
import type { DefineCommand, Shell } from './shell.ts';
import { wholeNumber } from './whole-number.ts';

/** `broadsheet suppressions list|add|remove`: addresses that get no mail, and undoing a bad day. */
export const defineSuppressions: DefineCommand = (program, shell) => {
  const suppressions = program
    .command('suppressions')
    .summary('addresses that get no mail, and why: list, add, undo')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet suppressions list --since 2026-11-24T07:00\n  broadsheet suppressions add angry@example.org --reason complaint --note "by phone"\n  broadsheet suppressions remove --since 2026-11-24T07:00 --reason gone --domain gmail.com',
    );
  defineList(suppressions, shell);
  defineAdd(suppressions, shell);
  defineRemove(suppressions, shell);
};

interface FilterOptions {
  since?: string;
  reason?: SuppressionReason[];
  domain?: string;
  edition?: string;
  json?: boolean;
}

function withFilter(command: Command): Command {
  return command
    .option('--since <time>', 'only from this time on: 2026-11-24T07:00')
    .addOption(new Option('--reason <reason...>', 'only these').choices(SUPPRESSION_REASONS))
    .option('--domain <domain>', 'only addresses at this domain')
    .option('--edition <name>', 'only what this edition brought: morning/2026-11-24')
    .option('--json', 'for scripts');
}

const defineList: DefineCommand = (program, shell) => {
  withFilter(program.command('list'))
    .summary('how many there are of each reason, and the newest')
    .option('--limit <n>', 'so many lines', wholeNumber, 20)
    .addHelpText(
      'after',
      '\nOf an address that nobody here has any more only a hash is kept; of who was removed, or took another address, not even its domain.\n\nExamples:\n  broadsheet suppressions list\n  broadsheet suppressions list --reason gone --domain gmail.com --json',
    )
    .action(async (options: FilterOptions & { limit: number }, command) => {
      await using context = await shell.open(command);
      const zone = await timeZoneOf(context.db);
      const filter = await readFilter(context.db, options, zone);
      const counts = await countSuppressions(context.db, filter);
      const lines = await listSuppressions(context.db, filter, options.limit);
      if (options.json) {
        const byReason = Object.fromEntries(counts.map(({ reason, count }) => [reason, count]));
        shell.terminal.out(jsonOf({ counts: byReason, suppressions: lines }));
        return;
      }
      const total = totalOf(counts);
      shell.terminal.out(
        total === 0 ? ' None.' : ` ${styled(shell.terminal, 'bold', inWords(counts))}   (times: ${zone})\n`,
      );
      for (const line of columns(lines.map((each) => cellsOf(each, zone)))) shell.terminal.out(` ${line}`);
      if (total > lines.length) {
        shell.terminal.out(`\n The newest ${lines.length} of ${formatCount(total)}.   --limit N, or --json`);
      }
    });
};

const defineAdd: DefineCommand = (program, shell) => {
  withBy(program.command('add'))
    .argument('<address...>')
    .summary('send no more mail to these addresses, whoever imports them')
    .addOption(
      new Option('--reason <reason>', 'why')
        .choices(['operator', 'complaint', 'gone'])
        .default('operator' satisfies SuppressionReason),
    )
    .option('--note <text>', 'why, in your words; it is kept')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nThey stay subscribed and get nothing. To delete a person: broadsheet subscribers remove.\n\nExample:\n  broadsheet suppressions add angry@example.org --reason complaint --note "by phone"',
    )
    .action(async (addresses: string[], options: AddOptions, command) => {
      await using context = await shell.open(command);
      const emails = addresses.map(parseAddress);
      const by = { who: byWhom(options, shell), note: options.note, now: shell.now() };
      const done: { email: string; added: boolean }[] = [];
      for (const email of emails) {
        done.push({ email, added: await suppressByHand(context.db, email, options.reason, by) });
      }
      if (options.json) shell.terminal.out(JSON.stringify(done, null, 2));
      else {
        for (const { email, added } of done) {
          const said = added ? `${email} gets no more mail` : `${email} gets none already`;
          shell.terminal.out(markLine(shell.terminal, 'done', 'suppressed', said));
        }
      }
    });
};

interface AddOptions {
  reason: SuppressionReason;
  note?: string;
  by?: string;
  json?: boolean;
}

const defineRemove: DefineCommand = (program, shell) => {
  const { terminal } = shell;
  withBy(withFilter(program.command('remove')))
    .argument('[address...]', 'these; or choose by time, reason, domain and edition')
    .summary('let addresses have mail again; shows how many, and asks')
    .option('--note <text>', 'why; needed after a complaint, and for who was removed or moved')
    .option('--dry-run', 'only show how many')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `\nWithout --reason only what replies brought is undone: ${FROM_REPLIES.join(' and ')}. Nobody is subscribed by it who left.\n\nExamples:\n  broadsheet suppressions remove --since 2026-11-24T07:00 --reason gone --domain gmail.com\n  broadsheet suppressions remove reader@example.org\n  broadsheet suppressions remove angry@example.org --note "asked by phone to come back"`,
    )
    .action(async (addresses: string[], options: RemoveOptions, command) => {
      await using context = await shell.open(command);
      const { db } = context;
      const zone = await timeZoneOf(db);
      const filter = await chosen(db, addresses, options, zone);
      const counts = await countSuppressions(db, filter);
      const total = totalOf(counts);
      if (options.dryRun || total === 0) {
        if (options.json) terminal.out(jsonOf({ counts, removed: 0 }));
        else {
          const would = total === 0 ? 'nobody is suppressed so' : `${inWords(counts)} would have mail again`;
          terminal.out(
            markLine(terminal, 'look', 'suppressed', [would, ...limitsOf(filter, options, zone, shell)]),
          );
        }
        return;
      }
      requireNote(counts, options.note);
      if (!options.json) {
        const which = [inWords(counts), ...limitsOf(filter, options, zone, shell)];
        terminal.out(markLine(terminal, 'look', 'suppressed', which));
      }
      const question = `Let ${plural(total, 'address', 'addresses')} have mail again?`;
      if (!options.yes && !(await isSure(shell, question))) {
        terminal.out(markLine(terminal, 'look', 'nothing', 'is changed'));
        return;
      }
      const by = { who: byWhom(options, shell), note: options.note, now: shell.now() };
      const removed = await liftSuppressions(db, filter, by);
      if (options.json) terminal.out(jsonOf({ counts, removed }));
      else {
        terminal.out(
          markLine(terminal, 'done', 'removed', [
            `${plural(removed, 'address', 'addresses')} may have mail again, from the next edition on`,
            '→ the one that they missed:  broadsheet retry EDITION --list refused',
          ]),
        );
      }
    });
};

interface RemoveOptions extends FilterOptions {
  note?: string;
  by?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/** @throws MisuseError when nothing is named at all, or both ways at once. */
async function chosen(
  db: Db,
  addresses: string[],
  options: RemoveOptions,
  zone: string,
): Promise<SuppressionFilter> {
  const filter = await readFilter(db, options, zone);
  const named = Object.values(filter).some((value) => value !== undefined);
  if (addresses.length > 0) {
    if (named)
      throw new MisuseError(
        'Name addresses, or choose by --since, --reason, --domain and --edition: not both.',
      );
    const key = await suppressionKey(db);
    return { addressKeys: addresses.map((each) => suppressionHash(key, addressKey(parseAddress(each)))) };
  }
  if (!named) {
    throw new MisuseError('Which ones? Name addresses, or say --since, --reason, --domain or --edition.');
  }
  return { ...filter, reasons: filter.reasons ?? FROM_REPLIES };
}

async function readFilter(db: Db, options: FilterOptions, zone: string): Promise<SuppressionFilter> {
  const { since, reason, domain, edition } = options;
  return {
    reasons: reason,
    since: since === undefined ? undefined : readTime(since, zone, '--since'),
    domain: domain === undefined ? undefined : domainOf(`x@${domain.replace(/^@/, '')}`),
    editionId: edition === undefined ? undefined : (await findEdition(db, edition)).id,
  };
}

/** What was understood of the options, in words. */
function limitsOf(
  { since, domain }: SuppressionFilter,
  { edition }: FilterOptions,
  zone: string,
  shell: Pick<Shell, 'now'>,
): string[] {
  const limits = [
    since && `since ${formatMoment(since, zone, shell.now())}`,
    domain && `at ${domain}`,
    edition && `by ${edition}`,
  ].filter(Boolean);
  return limits.length === 0 ? [] : [limits.join(', ')];
}

/** The newsletters', where they have one; times without a zone are meant in it. */
async function timeZoneOf(db: Db): Promise<string> {
  const zones = new Set((await listNewsletters(db)).map((newsletter) => newsletter.time_zone));
  return zones.size === 1 ? ([...zones][0] as string) : 'UTC';
}

function cellsOf(line: SuppressionLine, zone: string): string[] {
  const at = Temporal.Instant.fromEpochMilliseconds(line.at).toZonedDateTimeISO(zone).toPlainDateTime();
  return [
    at.toString({ smallestUnit: 'minute' }).replace('T', ' '),
    line.reason,
    line.email ?? (line.domain === null ? '(not kept)' : `(not kept)@${line.domain}`),
    line.edition ?? '',
    line.who ?? '',
    line.note ?? '',
  ];
}

/** `1,204 gone (the mailbox is gone), 3 complaint (they complained)`. */
function inWords(counts: { reason: string; count: number }[]): string {
  return counts
    .map(({ reason, count }) => `${formatCount(count)} ${reason} (${SUPPRESSED[reason] ?? reason})`)
    .join(', ');
}

function totalOf(counts: { count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
