import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { distance } from 'fastest-levenshtein';
import type { Selectable } from 'kysely';
import type { Context } from '../context.ts';
import type { Db } from '../database/connect.ts';
import type { SourceTable } from '../database/tables/sources.ts';
import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import { addSource } from '../stories/add-source.ts';
import type { PollReport } from '../stories/poll.ts';
import { pollDueSources, pollSources } from '../stories/poll-sources.ts';
import { formatAge } from '../terminal/age.ts';
import { startProgress } from '../terminal/progress.ts';
import { columns, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { MisuseError } from './misuse.ts';
import { addedWords, nextTry, pollWords } from './poll-words.ts';
import type { DefineCommand, Shell } from './shell.ts';

/** `broadsheet source add|list|poll`: where stories come from. */
export const defineSource: DefineCommand = (program, shell) => {
  const source = program
    .command('source')
    .summary('where stories come from: add, list, poll')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet source add https://news.example/feed.xml --section World\n  broadsheet source add https://news.example --name "Harbour Wire"     its feed is found on the page\n  broadsheet source add /srv/mailings --tag wire                       a folder of files\n  broadsheet source list\n  broadsheet source poll "Harbour Wire"',
    );
  defineAdd(source, shell);
  defineList(source, shell);
  definePoll(source, shell);
};

const defineAdd: DefineCommand = (program, shell) => {
  program
    .command('add')
    .argument('<url>', 'a feed, a page (its feed is found), or a folder of files')
    .summary('add a source and read it for the first time')
    .option('--section <name>', 'section of stories that have no label of their own')
    .option('--name <name>', "what readers see as the origin; default: the feed's title")
    .option('--tag <tag...>', 'to choose sources by in a newsletter')
    .option('--weight <number>', 'how much its stories count; 1 is ordinary', weight)
    .option('--language <tag>', 'language of stories that do not say: en, vi, …')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet source add https://news.example/feed.xml --section World\n  broadsheet source add news.example --name "Harbour Wire" --weight 1.2\n  broadsheet source add /srv/mailings --tag wire                       a folder of files',
    )
    .action(async (url: string, options: AddOptions, command) => {
      // What fails is told by the command itself.
      await using context = await shell.open(command, { logLevel: 'error' });
      const address = addressOf(url, shell);
      const { section, name, tag: tags, language } = options;
      const added = await addSource(
        context,
        { url: address, section, name, tags, weight: options.weight, language },
        shell.signal,
      );
      if (options.json) {
        shell.terminal.out(
          JSON.stringify(
            { ...sourceJson(added.source), foundOn: added.foundOn, poll: pollJson(added.poll) },
            null,
            2,
          ),
        );
        return;
      }
      shell.terminal.out(addedWords(shell.terminal, added));
    });
};

interface AddOptions {
  section?: string;
  name?: string;
  tag?: string[];
  weight?: number;
  language?: string;
  json?: boolean;
}

const defineList: DefineCommand = (program, shell) => {
  program
    .command('list')
    .summary('all sources: what they bring, when they are read, what is wrong')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      "\nExamples:\n  broadsheet source list\n  broadsheet source list --json | jq '.[] | select(.error)'",
    )
    .action(async (options: { json?: boolean }, command) => {
      await using context = await shell.open(command);
      const sources = await listSources(context.db);
      if (options.json) shell.terminal.out(JSON.stringify(sources.map(sourceJson), null, 2));
      else printSources(shell.terminal, sources, context.now());
    });
};

const definePoll: DefineCommand = (program, shell) => {
  program
    .command('poll')
    .argument('[name...]', 'sources to read; default: all of them')
    .summary('read sources now, due or not')
    .option('--due', 'only those whose time has come, as the clock does')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet source poll\n  broadsheet source poll "Harbour Wire"\n  broadsheet source poll --due --json | jq \'.[].refused\'',
    )
    .action(async (names: string[], options: PollOptions, command) => {
      await using context = await shell.open(command, { logLevel: 'error' });
      const reports = await pollChosen(context, names, { due: options.due === true, shell });
      if (options.json) shell.terminal.out(JSON.stringify(reports.map(pollJson), null, 2));
      else if (reports.length === 0) shell.terminal.out(await nothingPolled(context.db));
      else for (const report of reports) shell.terminal.out(pollWords(shell.terminal, report, context.now()));
      if (reports.length > 0 && reports.every((report) => report.error !== null)) {
        throw new RefusedError(`None of ${plural(reports.length, 'source')} could be read.`);
      }
    });
};

interface PollOptions {
  due?: boolean;
  json?: boolean;
}

type ListedSource = Selectable<SourceTable> & { stories: number; latest: number | null };

async function listSources(db: Db): Promise<ListedSource[]> {
  return db
    .selectFrom('sources')
    .leftJoin('stories', 'stories.source_id', 'sources.id')
    .selectAll('sources')
    .select((eb) => [
      eb.fn.count<number>('stories.id').as('stories'),
      eb.fn.max('stories.published_at').as('latest'),
    ])
    .groupBy('sources.id')
    .orderBy('sources.name')
    .execute();
}

const NO_SOURCE =
  ' There is no source yet.   broadsheet source add https://news.example/feed.xml --section World';

function printSources(terminal: Terminal, sources: ListedSource[], now: Temporal.Instant): void {
  if (sources.length === 0) {
    terminal.out(NO_SOURCE);
    return;
  }
  const ago = (at: number | null) => (at === null ? '' : `${formatAge(now.epochMilliseconds - at)} ago`);
  const rows = sources.map((source) => [
    source.last_error === null ? styled(terminal, 'green', '✓') : styled(terminal, 'yellow', '!'),
    styled(terminal, 'bold', source.name),
    source.kind,
    source.section ?? '',
    plural(source.stories, 'story', 'stories'),
    source.latest === null ? '' : `newest ${ago(source.latest)}`,
    source.next_poll_at === null
      ? ''
      : source.polled_at === null
        ? 'never read'
        : `read ${ago(source.polled_at)}`,
  ]);
  for (const [index, line] of columns(rows).entries()) {
    const source = sources[index] as ListedSource;
    terminal.out(` ${line}`);
    if (source.kind !== 'file') terminal.out(`   ${styled(terminal, 'dim', maskUrl(source.url))}`);
    if (source.last_error !== null) {
      const tries = source.failures > 1 ? ` (${source.failures} times in a row)` : '';
      const next = source.failures > 0 ? ` ${nextTry(source.next_poll_at, now)}` : '';
      terminal.out(`   ${source.last_error}${tries}${next}`);
    }
  }
}

async function pollChosen(
  context: Context,
  names: string[],
  { due, shell: { signal, terminal } }: { due: boolean; shell: Shell },
): Promise<PollReport[]> {
  if (due) {
    if (names.length > 0) throw new MisuseError('Name sources, or say --due: not both.');
    return pollDueSources(context, signal);
  }
  const sources = (await listSources(context.db)).filter((source) => source.kind !== 'file');
  const chosen = names.length === 0 ? sources : names.map((name) => findSource(sources, name));
  const progress = startProgress(terminal, chosen.length);
  let done = 0;
  const onReport = ({ source }: PollReport) => progress.update(++done, source.name);
  return pollSources(context, [...new Set(chosen)], { signal, onReport }).finally(() => progress.stop());
}

async function nothingPolled(db: Db): Promise<string> {
  const { count } = await db
    .selectFrom('sources')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('kind', '<>', 'file')
    .executeTakeFirstOrThrow();
  return count === 0 ? NO_SOURCE : ' No source is due.';
}

function findSource(sources: ListedSource[], name: string): ListedSource {
  const found = sources.find(
    (source) => source.name.toLowerCase() === name.toLowerCase() || source.url === name,
  );
  if (found !== undefined) return found;
  const nearest = sources
    .map((source) => ({ name: source.name, far: distance(source.name.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map((each) => `“${each.name}”`);
  const hint =
    nearest.length === 0 ? 'There is none yet: broadsheet source add URL' : `Nearest: ${nearest.join(', ')}`;
  throw new RefusedError(`There is no source called “${name}”. ${hint}`);
}

function pollJson({ source, stories, older, error, nextPollAt }: PollReport) {
  return { source: source.name, error, older, ...stories, nextPollAt: moment(nextPollAt) };
}

function sourceJson(source: Selectable<SourceTable> & Partial<ListedSource>) {
  const { name, kind, url, tags, section, language, weight, failures } = source;
  return {
    name,
    kind,
    url: maskUrl(url),
    tags: JSON.parse(tags) as string[],
    section,
    language,
    weight,
    ...(source.stories === undefined ? {} : { stories: source.stories, latest: moment(source.latest) }),
    polledAt: moment(source.polled_at),
    nextPollAt: moment(source.next_poll_at),
    failures,
    error: source.last_error,
  };
}

function moment(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : Temporal.Instant.fromEpochMilliseconds(at).toString();
}

/**
 * An address as people type it: without https://, or a folder relative to where they are.
 * @throws RefusedError when it can only be a folder, and there is none.
 */
function addressOf(url: string, { folder }: Shell): string {
  if (/^[a-z][a-z+.-]*:\/\//i.test(url)) return url;
  const path = resolve(folder, url);
  if (existsSync(path)) return path;
  const host = url.split('/')[0] ?? '';
  if (isAbsolute(url) || !/[^.]\.[^.]|:\d|^localhost$/i.test(host)) {
    throw new RefusedError(
      `There is no folder ${path}. Expected a folder that is there, or a web address: https://…`,
    );
  }
  return `https://${url}`;
}

function weight(given: string): number {
  const value = Number(given);
  if (given.trim() !== '' && value >= 0 && value <= 100) return value;
  throw new InvalidArgumentError('Expected a number from 0 to 100, such as 1.2.');
}
