import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { type OpenContext, openContext } from '../context.ts';
import { migrate } from '../database/migrate.ts';
import { deliveryReport } from '../delivery/report.ts';
import { sendNow } from '../delivery/send-now.ts';
import { startSender } from '../delivery/sender.ts';
import { DEMO_DATABASE, DEMO_FOLDER, demoEnvironment, writeDemoEnvironment } from '../demo/environment.ts';
import { importNewsletters, importSince, importStories } from '../demo/import-newsroom.ts';
import { clockFrom, lastMorning } from '../demo/morning.ts';
import { type SampleNewsroom, writeSampleNewsroom } from '../demo/sample-newsroom.ts';
import { writeMessage } from '../demo/write-message.ts';
import { approve, BROADSHEET } from '../editions/life.ts';
import { prepareEdition } from '../editions/prepare.ts';
import { readRevision } from '../editions/read-revision.ts';
import type { Revision } from '../editions/revision.ts';
import { nextSlots, previousSlots } from '../editions/slots.ts';
import { freePort } from '../free-port.ts';
import { type Inbox, startInbox } from '../inbox/inbox.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { markLine, plural, styled } from '../terminal/terminal.ts';
import { startWeb } from '../web/server.ts';
import { draftLine, editionLines, seconds, sentLines, storiesLine, timed } from './demo-words.ts';
import { openRelays } from './open-relay.ts';
import type { DefineCommand, Shell } from './shell.ts';

/** `broadsheet demo`: the whole way from stories to inboxes, on a small newsroom of its own. */
export const defineDemo: DefineCommand = (program, shell) => {
  program
    .command('demo')
    .summary('watch it work: a small newsroom, an edition, an inbox')
    .option('--once', 'end when the edition is sent, instead of keeping the inbox open')
    .addHelpText(
      'after',
      `\nIt plays the last morning in a folder of its own (${DEMO_FOLDER}/), begins anew each time, and reads none of your settings.\nNo mail leaves this machine.\n\nExamples:\n  broadsheet demo\n  broadsheet demo --once\n  broadsheet why morning --demo`,
    )
    .action(async ({ once: onlyOnce = false }: { once?: boolean }) => {
      // Asked for first: a Ctrl-C during the start counts.
      const { signal, terminal } = shell;
      await using demo = await startDemo(shell, { keepOpen: !onlyOnce });
      const { slug } = await playMorning(demo, shell);
      goOn(signal);
      if (onlyOnce) return;
      terminal.out(
        [
          '',
          ` Inbox        ${styled(terminal, 'bold', demo.inbox.pageUrl)}`,
          ` For readers  ${demo.context.config.publicUrl}   joining, choices and leaving work; their mail comes to the inbox`,
          ` Send         npx broadsheet send ${slug} --demo   the draft, to the inbox`,
          '',
          ' Ctrl-C ends the demo.',
        ].join('\n'),
      );
      await serve(demo, signal);
    });
};

/** @throws RefusedError after a Ctrl-C. */
function goOn(signal: AbortSignal): void {
  if (signal.aborted) throw new RefusedError('Stopped.');
}

interface Demo extends AsyncDisposable {
  context: OpenContext;
  inbox: Inbox;
  newsroom: SampleNewsroom;
  /** The moment that is played. */
  morning: Temporal.Instant;
}

/** Begins anew: folder, database, inbox and pages. */
async function startDemo(shell: Shell, { keepOpen }: { keepOpen: boolean }): Promise<Demo> {
  const { terminal, folder } = shell;
  const own = `in its own folder (${DEMO_FOLDER}/)`;
  terminal.out(`Broadsheet demo: a small newsroom ${own}. Your .env is not read.\n`);
  const started = performance.now();
  await using starting = new AsyncDisposableStack();
  await refuseSecond(folder);
  rmSync(join(folder, DEMO_FOLDER), { recursive: true, force: true });

  const morning = await lastMorning(shell.now());
  const port = await freePort(keepOpen ? 3000 : 0);
  const publicUrl = `http://localhost:${port}`;
  const newsroom = await writeSampleNewsroom(join(folder, DEMO_FOLDER, 'newsroom'), morning, publicUrl);
  const now = clockFrom(morning, shell.now);
  const pagePort = keepOpen ? await freePort(8025) : 0;
  const inbox = starting.use(await startInbox({ pagePort, now }));
  writeDemoEnvironment(folder, {
    PUBLIC_URL: publicUrl,
    SECRET_KEY: randomBytes(32).toString('hex'),
    SMTP_URL: 'inbox:',
    INBOX_SMTP_PORT: new URL(inbox.smtpUrl).port,
    // The inbox is on this machine: nobody has to be spared.
    SMTP_RATE: '200',
    LOG_LEVEL: 'warn' satisfies Config['logLevel'],
  });
  const context = starting.use(openContext(readConfig(demoEnvironment(folder), folder), { now }));
  await migrate(context.db);
  if (keepOpen)
    starting.use(await startWeb(context, { host: '127.0.0.1', port, pictures: newsroom.pictures }));
  const line = markLine(terminal, 'done', 'database', DEMO_DATABASE);
  terminal.out(timed(terminal, line, performance.now() - started));
  const running = starting.move();
  return { context, inbox, newsroom, morning, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Beginning anew would take the database from under a demo that runs. @throws RefusedError */
async function refuseSecond(folder: string): Promise<void> {
  const port = Number(demoEnvironment(folder).INBOX_SMTP_PORT ?? 0);
  if (port === 0 || (await freePort(port)) === port) return;
  throw new RefusedError(
    `A demo is running in this folder already: end it there with Ctrl-C. (If none is, remove ${DEMO_FOLDER}/.)`,
  );
}

/** Stories in, the morning's edition out, what became of it, and the next one's draft. @returns the main newsletter. */
async function playMorning(demo: Demo, { terminal, folder, signal }: Shell): Promise<Newsletter> {
  const { context, inbox, newsroom, morning } = demo;
  const began = performance.now();
  const step = async <Result>(
    work: () => Promise<Result>,
    words: (result: Result) => string | Promise<string>,
  ) => {
    goOn(signal);
    const started = performance.now();
    const result = await work();
    const took = performance.now() - started;
    return { result, line: timed(terminal, await words(result), took) };
  };

  const stories = await step(
    () => importStories(context, newsroom),
    (documents) => storiesLine(terminal, documents),
  );
  terminal.out(stories.line);

  const newsletters = await importNewsletters(context, newsroom);
  const [main, ...others] = newsletters as [Newsletter, ...Newsletter[]];
  const edition = await step(
    () => prepare(demo, main, morning),
    (revision) => editionLines(terminal, context, revision),
  );
  terminal.out(edition.line);

  // First, so that the main one lies on top in the inbox.
  const also = await step(
    () => sendOthers(demo, others),
    (editions) => markLine(terminal, 'done', 'also sent', editions),
  );
  const sent = await step(
    () => send(demo, edition.result),
    () => sentLines(terminal, context, edition.result),
  );
  terminal.out(sent.line);
  terminal.out(also.line);
  const draft = await step(
    () => prepareNext(demo, main),
    (revision) => draftLine(terminal, context, revision),
  );
  terminal.out(draft.line);

  const [message] = inbox.messages();
  if (message === undefined) throw new Error('The demo sent its edition and nothing came to its inbox.');
  await writeMessage(join(folder, 'out'), message.raw, {
    picturesUrl: `${context.config.publicUrl}/pictures`,
    pictures: newsroom.pictures,
  });

  terminal.out(
    [
      '',
      ' Look         out/message.html   out/message.txt   out/message.eml',
      ` Why          npx broadsheet why ${edition.result.edition.name} --demo`,
      ` Edit         npx broadsheet edition edit ${main.slug} --demo`,
      ` Done in ${seconds(performance.now() - began)}. No mail left this machine.`,
      '',
      ' Your own newsletter, in six questions:   npx broadsheet init',
    ].join('\n'),
  );
  return main;
}

async function prepare({ context }: Demo, newsletter: Newsletter, at: Temporal.Instant): Promise<Revision> {
  const slots = [...previousSlots(newsletter, context.now(), 3), ...nextSlots(newsletter, context.now(), 3)];
  const rhythm = slots.find((slot) => slot.at.equals(at))?.rhythm ?? 'daily';
  const id = await prepareEdition(context, newsletter, rhythm, at);
  return readRevision(context.db, id);
}

async function send({ context }: Demo, { edition }: Revision): Promise<void> {
  await approve(context.db, edition.id, BROADSHEET, context.now());
  await sendNow(context, openRelays(context), edition.id);
}

/** News goes on: the draft of the next edition is made early, so that there is one to look at and to change. */
async function prepareNext(demo: Demo, newsletter: Newsletter): Promise<Revision> {
  await importSince(demo.context, demo.newsroom);
  const [slot] = nextSlots(newsletter, demo.context.now(), 1);
  if (slot === undefined) throw new Error(`${newsletter.slug} has no time in its schedule.`);
  return prepare(demo, newsletter, slot.at);
}

/** The next editions of the other newsletters, a few hours early, so that there is more to look at. */
async function sendOthers(demo: Demo, newsletters: Newsletter[]): Promise<string[]> {
  const lines: string[] = [];
  for (const newsletter of newsletters) {
    const [slot] = nextSlots(newsletter, demo.context.now(), 1);
    if (slot === undefined) throw new Error(`${newsletter.slug} has no time in its schedule.`);
    const revision = await prepare(demo, newsletter, slot.at);
    await send(demo, revision);
    const { sent } = await deliveryReport(demo.context.db, revision.edition.id);
    const stories = plural(revision.items.length, 'story', 'stories');
    const people = plural(sent.total, 'person', 'people');
    lines.push(`${newsletter.name} (${newsletter.language}): ${stories}, to ${people}`);
  }
  return lines;
}

/** What readers do on the pages is answered by mail, as in real life, until the demo ends. */
async function serve({ context }: Demo, signal: AbortSignal): Promise<void> {
  const sender = await startSender(context, openRelays(context));
  if (!signal.aborted) await once(signal, 'abort');
  await sender.stop();
}
