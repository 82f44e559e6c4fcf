import { basename, resolve } from 'node:path';
import type { Db } from '../database/connect.ts';
import { type Upcoming, upcomingEditions } from '../editions/upcoming.ts';
import { applyNewsletter, onlySettings, type SettingChange, settingChanges } from '../newsletters/apply.ts';
import { durationInWords, parseNewsletter, renderNewsletter } from '../newsletters/file.ts';
import { findNewsletter, listNewsletters, namedNewsletter } from '../newsletters/newsletter.ts';
import type { NewsletterSettings } from '../newsletters/settings.ts';
import { formatMoment } from '../terminal/moment.ts';
import { columns, markLine, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { byWhom, withBy } from './by-whom.ts';
import { readTextFile } from './read-text-file.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet newsletter apply|list|show`. */
export const defineNewsletter: DefineCommand = (program, shell) => {
  const newsletter = program
    .command('newsletter')
    .summary('make, change and look at newsletters')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet newsletter show morning --yaml > morning.yaml\n  broadsheet newsletter apply morning.yaml --dry-run\n  broadsheet newsletter list',
    );
  const { terminal } = shell;

  withBy(newsletter.command('apply'))
    .argument('<file>', 'its YAML file')
    .summary('make or change a newsletter from its file')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nApplying the same file again changes nothing.\n\nExamples:\n  broadsheet newsletter show morning --yaml > morning.yaml\n  broadsheet newsletter apply morning.yaml --dry-run\n  broadsheet newsletter apply morning.yaml --json | jq .changes',
    )
    .action(async (file: string, options: ApplyOptions, command) => {
      const settings = parseNewsletter(await readTextFile(resolve(shell.folder, file)), basename(file));
      await using context = await shell.open(command);
      const { db } = context;
      const now = shell.now();
      const stored = await findNewsletter(db, settings.slug);
      const dry = options.dryRun === true;
      const applied = dry ? null : await applyNewsletter(db, settings, now, byWhom(options, shell));
      const changes = applied?.changes ?? settingChanges(stored && onlySettings(stored), settings);
      const id = applied?.newsletterId ?? stored?.id ?? null;
      const next = await upcomingEditions(db, { ...settings, id }, now, 3);
      if (options.json) {
        const { slug } = settings;
        const told = { slug, created: !stored, dryRun: dry, changes, next: next.map(nextJson) };
        terminal.out(JSON.stringify(told, null, 2));
        return;
      }
      printApplied(terminal, settings, changes, { isNew: !stored, dry });
      printNext(terminal, settings, next, now);
    });

  newsletter
    .command('list')
    .summary('all newsletters, with when they go out next')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      "\nExamples:\n  broadsheet newsletter list\n  broadsheet newsletter list --json | jq -r '.[].slug'",
    )
    .action(async (options: { json?: boolean }, command) => {
      await using context = await shell.open(command);
      const newsletters = await listNewsletters(context.db);
      if (options.json) {
        terminal.out(JSON.stringify(newsletters.map(onlySettings), null, 2));
        return;
      }
      if (newsletters.length === 0) {
        terminal.out(' There is no newsletter yet.   broadsheet newsletter apply FILE.yaml');
        return;
      }
      const now = shell.now();
      const rows: string[][] = [];
      for (const each of newsletters) {
        const [next] = await upcomingEditions(context.db, each, now, 1);
        rows.push([
          styled(terminal, 'bold', each.slug),
          each.name,
          Object.keys(each.rhythms).join(', '),
          next ? `next ${formatMoment(next.at, each.time_zone, now)}` : '',
          each.approval === 'required' ? 'needs approval' : 'goes out by itself',
        ]);
      }
      for (const line of columns(rows)) terminal.out(` ${line}`);
    });

  newsletter
    .command('show')
    .argument('<newsletter>', 'its slug: morning')
    .summary('one newsletter with all its settings')
    .option('--yaml', 'as the file that apply takes')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet newsletter show morning\n  broadsheet newsletter show morning --yaml > morning.yaml',
    )
    .action(async (slug: string, options: { yaml?: boolean; json?: boolean }, command) => {
      await using context = await shell.open(command);
      const shown = await namedNewsletter(context.db, slug);
      if (options.json) terminal.out(JSON.stringify(onlySettings(shown), null, 2));
      else if (options.yaml) terminal.out(renderNewsletter(onlySettings(shown)).trimEnd());
      else {
        const readers = await countReaders(context.db, shown.id);
        terminal.out(
          `${styled(terminal, 'bold', shown.name)}  ${shown.slug}   ${plural(readers, 'reader')}${shown.enabled ? '' : '   switched off'}`,
        );
        for (const line of settingLines(onlySettings(shown))) terminal.out(` ${line}`);
        terminal.out('');
        const next = await upcomingEditions(context.db, shown, shell.now(), 3);
        printNext(terminal, shown, next, shell.now());
        terminal.out(`\n To change it: broadsheet newsletter show ${shown.slug} --yaml > ${shown.slug}.yaml`);
      }
    });
};

interface ApplyOptions {
  dryRun?: boolean;
  by?: string;
  json?: boolean;
}

function printApplied(
  terminal: Terminal,
  { slug, name, approval, editors }: NewsletterSettings,
  changes: SettingChange[],
  { isNew, dry }: { isNew: boolean; dry: boolean },
): void {
  const said = isNew
    ? `${slug} (${name}) ${dry ? 'would be made' : 'is made'}`
    : changes.length === 0
      ? `${slug} is so already: nothing to change`
      : `${slug}: ${plural(changes.length, 'change')}${dry ? ', not stored' : ''}`;
  const lines = isNew
    ? []
    : columns(changes.map(({ key, before, after }) => [key, `${show(key, before)} → ${show(key, after)}`]));
  terminal.out(markLine(terminal, dry ? 'look' : 'done', 'newsletter', [said, ...lines]));
  if (approval === 'required' && editors.length === 0) {
    terminal.out(
      markLine(terminal, 'look', 'editors', [
        'approval is required, and no editor is named: nobody gets the draft or a reminder',
        '→ editors: [you@news.example]',
      ]),
    );
  }
}

function printNext(
  terminal: Terminal,
  settings: NewsletterSettings,
  next: Upcoming[],
  now: Temporal.Instant,
): void {
  const several = Object.keys(settings.rhythms).length > 1;
  const lines = columns(
    next.map(({ at, rhythm }) => [formatMoment(at, settings.time_zone, now), several ? rhythm : '']),
  );
  lines.forEach((line, index) => {
    terminal.out(`   ${(index === 0 ? 'next' : '').padEnd(12)}${line}`);
  });
}

function nextJson({ rhythm, at }: Upcoming) {
  return { rhythm, at: at.toString() };
}

function settingLines(settings: NewsletterSettings): string[] {
  const changes = settingChanges(undefined, settings).filter(({ key }) => key !== 'slug' && key !== 'name');
  return columns(changes.map(({ key, after }) => [key, show(key, after)]));
}

/** A setting as its file would say it, in one line. */
function show(key: string, value: unknown): string {
  if (value === undefined) return 'not set';
  if (typeof value === 'number' && key.startsWith('timing.')) return durationInWords(value);
  if (Array.isArray(value))
    return value.length === 0 ? (key === 'sources' ? 'all' : 'none') : value.map(showItem).join(', ');
  return String(value).replace(/\s*\n\s*/g, ', ');
}

function showItem(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const { name, stories, lead } = item as NewsletterSettings['sections'][number];
  const notes = [
    ...(stories === undefined ? [] : [`at most ${stories}`]),
    ...(lead ? [] : ['never the lead']),
  ];
  return notes.length === 0 ? name : `${name} (${notes.join(', ')})`;
}

async function countReaders(db: Db, newsletterId: number): Promise<number> {
  const { count } = await db
    .selectFrom('subscriptions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('newsletter_id', '=', newsletterId)
    .where('state', '=', 'active')
    .executeTakeFirstOrThrow();
  return count;
}
