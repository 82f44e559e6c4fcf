import type { Db } from '../database/connect.ts';
import { formatAge } from '../terminal/age.ts';
import { columns, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { MisuseError } from './misuse.ts';
import type { DefineCommand } from './shell.ts';
import { defineStoriesWithdraw } from './stories-withdraw.ts';
import { wholeNumber } from './whole-number.ts';

interface StoriesOptions {
  section?: string;
  since?: string;
  source?: string;
  limit: number;
  json?: boolean;
}

/** `broadsheet stories [list]|withdraw`: what has come in, the newest first; and taking one back. */
export const defineStories: DefineCommand = (program, shell) => {
  const stories = program
    .command('stories')
    .summary('what has come in, the newest first; take one back')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet stories --section World --since 24h\n  broadsheet stories withdraw k7q2 --reason "the ministry denies it"',
    );
  stories
    .command('list', { isDefault: true })
    .summary('what has come in, the newest first (also without the word list)')
    .option('--section <name>', 'only this section; none for stories without one')
    .option(
      '--since <when>',
      'published since then: 2026-11-23, 2026-11-23T07:00Z, or a length such as 12h or 3d',
    )
    .option('--source <name>', 'only of this source')
    .option('--limit <count>', 'how many', wholeNumber, 40)
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet stories list --section World --since 24h\n  broadsheet stories list --source "Harbour Wire" --json | jq \'.[].headline\'',
    )
    .action(async (options: StoriesOptions, command) => {
      await using context = await shell.open(command);
      const found = await listStories(context.db, options, context.now());
      if (options.json) shell.terminal.out(JSON.stringify(found.stories.map(storyJson), null, 2));
      else printStories(shell.terminal, found, context.now());
    });
  defineStoriesWithdraw(stories, shell);
};

type ListedStory = Awaited<ReturnType<typeof listStories>>['stories'][number];

async function listStories(db: Db, { section, since, source, limit }: StoriesOptions, now: Temporal.Instant) {
  let query = db.selectFrom('stories').innerJoin('sources', 'sources.id', 'stories.source_id');
  if (section?.toLowerCase() === 'none') query = query.where('stories.section', 'is', null);
  else if (section !== undefined)
    query = query.where((eb) => eb(eb.fn('lower', ['stories.section']), '=', section.toLowerCase()));
  if (since !== undefined) query = query.where('stories.published_at', '>=', readSince(since, now));
  if (source !== undefined) query = query.where('sources.name', '=', source);
  const { all } = await query.select((eb) => eb.fn.countAll<number>().as('all')).executeTakeFirstOrThrow();
  const stories = await query
    .select([
      'stories.code',
      'stories.headline',
      'stories.section',
      'stories.section_by',
      'stories.language',
      'stories.dateline',
      'stories.byline',
    ])
    .select([
      'stories.credit',
      'stories.url',
      'stories.published_at',
      'stories.changed_at',
      'stories.body',
      'stories.description',
      'sources.name as source',
    ])
    .orderBy('stories.published_at', 'desc')
    .orderBy('stories.id', 'desc')
    .limit(limit)
    .execute();
  return { all, stories };
}

/** The moment that `--since` names, ms UTC. @throws MisuseError when it is none. */
function readSince(text: string, now: Temporal.Instant): number {
  const length = /^(\d{1,4})\s*(m|min|h|d|days?|w|weeks?)$/i.exec(text.trim());
  if (length !== null) {
    const minutes = { m: 1, h: 60, d: 1440, w: 10_080 }[(length[2] ?? 'h').charAt(0).toLowerCase()] ?? 60;
    return now.epochMilliseconds - Number(length[1]) * minutes * 60_000;
  }
  try {
    return Temporal.Instant.from(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00Z` : text)
      .epochMilliseconds;
  } catch {
    throw new MisuseError(
      `--since ${text}: expected a day (2026-11-23), an instant (2026-11-23T07:00Z) or a length (12h, 3d).`,
    );
  }
}

function printStories(
  terminal: Terminal,
  { all, stories }: { all: number; stories: ListedStory[] },
  now: Temporal.Instant,
): void {
  if (stories.length === 0) {
    terminal.out(' No story.   broadsheet source list   shows what comes in');
    return;
  }
  const rows = stories.map((story) => [
    styled(terminal, 'bold', story.code),
    (story.section ?? '–') + (story.section_by === 'guess' ? '?' : ''),
    shorten(story.headline, Math.max(30, terminal.columns - 48)),
    shorten(story.credit ?? story.source, 20),
    formatAge(now.epochMilliseconds - story.published_at),
  ]);
  for (const line of columns(rows)) terminal.out(` ${line}`);
  if (all > stories.length)
    terminal.out(
      `\n ${stories.length} of ${plural(all, 'story', 'stories')}.   --limit ${Math.min(all, 1000)}   shows more`,
    );
}

function storyJson({ section_by, published_at, changed_at, ...story }: ListedStory) {
  const moment = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toString();
  return {
    ...story,
    sectionBy: section_by,
    publishedAt: moment(published_at),
    changedAt: changed_at === null ? null : moment(changed_at),
  };
}

function shorten(text: string, most: number): string {
  const letters = [...text];
  return letters.length <= most
    ? text
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
