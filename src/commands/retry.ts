import { Option } from 'commander';
import {
  previewRetry,
  putBack,
  RETRY_LISTS,
  type RetryChoice,
  type RetryPreview,
} from '../delivery/put-back.ts';
import { deliveryReport } from '../delivery/report.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { RefusedError } from '../refused-error.ts';
import { formatCount, markLine, plural } from '../terminal/terminal.ts';
import { byWhom, withBy } from './by-whom.ts';
import { jsonOf } from './json.ts';
import { namedSubscriber } from './named-subscriber.ts';
import { readableReason } from './report-words.ts';
import type { DefineCommand, Shell } from './shell.ts';

interface Options {
  list: RetryChoice['list'];
  reason?: string;
  to?: string;
  yes?: boolean;
  by?: string;
  json?: boolean;
}

/** `broadsheet retry EDITION --list LIST`: one more try for those who have nothing. */
export const defineRetry: DefineCommand = (program, shell) => {
  withBy(program.command('retry'))
    .argument('<edition>', 'morning/2026-11-24, or morning for its newest')
    .summary('try again those who did not get an edition')
    .addOption(new Option('--list <list>', 'whom').choices(RETRY_LISTS).makeOptionMandatory())
    .option('--reason <reason>', 'of the refused, only those: gone, soft, policy')
    .option('--to <address>', 'one person of that list')
    .option('--yes', 'do not ask')
    .option('--json', 'for scripts: how many, and who is not to have it any more')
    .addHelpText(
      'after',
      '\nSays first what has changed since: who has left, is paused or gets no mail any more is not tried. A copy that may have arrived keeps its Message-ID.\n\nExamples:\n  broadsheet retry morning --list unknown\n  broadsheet retry morning/2026-11-24 --list refused --reason soft\n  broadsheet retry morning/2026-11-24 --list expired --to reader@example.org --yes',
    )
    .action(async (name: string, options: Options, command) => {
      await using context = await shell.open(command);
      const { db } = context;
      const { terminal } = shell;
      const { list, reason, to } = options;
      const edition = await findEdition(db, name);
      const subscriberId = to === undefined ? undefined : (await namedSubscriber(db, to)).id;
      const choice = { list, reason, subscriberId };
      const preview = await previewRetry(db, edition, choice, context.now());
      if (!options.json) terminal.out(previewLine(shell, edition, options, preview));
      if (preview.people > 0 && !options.yes) await confirm(shell, preview.people, edition);
      const people =
        preview.people === 0 ? 0 : await putBack(context, edition.id, choice, byWhom(options, shell));
      if (options.json) {
        const { state } = await findEdition(db, edition.fullName);
        terminal.out(jsonOf({ edition: edition.fullName, state, again: people, not: notAgain(preview) }));
        return;
      }
      if (people === 0) return;
      const { open } = await deliveryReport(db, edition.id);
      terminal.out(
        markLine(terminal, 'done', 'again', [
          `${plural(people, 'person', 'people')}; ${formatCount(open.total)} of ${edition.fullName} are open now`,
          'They leave while  broadsheet start  runs',
          `broadsheet report ${edition.fullName}`,
        ]),
      );
    });
};

/** What is about to happen, and what has changed for the others. */
function previewLine(
  { terminal }: Shell,
  { fullName }: EditionRow,
  { list, reason, to }: Options,
  preview: RetryPreview,
): string {
  const words = { unknown: 'unknown', refused: 'refused', expired: 'expired' }[list];
  const which = `${words}${reason === undefined ? '' : ` (${readableReason(reason)})`}${to === undefined ? '' : `, ${to}`}`;
  const not = notAgain(preview);
  const total = preview.people + Object.values(not).reduce((sum, count) => sum + count, 0);
  if (total === 0)
    return markLine(terminal, 'look', 'nobody', [
      `of ${fullName} is ${which}`,
      `broadsheet report ${fullName}  shows who is`,
    ]);
  const changed = Object.entries(not)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => `${formatCount(count)} ${CHANGED[why as keyof typeof not]}`);
  return markLine(terminal, 'look', 'again', [
    `${fullName}, ${which}: ${plural(total, 'person', 'people')}`,
    ...(changed.length > 0
      ? [`not any more: ${changed.join(', ')}`]
      : ['nothing has changed for them since']),
    preview.people === 0
      ? 'Nobody is left to try.'
      : `${formatCount(preview.people)} would be tried again now`,
    ...(list === 'unknown' && preview.people > 0
      ? ['some of them may have it already: the second copy has the same Message-ID']
      : []),
  ]);
}

function notAgain({ people: _, ...not }: RetryPreview): Omit<RetryPreview, 'people'> {
  return not;
}

const CHANGED: Record<keyof Omit<RetryPreview, 'people'>, string> = {
  left: 'left since',
  suppressed: 'get no mail any more',
  paused: 'paused',
  noSection: 'have nothing of their sections in it now',
};

/** @throws RefusedError unless the number of people is typed. */
async function confirm({ terminal, signal }: Shell, people: number, { fullName }: EditionRow): Promise<void> {
  if (!terminal.interactive) {
    throw new RefusedError(
      `${plural(people, 'person', 'people')} of ${fullName} would be tried again. In a script: add --yes`,
    );
  }
  const { input } = await import('@inquirer/prompts');
  const typed = await input({ message: 'Type the number of people to try them again:' }, { signal });
  if (typed.replace(/[\s,.]/g, '') !== String(people))
    throw new RefusedError('Not that number. Nobody was tried again.');
}
