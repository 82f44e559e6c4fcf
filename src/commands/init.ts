import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../checks/check.ts';
import { verdictOn } from '../checks/verdict.ts';
import { readConfig } from '../config.ts';
import type { Context } from '../context.ts';
import type { Answers } from '../init/answers.ts';
import { ask } from '../init/ask.ts';
import { earlierAnswers } from '../init/earlier-answers.ts';
import { type FirstSections, feedSections } from '../init/feed-sections.ts';
import { faultsOf, type GivenAnswers } from '../init/flags.ts';
import { renderFirstNewsletter } from '../init/newsletter-file.ts';
import { nextSteps } from '../init/next-steps.ts';
import { put } from '../init/question.ts';
import { readFeed } from '../init/read-feed.ts';
import { writeEnv, writeNewsletterFile } from '../init/write-files.ts';
import { applyNewsletter } from '../newsletters/apply.ts';
import { parseNewsletter } from '../newsletters/file.ts';
import { RefusedError } from '../refused-error.ts';
import { addSource } from '../stories/add-source.ts';
import { markLine, type Terminal } from '../terminal/terminal.ts';
import { printChecks, runChecks } from './check.ts';
import { MisuseError } from './misuse.ts';
import { addedWords } from './poll-words.ts';
import type { DefineCommand, Shell } from './shell.ts';
import { sendTest } from './test.ts';

const NEWSLETTER_FILE = 'newsletter.yaml';

/** `broadsheet init`: a newsletter of one's own, in six questions. */
export const defineInit: DefineCommand = (program, shell) => {
  program
    .command('init')
    .summary('your own newsletter, in six questions')
    .description(
      'Asks six questions, writes .env and newsletter.yaml, checks everything and sends you a test. Each question is also an option; what is given is not asked.',
    )
    .option('--site <url>', 'your site: its feed, name, language and logo are found there')
    .option('--from <sender>', 'the sender: "Harbour Ledger <news@ledger.example>"')
    .option('--postal-address <text>', 'the law asks for it in every newsletter')
    .option('--hour <time>', 'when it goes out: 7, 7:30 pm, 19:30, "7 am London"')
    .option('--time-zone <zone>', 'in which time zone: Europe/London, or London')
    .option('--smtp <url>', 'smtp://user:password@host:587, or inbox: to keep all mail on this machine')
    .option('--you <address>', 'gets drafts, tests and alerts')
    .option('--yes', 'ask nothing: take the defaults for what is not given')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet init\n  broadsheet init --site ledger.example --yes --you me@ledger.example \\\n    --postal-address "12 Quay Street, Aberdeen" --smtp smtp://user:password@smtp.example:587',
    )
    .action(async (given: GivenAnswers, command) => {
      const { terminal, folder, now } = shell;
      const silent = given.yes === true || !terminal.interactive;
      const faults = faultsOf(given, { silent });
      if (faults.length > 0) throw new MisuseError(`${faults.join('; ')}.`);
      const { config } = readConfig(shell.env, folder);
      if (!silent)
        terminal.out('Your own newsletter, in six questions. Enter takes what is shown in brackets.\n');
      await mayWrite(shell, silent);
      const earlier = earlierAnswers(shell.env, join(folder, NEWSLETTER_FILE));
      const answers = await ask(given, { terminal, silent, config, now, put, earlier: earlier.answers });

      // Nothing is written before everything is known: who goes away in the middle leaves nothing behind.
      const [url] = answers.site?.feeds ?? [];
      const feed =
        url === undefined ? null : await readFeed(url, { config, now, timeZone: answers.timeZone });
      const headings = feed?.headings ?? feedSections([]);
      const yaml = renderFirstNewsletter(answers, headings.sections, earlier.newsletter);
      const newsletter = parseNewsletter(yaml, NEWSLETTER_FILE);
      await using opened = await shell.open(command);
      const context = { ...opened, ...(await writeSettings(shell, answers)) };
      const kept = await writeNewsletterFile(join(folder, NEWSLETTER_FILE), yaml);
      await applyNewsletter(context.db, newsletter, now());
      terminal.out(
        markLine(terminal, 'done', 'newsletter', [
          `${newsletter.name}, in ${NEWSLETTER_FILE}: ${headings.sections.join(', ')}`,
          ...sectionNotes(headings),
          ...(kept === null ? [] : [`the file that was there is ${kept} now`]),
        ]),
      );
      if (url !== undefined) await addFeed(shell, context, { url, section: headings.rest });

      const checks = await runChecks(context, { dns: shell.dns });
      const { slug } = newsletter;
      await sendFirstTest(shell, context, { slug, you: answers.you, checks });
      terminal.out('');
      printChecks(terminal, checks);
      terminal.out(`\n ${verdictOn(checks).text}`);
      const steps = nextSteps(checks, {
        slug,
        you: answers.you,
        inbox: context.secrets.smtpUrl === 'inbox:',
      });
      terminal.out(['', ...steps].join('\n'));
    });
};

/** @throws RefusedError unless what is there already may be changed. */
async function mayWrite({ folder, terminal }: Shell, silent: boolean): Promise<void> {
  const there = ['.env', NEWSLETTER_FILE].filter((name) => existsSync(join(folder, name)));
  if (there.length === 0) return;
  const [names, them, one] = [there.join(' and '), there.length === 1 ? 'it' : 'them', there.length === 1];
  if (silent) {
    throw new RefusedError(
      `${names} exist${one ? 's' : ''} already: nothing was written. Move ${them} away first, or run broadsheet init in a terminal without --yes: it asks, with what is there as the answers.`,
    );
  }
  const keeps = [
    ...(there.includes('.env') ? ['.env keeps its other settings'] : []),
    ...(there.includes(NEWSLETTER_FILE) ? [`the present ${NEWSLETTER_FILE} is kept beside the new one`] : []),
  ];
  terminal.out(
    `${names} ${one ? 'is' : 'are'} there already. Should you answer anew, ${keeps.join(' and ')}.\n`,
  );
  const { confirm } = await import('@inquirer/prompts');
  const change = await confirm({
    message: 'Answer anew?',
    default: false,
  });
  if (!change) throw new RefusedError('Nothing was written.');
}

/** Writes `.env`. @returns the settings as they are now. */
async function writeSettings(
  { folder, env, terminal }: Shell,
  answers: Answers,
): Promise<Pick<Context, 'config' | 'secrets'>> {
  const { values, keptKey, overridden } = await writeEnv(folder, env, {
    SMTP_URL: answers.smtpUrl,
    ALERT_TO: answers.you,
    // Nearly every provider signs what it is given; whoever has keys of their own says so later.
    ...(answers.smtpUrl === 'inbox:' ? {} : { DKIM: env.DKIM ?? 'relay' }),
    // The site was looked at with it; its feed must be read with it too.
    ...(env.FETCH_PRIVATE === 'on' ? { FETCH_PRIVATE: 'on' } : {}),
  });
  terminal.out(
    markLine(terminal, overridden.length > 0 ? 'look' : 'done', 'settings', [
      `.env, which only you can read, with ${keptKey ? 'the' : 'a new'} SECRET_KEY`,
      ...(overridden.length === 0
        ? []
        : [`the environment sets ${overridden.join(', ')} to something else, and wins over .env`]),
    ]),
  );
  const winning = Object.fromEntries(overridden.map((name) => [name, env[name]]));
  return readConfig({ LOG_LEVEL: 'warn', ...env, ...values, ...winning }, folder);
}

/** What a person may want to edit, and why it is as it is. */
function sectionNotes({ own, rest, others, all }: FirstSections): string[] {
  const edit = `→ sections: in ${NEWSLETTER_FILE}, then  broadsheet newsletter apply ${NEWSLETTER_FILE}`;
  if (!own) {
    const why =
      all === 0
        ? 'the usual two'
        : 'the usual two: the feed does not name sections of its own for most of its stories';
    return [`${why}; stories without one go under ${rest}`, edit];
  }
  if (others === 0) return ["the feed's own sections"];
  return [
    `the feed's own sections; ${others} of its ${all} stories ${others === 1 ? 'bears another label or none' : 'bear another label or none'}`,
    `stories without a label go under ${rest}`,
    edit,
  ];
}

/** A source that cannot be read now is no reason to stop, nor one that an earlier time added. */
async function addFeed(
  { terminal }: Shell,
  context: Context,
  feed: { url: string; section: string },
): Promise<void> {
  const known = await context.db
    .selectFrom('sources')
    .select('name')
    .where('url', '=', feed.url)
    .executeTakeFirst();
  if (known !== undefined) {
    terminal.out(markLine(terminal, 'done', 'source', `${known.name}, there already`));
    return;
  }
  try {
    terminal.out(addedWords(terminal, await addSource(context, feed)));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    terminal.out(
      markLine(terminal, 'look', 'source', [error.message, `→ later:  broadsheet source add ${feed.url}`]),
    );
  }
}

/** To whoever set it up, where there is a relay that takes mail and a story to show; else it says how to do it later. */
async function sendFirstTest(
  { terminal }: Pick<Shell, 'terminal'>,
  context: Context,
  { slug, you, checks }: { slug: string; you: string; checks: Check[] },
): Promise<void> {
  const later = `→ later:  broadsheet test ${slug} --to ${you}`;
  const relay = checks.find(({ thing }) => thing === 'relay');
  const inbox = context.secrets.smtpUrl === 'inbox:';
  if (relay === undefined || relay.mark === 'failed' || (inbox && relay.mark === 'look')) {
    const why = inbox ? 'the inbox runs with  broadsheet start' : 'the relay does not take mail yet';
    terminal.out(markLine(terminal, 'look', 'test', [`not sent: ${why}`, later]));
    return;
  }
  terminal.out(await testLine(terminal, context, { slug, you, later }));
}

async function testLine(
  terminal: Terminal,
  context: Context,
  { slug, you, later }: { slug: string; you: string; later: string },
): Promise<string> {
  try {
    const [test] = (await sendTest(context, slug, [you])).sent;
    return test?.state === 'sent'
      ? markLine(terminal, 'done', 'test', `sent to ${you}`)
      : markLine(terminal, 'failed', 'test', [`not sent: ${test?.response}`, later]);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return markLine(terminal, 'look', 'test', [`not sent: ${error.message}`, later]);
  }
}
