import type { Command } from 'commander';
import { asSentence } from '../as-sentence.ts';
import type { Context } from '../context.ts';
import { countDueNotices } from '../delivery/notices.ts';
import { deliveryReport } from '../delivery/report.ts';
import { sendNow } from '../delivery/send-now.ts';
import { LEASE } from '../delivery/senders.ts';
import { approveShown } from '../editions/approve-shown.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { previewRevision } from '../editions/prepare.ts';
import type { Revision } from '../editions/revision.ts';
import { nextSlots, previousSlots, type Slot } from '../editions/slots.ts';
import { stateWords } from '../editions/state-words.ts';
import { sendingAllowed } from '../installation.ts';
import { type Newsletter, namedNewsletter } from '../newsletters/newsletter.ts';
import { RHYTHMS, type Rhythm } from '../newsletters/settings.ts';
import { RefusedError } from '../refused-error.ts';
import { formatMoment } from '../terminal/moment.ts';
import { saying, startProgress } from '../terminal/progress.ts';
import { formatCount, markLine, plural } from '../terminal/terminal.ts';
import { type AudiencePreview, audiencePreview } from './audience-preview.ts';
import { byWhom, withBy } from './by-whom.ts';
import { printChecks, runChecks } from './check.ts';
import { openRelays, relayNames, requireRelay, requireSigning, warnOfRelays } from './open-relay.ts';
import { readTime } from './read-time.ts';
import { reasonWords, sumWords } from './report-words.ts';
import { sendProgress } from './send-progress.ts';
import { sameTimeLines, sendSummary } from './send-summary.ts';
import type { DefineCommand, Shell } from './shell.ts';

interface SendOptions {
  at?: string;
  rhythm?: string;
  yes?: boolean;
  by?: string;
}

/** `broadsheet send NEWSLETTER`: its edition of now, to everybody, at once. */
export const defineSend: DefineCommand = (program, shell) => {
  withBy(program.command('send'))
    .argument('<newsletter>', 'its slug: morning')
    .summary('send an edition to its readers now')
    .option('--at <time>', 'the edition of another time: 2026-11-24T07:00 (in its own zone); it leaves now')
    .option('--rhythm <rhythm>', 'of several that go out at the same time: daily, weekdays, weekly')
    .option('--yes', 'do not ask: for scripts')
    .addHelpText(
      'after',
      '\nWithout --at: the next edition where its draft is made already, else the one of the last time on its schedule (of a new\nnewsletter: the first, early).\nAn edition goes out once: asking again says when it did.\n\nExamples:\n  broadsheet send morning\n  broadsheet send morning --at 2026-11-24T07:00 --yes',
    )
    .action(async (slug: string, options: SendOptions, command: Command) => {
      const { terminal } = shell;
      // A person is told of the relay's trouble in words.
      await using context = await shell.open(command, { logLevel: terminal.interactive ? 'error' : 'warn' });
      const newsletter = await namedNewsletter(context.db, slug);
      const rhythm = options.rhythm === undefined ? null : offeredRhythm(options.rhythm, newsletter);
      const slot =
        options.at === undefined
          ? await slotOfNow(context, newsletter, rhythm)
          : { at: readTime(options.at, newsletter.time_zone), rhythm };
      const revision = await previewRevision(context, newsletter, slot.at, slot.rhythm);
      const known = await editionOf(context, revision);
      const went = known === null ? null : await wentWords(context, newsletter, known);
      if (went !== null) {
        terminal.out([went, ...sameTimeLines(revision)].join('\n'));
        return;
      }
      refuseUnsendable(known, revision, newsletter, context);
      const allowed = await sendingAllowed(context);
      if (!allowed.allowed) throw new RefusedError(`${allowed.reason}.`);
      requireSigning([newsletter], context);
      const goesOn = known?.state === 'sending';
      const asks = !goesOn && !options.yes;
      const demo = command.optsWithGlobals<{ demo?: true }>().demo === true;
      const { asked, people, left, notices, checks } = await saying(
        terminal,
        ' Asking the relay, and looking for what is wrong…',
        async () => {
          const asked = await requireRelay(context, { demo });
          return {
            asked,
            people: await audiencePreview(context.db, revision, context.now()),
            left: goesOn ? (await deliveryReport(context.db, known.id)).open.total : null,
            notices: await countDueNotices(context),
            // Other servers may take seconds to answer: only for somebody who reads it.
            checks: await runChecks(context, { dns: asks && terminal.interactive ? shell.dns : null }),
          };
        },
      );
      warnOfRelays(terminal, asked);
      const relays = openRelays(context);
      terminal.out(
        await sendSummary(context, terminal, { revision, people, left, notices, relay: relayNames(relays) }),
      );
      const faults = checks.filter(({ mark }) => mark === 'failed');
      if (faults.length > 0) {
        printChecks(terminal, faults);
        terminal.out('');
      }
      if (goesOn) terminal.out(GOES_ON);
      if (asks) await confirm(shell, people, faults.length);
      const editionId = await approveShown(context, revision, byWhom(options, shell));
      await run(context, shell, editionId, relays);
    });
};

const GOES_ON = ` It goes on where it stopped. What a process that died had in hand is free after ${LEASE.goodFor / 1000} seconds.\n`;

/** @throws RefusedError naming those that the newsletter offers. */
function offeredRhythm(text: string, { slug, rhythms }: Newsletter): Rhythm {
  const offered = RHYTHMS.filter((rhythm) => rhythms[rhythm] !== undefined);
  const found = offered.find((rhythm) => rhythm === text);
  if (found !== undefined) return found;
  throw new RefusedError(`${slug} has no rhythm ${text}. It has ${offered.join(', ')}.`);
}

/** The next slot where its draft is made, else the last one on the schedule; of one rhythm, or of any. */
async function slotOfNow(
  context: Context,
  newsletter: Newsletter,
  rhythm: Rhythm | null,
): Promise<Slot | { at: Temporal.Instant; rhythm: Rhythm | null }> {
  const now = context.now();
  const rhythms = rhythm === null ? newsletter.rhythms : { [rhythm]: newsletter.rhythms[rhythm] };
  const schedule = { ...newsletter, rhythms };
  const [next] = nextSlots(schedule, now, 1);
  const [last] = previousSlots(schedule, now, 1);
  // A time from before the newsletter existed is nobody's: `preview` shows the next one too.
  const before = last === undefined || last.at.epochMilliseconds < newsletter.enabledAt;
  if (before) return next ?? { at: now, rhythm };
  if (next === undefined) return last;
  const made = await context.db
    .selectFrom('editions')
    .select('id')
    .where('newsletter_id', '=', newsletter.id)
    .where('rhythm', '=', next.rhythm)
    .where('slot_at', '=', next.at.epochMilliseconds)
    .where('state', 'not in', ['skipped', 'cancelled'])
    .executeTakeFirst();
  return made === undefined ? last : next;
}

async function editionOf({ db }: Context, { edition }: Revision): Promise<EditionRow | null> {
  return edition.id === 0 ? null : findEdition(db, edition.name);
}

/**
 * `morning/2026-11-24 went out on Tue 24 Nov, 07:00 Europe/London: 7,371 sent.`
 * @returns null when there is something of it to send now.
 */
async function wentWords(
  context: Context,
  newsletter: Newsletter,
  edition: EditionRow,
): Promise<string | null> {
  const { fullName, state } = edition;
  if (state !== 'sent' && state !== 'cancelled' && state !== 'sending') return null;
  const { sent, open } = await deliveryReport(context.db, edition.id);
  const now = context.now();
  if (state === 'sending' && (open.waiting > 0 || (open.nextTryAt ?? 0) <= now.epochMilliseconds))
    return null;
  const moment = (at: number) =>
    formatMoment(Temporal.Instant.fromEpochMilliseconds(at), newsletter.time_zone, now);
  const when = moment(edition.sending_at ?? edition.state_at);
  const count = `${formatCount(sent.total)} sent`;
  const what = {
    sent: `went out on ${when}: ${count}. An edition goes out once.`,
    cancelled: `was stopped by ${edition.state_by} on ${when}: ${count} before.`,
    sending: `went out on ${when}: ${count}, ${formatCount(open.later)} to be tried again from ${moment(open.nextTryAt ?? 0)} on.`,
  };
  return `${fullName} ${what[state]}\n\n Report   broadsheet report ${fullName}`;
}

/** @throws RefusedError when somebody has to decide something first, or when there is nothing to send. */
function refuseUnsendable(
  known: EditionRow | null,
  revision: Revision,
  newsletter: Newsletter,
  { now }: Context,
): void {
  if (known?.state === 'held')
    throw new RefusedError(
      `${known.fullName} is held by ${known.state_by}${known.state_note ? ` (${known.state_note})` : ''}. Let go of it first:  broadsheet edition release ${known.fullName}`,
    );
  if (known?.state === 'paused') {
    throw new RefusedError(
      `${known.fullName}: ${stateWords(known, newsletter, now())}. Let it go on first:  broadsheet edition resume ${known.fullName}`,
    );
  }
  if (known?.state === 'skipped') {
    const local = now()
      .round({ smallestUnit: 'minute', roundingMode: 'ceil' })
      .toZonedDateTimeISO(newsletter.time_zone);
    const time = local.toPlainDateTime().toString({ smallestUnit: 'minute' });
    throw new RefusedError(
      `${known.fullName}: ${stateWords(known, newsletter, now())}. What is news now goes out under another time:  broadsheet send ${newsletter.slug} --at ${time}`,
    );
  }
  if (revision.items.length === 0)
    throw new RefusedError(
      `${revision.edition.name} has no story to send. Why:  broadsheet why ${newsletter.slug}`,
    );
}

/** @throws RefusedError unless the number of people is typed. */
async function confirm(
  { terminal, signal }: Shell,
  { people }: AudiencePreview,
  faults: number,
): Promise<void> {
  if (!terminal.interactive) {
    throw new RefusedError(`${plural(people, 'person', 'people')} would get it. In a script: add --yes`);
  }
  const { input } = await import('@inquirer/prompts');
  const typed = await input(
    { message: `Type the number of people to send it${faults > 0 ? ' all the same' : ''}:` },
    { signal },
  );
  if (typed.replace(/[\s,.]/g, '') !== String(people))
    throw new RefusedError('Not that number. Nothing was sent.');
}

async function run(
  context: Context,
  { terminal, signal }: Shell,
  editionId: number,
  relays: ReturnType<typeof openRelays>,
): Promise<void> {
  const started = performance.now();
  const bar = startProgress(terminal, 1);
  bar.say(' Writing down who gets it…');
  const stopping = () => bar.say(' Stopping: what is on the wire is finished first, and nobody is lost.');
  signal.addEventListener('abort', stopping);
  const show = sendProgress(terminal, bar, relayNames(relays));
  const state = await sendNow(context, relays, editionId, {
    signal,
    onProgress: (progress) => {
      if (!signal.aborted) show(progress);
    },
  }).finally(() => {
    signal.removeEventListener('abort', stopping);
    bar.stop();
  });
  const edition = await context.db
    .selectFrom('editions')
    .innerJoin('newsletters', 'newsletters.id', 'editions.newsletter_id')
    .select(['newsletters.slug', 'editions.name', 'state_note'])
    .where('editions.id', '=', editionId)
    .executeTakeFirstOrThrow();
  const name = `${edition.slug}/${edition.name}`;
  const report = await deliveryReport(context.db, editionId);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  terminal.out(
    markLine(terminal, state === 'sent' ? 'done' : 'look', state === 'sent' ? 'sent' : 'sending', [
      `${plural(report.sent.total, 'message')} over ${relayNames(relays)} in ${seconds} s`,
      sumWords(report),
      ...(report.excluded.total > 0 ? [`left out: ${reasonWords(report.excluded)}`] : []),
      ...(report.refused.total > 0 ? [`refused: ${reasonWords(report.refused)}`] : []),
      ...(state === 'sending' && report.open.total > 0
        ? [`${plural(report.open.total, 'person', 'people')} left:  broadsheet start  goes on with them`]
        : []),
    ]),
  );
  terminal.out(`\n Report   broadsheet report ${name}`);
  if (state === 'paused')
    throw new RefusedError(
      `${name} was paused on the way: ${asSentence(edition.state_note ?? 'by a person')} Nobody is lost.`,
    );
  if (signal.aborted) throw new RefusedError('Stopped; nobody is lost.');
}
