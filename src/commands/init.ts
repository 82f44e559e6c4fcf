import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Check } from '../checks/check.ts';
import { readConfig } from '../config.ts';
import { type Context, openContext } from '../context.ts';
import { migrate } from '../database/migrate.ts';
import type { Answers } from '../init/answers.ts';
import { ask, faultsOf, type GivenAnswers } from '../init/ask.ts';
import { renderEnv } from '../init/env-file.ts';
import { type FirstSections, feedSections } from '../init/feed-sections.ts';
import { renderFirstNewsletter } from '../init/newsletter-file.ts';
import { applyNewsletter } from '../newsletters/apply.ts';
import { parseNewsletter } from '../newsletters/file.ts';
import { RefusedError } from '../refused-error.ts';
import { guardedFetch } from '../sources/guarded-fetch.ts';
import { readDocument } from '../sources/read-document.ts';
import { addSource } from '../stories/add-source.ts';
import { columns, markLine, type Terminal } from '../terminal/terminal.ts';
import { printChecks, runChecks } from './check.ts';
import { MisuseError } from './misuse.ts';
import { addedWords } from './poll-words.ts';
import type { DefineCommand, Shell } from './shell.ts';
import { sendTest } from './test.ts';

const NEWSLETTER_FILE = 'newsletter.yaml';
const ENV_EXAMPLE = new URL('../../.env.example', import.meta.url);

/** `broadsheet init`: a newsletter of one's own, in six questions. */
export const defineInit: DefineCommand = (program, shell) => {
  program
    .command('init')
    .summary('your own newsletter, in six questions')
    .description(
      'Asks six questions, writes .env and newsletter.yaml, checks everything and sends you a test. Each question is also an option; what is given is not asked.',
    )
    .option('--site <url>', 'your site: its feed, name, language and logo are found there')
    .option('--from <sender>', 'the sender: "Harbour Ledger <digest@news.example>"')
    .option('--postal-address <text>', 'the law asks for it in every newsletter')
    .option('--hour <time>', 'when it goes out: 07:00')
    .option('--time-zone <zone>', 'in which time zone: Europe/London')
    .option('--smtp <url>', 'smtp://user:password@host:587, or inbox: to keep all mail on this machine')
    .option('--you <address>', 'gets drafts, tests and alerts')
    .option('--yes', 'ask nothing: take the defaults for what is not given')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet init\n  broadsheet init --site https://ledger.example --yes --you me@ledger.example \\\n    --postal-address "12 Quay Street, Aberdeen" --smtp smtp://user:password@smtp.example:587',
    )
    .action(async (given: GivenAnswers) => {
      const { terminal } = shell;
      const silent = given.yes === true || !terminal.interactive;
      const faults = faultsOf(given, { silent });
      if (faults.length > 0) throw new MisuseError(`${faults.join('; ')}.`);
      if (!silent) {
        terminal.out('Your own newsletter, in six questions. Enter takes what is shown in brackets.\n');
      }
      await mayWrite(shell, given);
      const { config } = readConfig(shell.env, shell.folder);
      const answers = await ask(given, { terminal, silent, config });
      const env = await writeEnv(shell, answers);
      await using context = openContext(
        readConfig({ LOG_LEVEL: 'warn', ...shell.env, ...env }, shell.folder),
        {
          now: shell.now,
        },
      );
      await migrate(context.db);
      const feed = await readFeed(context, answers);
      const slug = await writeNewsletter(shell, context, answers, feed);
      if (feed !== null) await addFeed(shell, context, feed);
      terminal.out('');
      const checks = await runChecks(context, { online: true });
      printChecks(terminal, checks);
      await sendFirstTest(shell, context, { slug, you: answers.you, checks });
      printNext(terminal, slug, answers);
    });
};

function printNext(terminal: Terminal, slug: string, { smtpUrl, you }: Answers): void {
  const rows = [
    ['npx broadsheet start', `pages, clock and sender${smtpUrl === 'inbox:' ? ', and the inbox' : ''}`],
    [`npx broadsheet preview ${slug}`, 'what the next edition would be'],
    [`npx broadsheet test ${slug} --to ${you}`, 'the same, as mail'],
    ['npx broadsheet subscribers import FILE.csv', 'your readers'],
  ];
  terminal.out(['', ' Next', ...columns(rows).map((line) => `   ${line}`)].join('\n'));
}

/** @throws RefusedError unless what is there already may be replaced. */
async function mayWrite({ folder, terminal }: Shell, given: GivenAnswers): Promise<void> {
  const there = ['.env', NEWSLETTER_FILE].filter((name) => existsSync(join(folder, name)));
  if (there.length === 0) return;
  const names = there.join(' and ');
  if (given.yes || !terminal.interactive) {
    throw new RefusedError(
      `${names} exist${there.length === 1 ? 's' : ''} already: nothing was written. Move ${there.length === 1 ? 'it' : 'them'} away first.`,
    );
  }
  const { confirm } = await import('@inquirer/prompts');
  const replace = await confirm({
    message: `Replace ${names}? (A SECRET_KEY that is there is kept.)`,
    default: false,
  });
  if (!replace) throw new RefusedError('Nothing was written.');
}

/** Writes `.env`, for its owner alone. @returns the variables it sets. */
async function writeEnv({ folder, terminal, env }: Shell, answers: Answers): Promise<Record<string, string>> {
  const path = join(folder, '.env');
  const before = existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
  const kept = before.SECRET_KEY ?? env.SECRET_KEY;
  const values = {
    SECRET_KEY: kept || randomBytes(32).toString('hex'),
    SMTP_URL: answers.smtpUrl,
    ALERT_TO: answers.you,
  };
  await writeFile(path, renderEnv(readFileSync(ENV_EXAMPLE, 'utf8'), values), { mode: 0o600 });
  // An older file keeps its mode when it is written again.
  await chmod(path, 0o600);
  terminal.out(
    markLine(
      terminal,
      'done',
      'settings',
      `.env, which only you can read, with ${kept ? 'the' : 'a new'} SECRET_KEY`,
    ),
  );
  return values;
}

interface Feed {
  url: string;
  headings: FirstSections;
}

/** The feed of the site, and the headings that its stories use; null: there is none that can be read. */
async function readFeed({ config, now }: Context, { site, timeZone }: Answers): Promise<Feed | null> {
  const url = site?.feeds[0];
  if (url === undefined) return null;
  try {
    const document = await guardedFetch(url, { config });
    const read = await readDocument(document.bytes, {
      name: url,
      url: document.url,
      contentType: document.contentType,
      now: now(),
      timeZone,
    });
    return { url, headings: feedSections(read.stories) };
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

async function writeNewsletter(
  shell: Shell,
  context: Context,
  answers: Answers,
  feed: Feed | null,
): Promise<string> {
  const { terminal, folder, now } = shell;
  const headings = feed?.headings ?? feedSections([]);
  const yaml = renderFirstNewsletter(answers, headings.sections);
  const settings = parseNewsletter(yaml, NEWSLETTER_FILE);
  await writeFile(join(folder, NEWSLETTER_FILE), yaml);
  await applyNewsletter(context.db, settings, now());
  terminal.out(
    markLine(terminal, 'done', 'newsletter', [
      `${settings.name}, in ${NEWSLETTER_FILE}: ${headings.sections.join(', ')}`,
      ...sectionNotes(headings),
    ]),
  );
  return settings.slug;
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
    `the feed's own sections; ${others} of its ${all} stories ${others === 1 ? 'bears' : 'bear'} none of these, and go under ${rest} where they bear none at all`,
    edit,
  ];
}

/** A source that cannot be read now is no reason to stop. */
async function addFeed({ terminal }: Shell, context: Context, { url, headings }: Feed): Promise<void> {
  try {
    const added = await addSource(context, { url, section: headings.rest });
    terminal.out(addedWords(terminal, added));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    terminal.out(markLine(terminal, 'look', 'source', error.message));
  }
}

/** To whoever set it up, where there is a relay that takes mail and a story to show; else it says how to do it later. */
async function sendFirstTest(
  { terminal }: Shell,
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
  try {
    const { sent } = await sendTest(context, slug, [you]);
    const [test] = sent;
    const line =
      test?.state === 'sent'
        ? markLine(terminal, 'done', 'test', `sent to ${you}`)
        : markLine(terminal, 'failed', 'test', [`not sent: ${test?.response}`, later]);
    terminal.out(line);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    terminal.out(markLine(terminal, 'look', 'test', [`not sent: ${error.message}`, later]));
  }
}
