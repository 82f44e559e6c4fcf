import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { previewRevision } from '../editions/prepare.ts';
import { tooFew } from '../editions/release-due.ts';
import type { Revision, RevisionItem } from '../editions/revision.ts';
import type { ComposedMessage } from '../messages/compose.ts';
import { type Newsletter, namedNewsletter } from '../newsletters/newsletter.ts';
import { RefusedError } from '../refused-error.ts';
import { audiencePreview } from './audience-preview.ts';
import { composePreview } from './compose-preview.ts';
import { longHeadlines } from './long-headlines.ts';
import { type Preview, previewWords, type Report } from './preview-report.ts';
import { readTime } from './read-time.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet preview NEWSLETTER`: what its next edition would be. */
export const definePreview: DefineCommand = (program, shell) => {
  program
    .command('preview')
    .argument('<newsletter>', 'its slug: morning')
    .summary('what the next edition would be; changes and sends nothing')
    .option(
      '--at <time>',
      'the edition of another time: 2026-11-24T07:00 (in its own zone), or with Z or an offset',
    )
    .option('--sections <names>', 'as readers of these sections get it: World,Business')
    .option('--out <folder>', 'where the message is written', 'out')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet preview morning\n  broadsheet preview morning --sections Business --out /tmp/business\n  broadsheet preview morning --at 2026-11-24T07:00 --json | jq .subject',
    )
    .action(async (slug: string, options: PreviewOptions, command) => {
      await using context = await shell.open(command);
      const newsletter = await namedNewsletter(context.db, slug);
      const preview = await previewEdition(context, newsletter, options);
      const folder = resolve(shell.folder, options.out);
      await write(folder, preview);
      const { terminal } = shell;
      if (options.json) terminal.out(JSON.stringify(preview.report, null, 2));
      else
        terminal.out(previewWords(terminal, preview, relative(shell.folder, folder) || '.', context.now()));
    });
};

interface PreviewOptions {
  at?: string;
  sections?: string;
  out: string;
  json?: boolean;
}

async function previewEdition(
  context: Context,
  newsletter: Newsletter,
  options: PreviewOptions,
): Promise<Preview> {
  const { db, now } = context;
  const at = options.at === undefined ? null : readTime(options.at, newsletter.time_zone);
  const sections = options.sections === undefined ? null : namedSections(options.sections, newsletter);
  const revision = await previewRevision(context, newsletter, at);
  const message = await composePreview(context, revision, sections);
  if (message === null) throw new RefusedError(nothingIn(revision.edition.name, sections));
  const { html, text } = message.preview(NOBODY);
  const { raw } = message.forRecipient(NOBODY, now());
  const report = {
    edition: revision.edition.name,
    revision: revision.number,
    slotAt: Temporal.Instant.fromEpochMilliseconds(revision.edition.slotAt).toString(),
    sections,
    skipped: await whySkipped(context, revision),
    ...textsOf(message),
    longHeadlines: longHeadlines(revision.items),
    stories: message.items.map(storyOf),
    leftOut: revision.candidates.filter(({ verdict }) => verdict === 'out').length,
    words: message.words,
    minutes: message.minutes,
    bytes: { html: Buffer.byteLength(html), text: Buffer.byteLength(text), message: raw.length },
    audience: await audiencePreview(db, revision, now()),
  };
  return { newsletter, items: message.items, html, text, raw, report };
}

/** Why the clock would not send it, however good it looks: `2 stories, 3 are needed`; null: it would. */
async function whySkipped({ db }: Context, { edition, items, newsletter }: Revision): Promise<string | null> {
  if (!newsletter.enabled) return 'the newsletter is switched off';
  const stored = await db
    .selectFrom('editions')
    .select('touched')
    .where('id', '=', edition.id)
    .executeTakeFirst();
  return tooFew({ items: items.length, touched: stored?.touched ?? 0 }, newsletter)?.note ?? null;
}

/** A reader who does not exist: the message's links name nobody. */
const NOBODY = {
  deliveryToken: '0'.repeat(32),
  subscriberToken: '0'.repeat(32),
  email: 'reader@example.org',
  name: null,
  subscribedAt: null,
  rhythm: null,
};

function textsOf({ subject, preheader, greeting }: ComposedMessage) {
  return { subject, preheader, greeting };
}

function storyOf(item: RevisionItem): Report['stories'][number] {
  const { place, section, code, headline, sourceName, url, publishedAt } = item;
  return {
    place,
    section,
    code,
    headline,
    source: sourceName,
    url,
    publishedAt: Temporal.Instant.fromEpochMilliseconds(publishedAt).toString(),
  };
}

/** @throws RefusedError naming the sections that there are. */
function namedSections(text: string, { sections, slug }: Newsletter): string[] {
  const names = sections.map(({ name }) => name);
  return text.split(',').map((given) => {
    const found = names.find((name) => name.toLowerCase() === given.trim().toLowerCase());
    if (found !== undefined) return found;
    throw new RefusedError(`${slug} has no section ${given.trim()}; it has ${names.join(', ')}.`);
  });
}

function nothingIn(edition: string, sections: string[] | null): string {
  return sections === null
    ? `${edition} would have no story, and be skipped: nothing was published in its window. Look with  broadsheet stories`
    : `${edition} has nothing for readers of ${sections.join(' and ')}: they would get no mail.`;
}

async function write(folder: string, { html, text, raw, report }: Preview): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'message.html'), html),
    writeFile(join(folder, 'message.txt'), text),
    writeFile(join(folder, 'message.eml'), raw),
    writeFile(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`),
  ]);
}
