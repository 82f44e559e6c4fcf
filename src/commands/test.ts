import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { countDueNotices, sendNotice } from '../delivery/notices.ts';
import type { Relay } from '../delivery/relay.ts';
import { LEASE } from '../delivery/senders.ts';
import { Tenure } from '../delivery/tenure.ts';
import { findEdition } from '../editions/find.ts';
import { previewRevision } from '../editions/prepare.ts';
import { readRevision } from '../editions/read-revision.ts';
import type { Revision } from '../editions/revision.ts';
import { sendingAllowed } from '../installation.ts';
import { namedNewsletter } from '../newsletters/newsletter.ts';
import { type NoticeData, queueNotice } from '../notices/notice.ts';
import { RefusedError } from '../refused-error.ts';
import { parseAddress } from '../subscribers/address.ts';
import { formatMoment } from '../terminal/moment.ts';
import { saying } from '../terminal/progress.ts';
import { plural, styled } from '../terminal/terminal.ts';
import { MisuseError } from './misuse.ts';
import { openRelays, requireRelay, requireSigning, warnOfRelays } from './open-relay.ts';
import { noticeWords } from './send-summary.ts';
import type { DefineCommand } from './shell.ts';

/** More would be a mailing. */
const MOST = 20;

/** `broadsheet test NEWSLETTER --to ADDRESS…`: the edition as a reader would get it, really sent. */
export const defineTest: DefineCommand = (program, shell) => {
  program
    .command('test')
    .argument('<edition>', 'morning for what comes next, or morning/2026-11-24')
    .summary('send an edition to yourself, marked as a test')
    .requiredOption('--to <address...>', `who gets it: at most ${MOST} addresses`)
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet test morning --to you@news.example\n  broadsheet test morning/2026-11-24 --to you@news.example colleague@news.example\n\nA test counts nowhere: its links to leave and to choose do nothing.',
    )
    .action(async (name: string, { to, json }: { to: string[]; json?: boolean }, command: Command) => {
      const addresses = checkedAddresses(to);
      await using context = await shell.open(command);
      const { terminal } = shell;
      const allowed = await sendingAllowed(context);
      if (!allowed.allowed) throw new RefusedError(`${allowed.reason}.`);
      const notices = await countDueNotices(context);
      const waiting = notices.size > 0 ? ` ${noticeWords(notices)} leave first…` : ' Sending…';
      const demo = command.optsWithGlobals<{ demo?: true }>().demo === true;
      const { asked, revision, sent } = await saying(terminal, waiting, async () => {
        const asked = await requireRelay(context, { demo });
        return { asked, ...(await sendTest(context, name, addresses, asked.first)) };
      });
      warnOfRelays(terminal, asked);
      if (json) terminal.out(JSON.stringify({ edition: revision.edition.name, sent }, null, 2));
      else {
        const { newsletter, edition, number } = revision;
        const slot = Temporal.Instant.fromEpochMilliseconds(edition.slotAt);
        terminal.out(
          `Test of ${styled(terminal, 'bold', newsletter.name)}, ${formatMoment(slot, newsletter.time_zone, context.now())}, ${number === 0 ? 'as it would be now' : `revision ${number}`}`,
        );
        for (const { address, state, response } of sent) {
          const mark = state === 'sent' ? styled(terminal, 'green', '✓') : styled(terminal, 'red', '✗');
          terminal.out(` ${mark} ${address}  ${state === 'sent' ? 'sent' : response}`);
        }
      }
      const failed = sent.filter(({ state }) => state !== 'sent').length;
      if (failed > 0) throw new RefusedError(`${plural(failed, 'test')} of ${sent.length} did not leave.`);
    });
};

/**
 * Sends an edition, prepared or what it would be now, to a few addresses over one relay.
 * @param relayAt its place in the order of SMTP_URL, SMTP_URL_2, …
 * @throws RefusedError when it has no story, when it cannot be signed, or when the relay is not there.
 */
export async function sendTest(
  context: Context,
  name: string,
  addresses: string[],
  relayAt = 0,
): Promise<{ revision: Revision; sent: SentTest[] }> {
  const revision = await namedRevision(context, name);
  if (revision.items.length === 0) throw new RefusedError(`${revision.edition.name} has no story to show.`);
  requireSigning([revision.newsletter], context);
  const relays = openRelays(context);
  await using closing = new AsyncDisposableStack();
  for (const each of relays) closing.use(each);
  const relay = relays[relayAt] as Relay;
  return { revision, sent: await sendTests(context, relay, revision, addresses) };
}

/** @throws MisuseError naming all that are no addresses, or when they are too many. */
function checkedAddresses(given: string[]): string[] {
  const faults: string[] = [];
  const addresses = new Set<string>();
  for (const text of given) {
    try {
      addresses.add(parseAddress(text));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      faults.push(error.message);
    }
  }
  if (addresses.size > MOST) {
    faults.push(`A test goes to at most ${MOST} addresses, not to ${addresses.size}.`);
  }
  if (faults.length > 0) throw new MisuseError(faults.join(' '));
  return [...addresses];
}

/** A prepared edition, or what a newsletter's next one would be. */
async function namedRevision(context: Context, name: string): Promise<Revision> {
  if (name.includes('/')) return readRevision(context.db, (await findEdition(context.db, name)).id);
  return previewRevision(context, await namedNewsletter(context.db, name), null);
}

interface SentTest {
  address: string;
  state: string;
  response: string;
}

async function sendTests(
  context: Context,
  relay: Relay,
  revision: Revision,
  addresses: string[],
): Promise<SentTest[]> {
  const { db, now } = context;
  const data = dataOf(revision);
  const tokens = new Map<string, string>();
  await db.transaction().execute(async (tx) => {
    for (const address of addresses) tokens.set(await queueNotice(tx, 'test', address, data, now()), address);
  });
  // Whatever else waits goes first, in its own order; a running sender may be faster than we are.
  const tenure = await Tenure.begin(db, LEASE);
  try {
    await tenure.claimNotices(MOST, now());
    do {
      for (let notice = tenure.notices.depart(); notice !== undefined; notice = tenure.notices.depart()) {
        const outcome = await sendNotice(context, relay, tenure.id, notice, Math.random());
        tenure.notices.landed(notice);
        if (outcome?.kind === 'relay') {
          throw new RefusedError(
            `The relay is not there: ${outcome.response}. The test waits for an hour; \`broadsheet start\` sends it once the relay answers.`,
          );
        }
        // A running sender that took us for dead sends the rest.
        await tenure.renew();
      }
      if (tenure.lost) break;
      await tenure.claimNotices(MOST, now());
    } while (tenure.notices.waiting > 0);
    return await statesOf(context, tokens);
  } finally {
    await tenure.leave();
  }
}

function dataOf({ newsletter, edition, number }: Revision): NoticeData['test'] {
  if (number > 0) return { editionId: edition.id, revision: number };
  return { newsletterId: newsletter.id, at: edition.slotAt };
}

async function statesOf({ db }: Context, tokens: Map<string, string>): Promise<SentTest[]> {
  const rows = await db
    .selectFrom('notices')
    .select(['token', 'state', 'response'])
    .where('token', 'in', [...tokens.keys()])
    .orderBy('id')
    .execute();
  return rows.map(({ token, state, response }) => ({
    address: tokens.get(token) ?? '',
    state,
    response: response ?? 'waits for the relay',
  }));
}
