import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { InvalidArgumentError, Option } from 'commander';
import { jobs } from '../../jobs/index.ts';
import packageFile from '../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';
import { isPostgres } from '../database/dialect.ts';
import { looksRestored, markRestored } from '../delivery/restored.ts';
import { startSender } from '../delivery/sender.ts';
import { upcomingEditions } from '../editions/upcoming.ts';
import { startListener } from '../feedback/listener.ts';
import { freePort } from '../free-port.ts';
import { type Inbox, startInbox } from '../inbox/inbox.ts';
import { sendingAllowed } from '../installation.ts';
import { maskUrl } from '../log.ts';
import { listNewsletters } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { startScheduler } from '../scheduler.ts';
import { formatMoment } from '../terminal/moment.ts';
import { markLine, plural, type Terminal } from '../terminal/terminal.ts';
import { startWeb } from '../web/server.ts';
import { openRelays, requireSigning, totalRate } from './open-relay.ts';
import type { DefineCommand } from './shell.ts';
import { showStopped } from './stopped.ts';

const PARTS = ['web', 'scheduler', 'sender', 'bounces'] as const;
type Part = (typeof PARTS)[number];

/** `broadsheet start`: pages, clock and sender in one process, until Ctrl-C or SIGTERM. */
export const defineStart: DefineCommand = (program, shell) => {
  program
    .command('start')
    .summary('run it: pages, clock and sender, until Ctrl-C')
    .addOption(
      new Option('--only <parts>', `some of ${PARTS.join(',')}, to spread them over machines`)
        .argParser(readParts)
        .default([...PARTS], 'all of them'),
    )
    .addHelpText(
      'after',
      '\nStops in order on Ctrl-C and SIGTERM: what is on the wire is finished (STOP_SECONDS); a second Ctrl-C ends at once.\n\nExamples:\n  broadsheet start\n  broadsheet start --only web\n  broadsheet start --only scheduler,sender',
    )
    .action(async (options: { only: Part[] }, command) => {
      // Asked for first: a stop during the start counts.
      const { signal, terminal } = shell;
      await using context = await shell.open(command, { logLevel: 'info' });
      if (options.only.includes('sender')) await requireKeys(context);
      await using running = new AsyncDisposableStack();
      if (options.only.some((part) => part !== 'web')) await handOut(context, running);
      terminal.out(`Broadsheet ${packageFile.version}\n`);
      // Before anything is said to run: a port that is taken ends the start.
      const inbox = options.only.includes('sender') ? await runInbox(context, running) : null;
      if (options.only.some((part) => part !== 'web')) await stopRestored(context, terminal);
      const pages = options.only.includes('web') ? await runWeb(context, running, terminal) : null;
      if (options.only.includes('sender')) await runSender(context, running, terminal, inbox);
      if (options.only.includes('bounces')) await runListener(context, running, terminal, options.only);
      if (options.only.includes('scheduler')) runScheduler(context, running, terminal);
      terminal.out(['', ...(await nextEditions(context)), '', ' Ctrl-C stops.'].join('\n'));
      // Who reads the log on this terminal has just read it.
      if (!terminal.showsLog)
        logStart(
          context,
          options.only.filter((part) => part !== 'bounces' || context.config.bounceListen !== null),
          pages,
        );
      if (!signal.aborted) await once(signal, 'abort');
      terminal.out('\nStopping: what is on the wire is finished first. A second Ctrl-C ends at once.');
      await running.disposeAsync();
      context.log.info('Stopped');
    });
};

/** @param pages where they are served, of this process. */
function logStart({ db, config, log }: Context, parts: Part[], pages: string | null): void {
  const { version } = packageFile;
  const database = isPostgres(db) ? 'PostgreSQL' : 'SQLite';
  const { publicUrl } = config;
  log.info({ version, parts, database, ...(pages && { pages }), publicUrl }, 'Started');
}

/** @throws RefusedError when a newsletter goes out by the clock that could not be signed. */
async function requireKeys(context: Context): Promise<void> {
  requireSigning(
    (await listNewsletters(context.db)).filter(({ enabled }) => enabled),
    context,
  );
}

/** A copy put back without `restore` sends nothing either, before anything runs that would. */
async function stopRestored({ db, log, now }: Context, terminal: Terminal): Promise<void> {
  if (!(await looksRestored(db, now()))) return;
  const stopped = await markRestored(db, now());
  log.error({ stopped }, 'Mail has been due for two hours and nothing came of it: taken for a copy put back');
  const what = ['mail has been due for over 2 hours and nothing came of it: this may be a copy put back'];
  terminal.out(markLine(terminal, 'failed', 'database', what));
  showStopped(terminal, stopped);
}

/** Clock and senders on several machines: what the clock makes due, the senders hear of from the database. */
async function handOut(context: Context, running: AsyncDisposableStack): Promise<void> {
  if (!isPostgres(context.db)) return;
  const { pgBossHandout } = await import('../delivery/handout/pg-boss.ts');
  context.handout = running.use(await pgBossHandout(context));
}

/** @returns where the pages are served. */
async function runWeb(context: Context, running: AsyncDisposableStack, terminal: Terminal): Promise<string> {
  const { host, port, publicUrl } = context.config;
  const web = await startWeb(context).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new RefusedError(`Port ${port} of ${host} is taken: is Broadsheet already running? Else set PORT.`);
  });
  running.use(web);
  const seen = web.url === publicUrl ? '' : `, for readers ${publicUrl}`;
  terminal.out(markLine(terminal, 'done', 'pages', `${web.url}${seen}`));
  return web.url;
}

/** null: mail goes to a relay. Only its page may move to another port: other commands know where it takes mail. */
async function runInbox(
  { config, secrets, log }: Context,
  running: AsyncDisposableStack,
): Promise<Inbox | null> {
  if (secrets.smtpUrl !== 'inbox:') return null;
  const { inboxSmtpPort: smtpPort, inboxPort } = config;
  if ((await freePort(smtpPort)) !== smtpPort) {
    throw new RefusedError(
      `Port ${smtpPort} of 127.0.0.1 is taken, where the inbox takes mail: is Broadsheet (or another mail catcher) already running? Else set INBOX_SMTP_PORT.`,
    );
  }
  return running.use(await startInbox({ smtpPort, pagePort: await freePort(inboxPort), log }));
}

async function runSender(
  context: Context,
  running: AsyncDisposableStack,
  terminal: Terminal,
  inbox: Inbox | null,
): Promise<void> {
  const { config, secrets } = context;
  if (secrets.smtpUrl === null) {
    const todo = '→ set SMTP_URL, for example smtp://user:password@host:587';
    terminal.out(
      markLine(terminal, 'look', 'sending', ['no relay is set: editions wait, nothing is lost', todo]),
    );
    return;
  }
  if (inbox !== null) {
    const elsewhere = inbox.pageUrl.endsWith(`:${config.inboxPort}`)
      ? []
      : [`port ${config.inboxPort} is taken; INBOX_PORT chooses another`];
    const where = `${inbox.pageUrl}: mail goes there, none leaves this machine`;
    terminal.out(markLine(terminal, 'done', 'inbox', [where, ...elsewhere]));
  }
  const sending = await sendingAllowed(context);
  const sender = await startSender(context, openRelays(context));
  running.defer(() => sender.stop());
  const names = secrets.smtpUrls.map((url) => (url === 'inbox:' ? 'the inbox' : maskUrl(url))).join(' and ');
  terminal.out(
    sending.allowed
      ? markLine(terminal, 'done', 'sending', `over ${names}, at most ${totalRate(config)} a second`)
      : markLine(terminal, 'failed', 'sending', [sending.found, `→ ${sending.todo}`]),
  );
}

/** Off unless BOUNCE_LISTEN says where. */
async function runListener(
  context: Context,
  running: AsyncDisposableStack,
  terminal: Terminal,
  only: Part[],
): Promise<void> {
  const { bounceListen, bounceDomain } = context.config;
  if (bounceListen === null) {
    if (only.length > 1) return;
    throw new RefusedError(
      'BOUNCE_LISTEN is not set: there is nowhere to take bounces. Set it, for example to 0.0.0.0:2525.',
    );
  }
  const { host, port } = bounceListen;
  const listener = await startListener(context, bounceListen).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new RefusedError(
        `Port ${port} of ${host} is taken, where bounces are taken: set another in BOUNCE_LISTEN.`,
      );
    if (error.code === 'EACCES')
      throw new RefusedError(
        `Port ${port} of ${host} needs rights that this user has not: set BOUNCE_LISTEN=${host}:2525 and lead port ${port} there.`,
      );
    throw error;
  });
  running.use(listener);
  terminal.out(
    markLine(terminal, 'done', 'bounces', `mail to ${bounceDomain} is taken at ${host}:${listener.port}`),
  );
}

function runScheduler(context: Context, running: AsyncDisposableStack, terminal: Terminal): void {
  const scheduler = startScheduler(context, jobs);
  running.defer(async () => {
    const ended = await within(context.config.stopWithin, scheduler.stop());
    if (!ended)
      context.log.warn(
        'A task of the clock did not end in time (STOP_SECONDS) and is cut off; its next run goes on',
      );
  });
  terminal.out(
    markLine(terminal, 'done', 'clock', `${plural(Object.keys(jobs).length, 'task')}, each when it is due`),
  );
}

/** @returns whether `work` ended within `ms`. */
async function within(ms: number, work: Promise<void>): Promise<boolean> {
  const patience = new AbortController();
  const late = setTimeout(ms, false, { signal: patience.signal }).catch(() => false);
  const ended = await Promise.race([work.then(() => true), late]);
  patience.abort();
  return ended;
}

async function nextEditions({ db, now }: Context): Promise<string[]> {
  const newsletters = (await listNewsletters(db)).filter(({ enabled }) => enabled);
  if (newsletters.length === 0) return [' No newsletter yet:  broadsheet init'];
  const next = await Promise.all(
    newsletters.map(async (newsletter) =>
      (await upcomingEditions(db, newsletter, now(), 1)).map(({ at }) => ({
        at,
        slug: newsletter.slug,
        zone: newsletter.time_zone,
      })),
    ),
  );
  return next
    .flat()
    .sort((one, other) => Temporal.Instant.compare(one.at, other.at))
    .map(({ at, slug, zone }) => ` Next edition of ${slug}: ${formatMoment(at, zone, now())}`);
}

function readParts(text: string): Part[] {
  const parts = text.split(',').map((part) => part.trim());
  const wrong = parts.find((part) => !PARTS.includes(part as Part));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`Expected some of ${PARTS.join(',')}, found ${wrong}.`);
  return parts as Part[];
}
