import type { Command } from 'commander';
import type { Selectable } from 'kysely';
import { type Facts, gatherFacts } from '../alerts/facts.ts';
import { clockRuns, lastTick, stoppedParts } from '../alerts/parts.ts';
import { findProblems, type Problem } from '../alerts/problems.ts';
import { openProblems } from '../alerts/tell.ts';
import { asSentence } from '../as-sentence.ts';
import type { Context } from '../context.ts';
import type { EditionState, EditionTable, SkippedReason } from '../database/tables/editions.ts';
import { readTrouble, triedAgain } from '../delivery/told-trouble.ts';
import { stateWords } from '../editions/state-words.ts';
import { upcomingEditions } from '../editions/upcoming.ts';
import { maskUrl } from '../log.ts';
import { listNewsletters, type Newsletter } from '../newsletters/newsletter.ts';
import { formatMoment } from '../terminal/moment.ts';
import { columnsInWidth, paragraph, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { runChecks } from './check.ts';
import type { DefineCommand } from './shell.ts';

interface Status {
  publicUrl: string;
  /** Without passwords, in the order of SMTP_URL, SMTP_URL_2, …; `inbox:` is the built-in inbox. */
  relays: string[];
  /** Running senders, on all machines. */
  senders: number;
  /**
   * Whether anything happens by itself, on whatever machine, and when something last did; null: the demo, which has no
   * clock.
   */
  clock: { runs: boolean; lastAt: string | null } | null;
  newsletters: {
    slug: string;
    name: string;
    enabled: boolean;
    readers: number;
    /** `words`: its state, once it is prepared. */
    next: { rhythm: string; at: string; timeZone: string; words: string | null } | null;
    last: {
      name: string;
      state: EditionState;
      words: string;
      /** Whether its time has passed and nothing of it has gone out. */
      late: boolean;
      skippedReason: SkippedReason | null;
      at: string;
      sent: number;
      total: number;
    } | null;
  }[];
  problems: { name: string; subject: string; text: string; since: string | null }[];
}

/** `broadsheet status`: what comes next, what came last, what is wrong. */
export const defineStatus: DefineCommand = (program, shell) => {
  program
    .command('status')
    .summary('the next editions, the last ones, and what is wrong')
    .option('--json', 'for scripts')
    .addHelpText('after', '\nExamples:\n  broadsheet status\n  broadsheet status --json | jq .problems')
    .action(async (options: { json?: boolean }, command: Command) => {
      const demo = command.optsWithGlobals<{ demo?: true }>().demo === true;
      await using context = await shell.open(command);
      const status = await readStatus(context, { demo });
      shell.terminal.out(
        options.json ? JSON.stringify(status, null, 2) : formatStatus(shell.terminal, status, context.now()),
      );
    });
};

async function readStatus(context: Context, { demo }: { demo: boolean }): Promise<Status> {
  const { db, config, secrets } = context;
  const facts = await gatherFacts(context);
  const known = await openProblems(db);
  const away = await relayAway(context);
  const last = lastTick(facts);
  const newsletters = await listNewsletters(db);
  return {
    publicUrl: config.publicUrl,
    relays: secrets.smtpUrls.map(maskUrl),
    senders: facts.senders,
    clock: demo ? null : { runs: clockRuns(facts), lastAt: last === null ? null : iso(last) },
    newsletters: await Promise.all(
      newsletters.map(async (newsletter) => ({
        slug: newsletter.slug,
        name: newsletter.name,
        enabled: newsletter.enabled,
        readers: await countReaders(context, newsletter),
        next: await nextEdition(context, newsletter),
        last: await lastEdition(context, newsletter),
      })),
    ),
    problems: (
      await allProblems(context, [...away, ...(demo ? findProblems(facts) : runningProblems(facts))])
    ).map((problem) => {
      const since = known.find(({ name }) => name === problem.name)?.since;
      return { ...problem, since: since === undefined ? null : iso(since) };
    }),
  };
}

/** What a sender has met at the relays, at this moment: for a person who asks, who need not wait for an alarm. */
async function relayAway({ db, now }: Context): Promise<Problem[]> {
  const trouble = await readTrouble(db, now());
  if (trouble === null) return [];
  const text = `${asSentence(trouble.response)} Nothing is lost; ${triedAgain(trouble, now())}.`;
  return [{ name: 'relay-away', subject: 'The relay takes no mail now', text }];
}

/** What is wrong with what runs, and what does not run at all; each once. */
function runningProblems(facts: Facts): Problem[] {
  const found = findProblems(facts);
  const told = new Set(found.map(({ name }) => `stopped:${name}`));
  return [...found, ...stoppedParts(facts).filter(({ name }) => !told.has(name))];
}

/** What is wrong with what runs, and what `check` would not let an edition go out with. */
async function allProblems(context: Context, running: Problem[]): Promise<Problem[]> {
  const checks = await runChecks(context, { dns: null });
  const said = new Set(running.map(({ name }) => name));
  return [
    ...running,
    ...checks
      .filter(({ mark, thing }) => mark === 'failed' && thing !== 'problem')
      .filter(({ thing }) => !said.has(SAME_AS[thing] ?? ''))
      .map(({ thing, found, todo }) => ({
        name: `check:${thing}`,
        subject: `${thing}: ${found}`,
        text: todo === undefined ? '' : `→ ${todo}`,
      })),
  ];
}

/** Checks that find what a problem of the same cause tells in its own words. */
const SAME_AS: Record<string, string> = {
  relay: 'relay',
  secret: 'installation',
  pages: 'installation',
  DKIM: 'signing',
};

async function nextEdition(
  { db, now }: Context,
  newsletter: Newsletter,
): Promise<Status['newsletters'][number]['next']> {
  const [next] = newsletter.enabled ? await upcomingEditions(db, newsletter, now(), 1) : [];
  if (next === undefined) return null;
  return {
    rhythm: next.rhythm,
    at: next.at.toString(),
    timeZone: newsletter.time_zone,
    words: next.edition ? stateWords(next.edition, newsletter, now()) : null,
  };
}

async function countReaders({ db }: Context, { id }: Newsletter): Promise<number> {
  const { count } = await db
    .selectFrom('subscriptions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('newsletter_id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirstOrThrow();
  return count;
}

async function lastEdition(
  { db, now }: Context,
  newsletter: Newsletter,
): Promise<Status['newsletters'][number]['last']> {
  const edition = await db
    .selectFrom('editions')
    .selectAll()
    .where('newsletter_id', '=', newsletter.id)
    // One that was sent before its time is over, too.
    .where((eb) =>
      eb.or([
        eb('slot_at', '<=', now().epochMilliseconds),
        eb('state', 'not in', ['draft', 'approved', 'held']),
      ]),
    )
    .orderBy('slot_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (edition === undefined) return null;
  const states = await db
    .selectFrom('deliveries')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .where('edition_id', '=', edition.id)
    .where('state', '<>', 'excluded')
    .groupBy('state')
    .execute();
  const progress = {
    sent: states.find(({ state }) => state === 'sent')?.count ?? 0,
    total: states.reduce((sum, { count }) => sum + count, 0),
  };
  const late = lateWords(edition, newsletter, now());
  return {
    name: `${newsletter.slug}/${edition.name}`,
    state: edition.state,
    words: [stateWords(edition, newsletter, now(), progress), ...(late === null ? [] : [late])].join(', '),
    late: late !== null,
    skippedReason: edition.skipped_reason,
    at: iso(edition.state_at),
    ...progress,
  };
}

/** What becomes of an edition whose time has passed; null: it is not late. */
function lateWords(
  { state, slot_at }: Pick<Selectable<EditionTable>, 'state' | 'slot_at'>,
  { enabled, approval, timing, time_zone }: Newsletter,
  now: Temporal.Instant,
): string | null {
  const waits = state === 'draft' || state === 'approved' || state === 'held';
  if (!waits || now.epochMilliseconds < slot_at + TICKS) return null;
  const deadline = Temporal.Instant.fromEpochMilliseconds(slot_at + timing.grace);
  const until = formatMoment(deadline, time_zone, now);
  if (!enabled) return `late: the newsletter is switched off; skipped at ${until}`;
  if (state === 'held') return `late: skipped at ${until} unless somebody releases it`;
  if (state === 'draft' && approval === 'required')
    return `late: skipped at ${until} unless somebody approves it`;
  return 'late';
}

/** The clock comes each minute. */
const TICKS = 2 * 60_000;

function formatStatus(terminal: Terminal, status: Status, now: Temporal.Instant): string {
  const rows = status.newsletters.map(({ slug, enabled, next, last, readers }) => {
    const moment = next && formatMoment(Temporal.Instant.from(next.at), next.timeZone, now);
    return [
      styled(terminal, 'bold', slug),
      moment ? `next ${moment}${next?.words ? `: ${next.words}` : ''}` : enabled ? '' : 'switched off',
      plural(readers, 'reader'),
      last ? `last ${last.name}: ${last.words}` : 'no edition yet',
    ];
  });
  const problems = status.problems.flatMap(({ subject, text, since }) => [
    ...paragraph(
      terminal,
      ` ${styled(terminal, 'red', '✗')} `,
      `${subject}${since ? `, since ${formatMoment(Temporal.Instant.from(since), 'UTC', now)}` : ''}`,
    ),
    ...(text === '' ? [] : paragraph(terminal, '   ', text)),
  ]);
  return [
    [
      status.publicUrl,
      relayWords(status.relays),
      status.senders === 0 ? 'no sender is running' : plural(status.senders, 'sender'),
      ...(status.clock === null ? [] : [status.clock.runs ? 'the clock runs' : 'the clock does not run']),
    ].join('   '),
    ...(status.clock === null ? [styled(terminal, 'dim', DEMO_CLOCK)] : []),
    '',
    ...(rows.length > 0 ? columnsInWidth(terminal, rows) : [' No newsletter yet:  broadsheet init']),
    '',
    ...(problems.length > 0 ? problems : [` ${styled(terminal, 'green', '✓')} Nothing is wrong.`]),
  ].join('\n');
}

const DEMO_CLOCK = 'The demo has no clock of its own: an edition goes out when you send it.';

function relayWords(relays: string[]): string {
  if (relays.length === 0) return 'no relay is set';
  const names = relays.map((relay) => (relay === 'inbox:' ? 'the built-in inbox' : relay)).join(' and ');
  return relays[0] === 'inbox:' ? names : `${relays.length === 1 ? 'relay' : 'relays'} ${names}`;
}

function iso(at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString();
}
