import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { EditionState } from '../database/tables/editions.ts';
import { deliveryReport } from '../delivery/report.ts';
import { excludeStopped } from '../delivery/stop.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { approve, cancel, hold, pause, release, resume, takeBackApproval } from '../editions/life.ts';
import { goesOutAt } from '../editions/release-due.ts';
import { stateWords } from '../editions/state-words.ts';
import { sendingAllowed } from '../installation.ts';
import { getNewsletter, type Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { formatMoment } from '../terminal/moment.ts';
import { markLine, plural } from '../terminal/terminal.ts';
import { byWhom, withBy } from './by-whom.ts';
import { jsonOf } from './json.ts';
import { openEdition } from './open-edition.ts';
import type { Shell } from './shell.ts';
import { whoHasWhat, whoHasWhatLines } from './who-has-what.ts';
import { wholeNumber } from './whole-number.ts';

type Options = {
  by?: string;
  note?: string;
  revision?: number;
  undo?: boolean;
  yes?: boolean;
  json?: boolean;
};

/** `broadsheet edition approve|hold|release|pause|resume|cancel`: what people decide about an edition. */
export function defineEditionLife(edition: Command, shell: Shell): void {
  const decide = (name: string, summary: string, examples: string[]) =>
    withBy(edition.command(name))
      .argument('<edition>', 'morning/2026-11-24, or morning for its present one')
      .summary(summary)
      .option('--json', 'for scripts: where it stands then')
      .addHelpText(
        'after',
        `\nExamples:\n${examples.map((each) => `  broadsheet edition ${name} ${each}`).join('\n')}`,
      );
  const act =
    (
      states: readonly EditionState[],
      work: (context: Context, found: EditionRow, options: Options, by: string) => Promise<void>,
    ) =>
    async (name: string, options: Options, command: Command): Promise<void> => {
      await using context = await shell.open(command);
      const found = await openEdition(context, name, states);
      await work(context, found, options, byWhom(options, shell));
      await printState(context, shell, found, options.json === true);
    };

  decide('approve', 'let an edition go out, as it is now', [
    'morning',
    'morning/2026-11-24 --revision 4 --by Mai',
    'morning --undo',
  ])
    .option('--revision <number>', 'only when this is its present revision', wholeNumber)
    .option('--undo', 'take the approval back, before it goes out')
    .action(
      act(['draft', 'approved'], async ({ db, now }, { id }, options, by) => {
        if (options.undo) return takeBackApproval(db, id, by, now());
        await approve(db, id, by, now(), options.revision);
      }),
    );

  decide('hold', 'keep an edition from going out', [
    'morning --note "waiting for legal"',
    'morning --json | jq .skippedAt',
  ])
    .option('--note <text>', 'what it waits for')
    .action(
      act(['draft', 'approved'], ({ db, now }, { id }, { note }, by) =>
        hold(db, id, note ?? null, by, now()),
      ),
    );

  decide('release', 'let go of an edition that is held', ['morning', 'morning/2026-11-24 --by Jo']).action(
    act(['held'], async ({ db, now }, { id }, _options, by) => {
      await release(db, id, by, now());
    }),
  );

  decide('pause', 'stop an edition that is going out, until it is resumed', [
    'morning --note "wrong vote count"',
  ])
    .option('--note <text>', 'why')
    .action(
      act(['sending'], async ({ db, now }, { id, fullName }, { note }, by) => {
        if (await pause(db, id, 'person', note ?? null, by, now())) return;
        throw new RefusedError(`${fullName} is not going out: there is nothing to pause.`);
      }),
    );

  decide('resume', 'let a paused edition go on, with its present revision', [
    'morning',
    'morning/2026-11-24 --by Jo',
  ])
    .option('--yes', 'for scripts that always say it: resume asks nothing')
    .action(
      act(['paused'], async (context, { id, state, fullName }, _options, by) => {
        const allowed = await sendingAllowed(context);
        if (state === 'paused' && !allowed.allowed)
          throw new RefusedError(`${fullName} stays paused, for sending is off. ${allowed.reason}`);
        await resume(context.db, id, by, context.now());
      }),
    );

  decide('cancel', 'stop an edition for good: what has not left never will', [
    'morning',
    'morning/2026-11-24 --note "withdrawn" --yes',
  ])
    .option('--note <text>', 'why')
    .option('--yes', 'do not ask')
    .action(
      act(STOPPABLE, async ({ db, now }, found, options, by) => {
        if (!options.yes && STOPPABLE.includes(found.state)) await confirmStop(db, shell, found);
        await cancel(db, found.id, options.note ?? null, by, now());
        // At once, so that what is said next holds; what a sender has in hand, the clock leaves out.
        await excludeStopped({ db }, undefined, [found.id]);
      }),
    );
}

/** Nobody is asked about one that is over: it is refused at once. */
const STOPPABLE: readonly EditionState[] = ['draft', 'approved', 'held', 'sending', 'paused'];

async function confirmStop(db: Db, { terminal }: Shell, { id, fullName }: EditionRow): Promise<void> {
  if (!terminal.interactive) {
    throw new RefusedError(
      `${fullName} would be stopped for good. In a script: broadsheet edition cancel ${fullName} --yes`,
    );
  }
  const { confirm } = await import('@inquirer/prompts');
  const { audience, open } = await deliveryReport(db, id);
  const whom = audience === 0 ? '' : ` ${plural(open.total, 'person', 'people')} would get nothing.`;
  const sure = await confirm({ message: `Stop ${fullName} for good?${whom}`, default: false });
  if (!sure) throw new RefusedError('Nothing was changed.');
}

/** Where it stands now, and what happens next. */
async function printState(
  context: Context,
  { terminal, now }: Shell,
  found: EditionRow,
  json: boolean,
): Promise<void> {
  const row = await findEdition(context.db, found.fullName);
  const newsletter = await getNewsletter(context.db, row.newsletter_id);
  const next = nextOf(row, newsletter, now().epochMilliseconds);
  const words = stateWords(row, newsletter, now());
  const report = row.sending_at === null ? null : await deliveryReport(context.db, row.id);
  if (json) {
    const { fullName: name, state, revision, approved_revision: approvedRevision } = row;
    const account = report === null ? {} : { account: whoHasWhat(report) };
    terminal.out(jsonOf({ name, state, words, revision, approvedRevision, ...next, ...account }));
    return;
  }
  const moment = (at: number) =>
    formatMoment(Temporal.Instant.fromEpochMilliseconds(at), newsletter.time_zone, now());
  const lines = [
    ...(next.goesOutAt === null
      ? []
      : [`goes out ${moment(next.goesOutAt)}${row.state === 'draft' ? ' by itself' : ''}`]),
    ...(next.skippedAt === null ? [] : [skippedWords(row, moment(next.skippedAt))]),
    ...(report === null ? [] : whoHasWhatLines(row, report)),
  ];
  terminal.out(markLine(terminal, 'done', 'edition', [`${row.fullName}: ${words}`, ...lines]));
}

/** When it leaves, and when it is too late for it, ms UTC; null: neither is so by itself. */
function nextOf(
  row: EditionRow,
  newsletter: Newsletter,
  now: number,
): { goesOutAt: number | null; skippedAt: number | null } {
  const skippedAt = row.slot_at + newsletter.timing.grace;
  switch (row.state) {
    case 'approved':
      return { goesOutAt: Math.max(goesOutAt(row, newsletter), now), skippedAt: null };
    case 'held':
      return { goesOutAt: null, skippedAt };
    case 'draft':
      return newsletter.approval === 'required'
        ? { goesOutAt: null, skippedAt }
        : { goesOutAt: row.slot_at, skippedAt: null };
    default:
      return { goesOutAt: null, skippedAt: null };
  }
}

function skippedWords({ state, fullName }: EditionRow, deadline: string): string {
  return state === 'held'
    ? `skipped when it is still held at ${deadline}   broadsheet edition release ${fullName}`
    : `skipped when nobody approves it by ${deadline}`;
}
