import type { Context } from '../context.ts';
import { renderEditionFile } from '../editions/edition-file.ts';
import { type EditionRow, findEdition } from '../editions/find.ts';
import { readRevision } from '../editions/read-revision.ts';
import type { Revision, RevisionItem } from '../editions/revision.ts';
import { type Progress, stateWords } from '../editions/state-words.ts';
import { explainEdition } from '../editions/why.ts';
import type { ComposedMessage } from '../messages/compose.ts';
import { shortHeadline } from '../messages/headline.ts';
import { listNewsletters, type Newsletter, namedNewsletter } from '../newsletters/newsletter.ts';
import { formatMoment } from '../terminal/moment.ts';
import { columns, columnsInWidth, paragraph, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { composePreview } from './compose-preview.ts';
import { defineEditionEdit } from './edition-edit.ts';
import { defineEditionLife } from './edition-life.ts';
import { jsonOf } from './json.ts';
import { longHeadlines } from './long-headlines.ts';
import type { DefineCommand } from './shell.ts';
import { wholeNumber } from './whole-number.ts';

/** `broadsheet edition list|show|edit|approve|hold|release|pause|resume|cancel`. */
export const defineEdition: DefineCommand = (program, shell) => {
  const edition = program
    .command('edition')
    .summary('look at editions, change them, let them go or hold them')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet edition list morning\n  broadsheet edition show morning\n  broadsheet edition edit morning\n  broadsheet edition approve morning/2026-11-24 --by Mai',
    );
  const { terminal } = shell;

  edition
    .command('list')
    .argument('[newsletter]', 'its slug; default: of all')
    .summary('editions, the newest first')
    .option('--limit <count>', 'how many', wholeNumber, 12)
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet edition list\n  broadsheet edition list morning --limit 3\n  broadsheet edition list --json | jq \'.[] | select(.state == "held")\'',
    )
    .action(async (slug: string | undefined, options: { limit: number; json?: boolean }, command) => {
      await using context = await shell.open(command);
      const listed = await listEditions(context, slug, options.limit);
      if (options.json) {
        terminal.out(JSON.stringify(listed.map(editionJson), null, 2));
        return;
      }
      if (listed.length === 0)
        terminal.out(' There is no edition yet.   broadsheet status tells when the next one is made');
      const rows = listed.map(({ row, newsletter, state, stories }) => [
        styled(terminal, 'bold', row.fullName),
        formatMoment(Temporal.Instant.fromEpochMilliseconds(row.slot_at), newsletter.time_zone, shell.now()),
        plural(stories, 'story', 'stories'),
        state,
      ]);
      for (const line of columnsInWidth(terminal, rows)) terminal.out(line);
    });

  edition
    .command('show')
    .argument('<edition>', 'morning/2026-11-24, or morning for its newest')
    .summary('what is in an edition, and where it stands')
    .option('--revision <number>', 'an earlier revision', wholeNumber)
    .option('--yaml', 'as the file that edit takes')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet edition show morning\n  broadsheet edition show morning/2026-11-24 --revision 1\n  broadsheet edition show morning --yaml > today.yaml',
    )
    .action(async (name: string, options: { revision?: number; yaml?: boolean; json?: boolean }, command) => {
      await using context = await shell.open(command);
      const row = await findEdition(context.db, name);
      const revision = await readRevision(context.db, row.id, options.revision);
      if (options.json) {
        const { newsletter: _, ...shown } = revision;
        terminal.out(jsonOf(shown));
      } else if (options.yaml) {
        terminal.out(renderEditionFile(revision).trimEnd());
      } else {
        const state = stateWords(row, revision.newsletter, shell.now(), await progressOf(context, row));
        const message = await composePreview(context, revision, null);
        const told = { revision, row, message, state };
        for (const line of revisionLines(terminal, told, shell.now())) terminal.out(line);
        for (const line of await suggestionLines(context, terminal, row)) terminal.out(line);
      }
    });

  defineEditionLife(edition, shell);
  defineEditionEdit(edition, shell);
};

interface Listed {
  row: EditionRow;
  newsletter: Newsletter;
  state: string;
  progress: Progress | null;
  stories: number;
}

async function listEditions(context: Context, slug: string | undefined, limit: number): Promise<Listed[]> {
  const { db, now } = context;
  const newsletters = slug === undefined ? await listNewsletters(db) : [await namedNewsletter(db, slug)];
  if (newsletters.length === 0) return [];
  const byId = new Map(newsletters.map((newsletter) => [newsletter.id, newsletter]));
  const rows = await db
    .selectFrom('editions')
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom('edition_items')
        .select(({ fn }) => fn.countAll<number>().as('stories'))
        .whereRef('edition_items.edition_id', '=', 'editions.id')
        .whereRef('edition_items.revision', '=', 'editions.revision')
        .as('stories'),
    )
    .where('newsletter_id', 'in', [...byId.keys()])
    .orderBy('slot_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return Promise.all(
    rows.map(async ({ stories, ...edition }) => {
      const newsletter = byId.get(edition.newsletter_id) as Newsletter;
      const row = { ...edition, slug: newsletter.slug, fullName: `${newsletter.slug}/${edition.name}` };
      const progress = await progressOf(context, row);
      const state = stateWords(row, newsletter, now(), progress);
      return { row, newsletter, state, progress, stories: stories ?? 0 };
    }),
  );
}

/** How many have it, of those who are to get it; null before it goes out. */
async function progressOf({ db }: Context, { id, sending_at }: EditionRow): Promise<Progress | null> {
  if (sending_at === null) return null;
  const states = await db
    .selectFrom('deliveries')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .where('edition_id', '=', id)
    .where('state', '<>', 'excluded')
    .groupBy('state')
    .execute();
  return {
    sent: states.find(({ state }) => state === 'sent')?.count ?? 0,
    total: states.reduce((sum, { count }) => sum + count, 0),
  };
}

function editionJson({ row, state, progress, stories }: Listed) {
  return {
    name: row.fullName,
    rhythm: row.rhythm,
    at: Temporal.Instant.fromEpochMilliseconds(row.slot_at).toString(),
    state: row.state,
    words: state,
    revision: row.revision,
    approvedRevision: row.approved_revision,
    stories,
    ...progress,
  };
}

interface ShownRevision {
  revision: Revision;
  row: EditionRow;
  /** null: it has no story. */
  message: ComposedMessage | null;
  /** In words. */
  state: string;
}

function revisionLines(
  terminal: Terminal,
  { revision, row, message, state }: ShownRevision,
  now: Temporal.Instant,
): string[] {
  const { newsletter, subject, preheader, greeting, items, number } = revision;
  const at = Temporal.Instant.fromEpochMilliseconds(row.slot_at);
  const older = number === row.revision ? '' : ` of ${row.revision}`;
  const dim = (text: string) => styled(terminal, 'dim', text);
  const text = (label: string, value: string | null, automatic: string) =>
    value === null
      ? paragraph(terminal, ` ${label.padEnd(10)} `, `${automatic} (automatic)`.trim(), dim)
      : paragraph(terminal, ` ${label.padEnd(10)} `, value);
  // As it is composed: where the top story has been withdrawn the next one leads.
  const shown = message?.items ?? items;
  const rows = shown.map((item, at) => [
    placeLabel(item, shown[at - 1]),
    item.code,
    shortHeadline(item.headline, item.language ?? newsletter.language) + (item.pinned ? '  [pinned]' : ''),
    item.sourceName,
  ]);
  return [
    `${styled(terminal, 'bold', newsletter.name)}, ${formatMoment(at, newsletter.time_zone, now)}   ${row.fullName}, revision ${number}${older}`,
    ` ${state}`,
    '',
    ...text('Subject', subject, message?.subject ?? ''),
    ...text('Preheader', preheader, message?.preheader ?? ''),
    ...text('Greeting', greeting, message?.greeting ?? ''),
    '',
    ...columns(rows).map((line) => ` ${line}`),
    ...(items.length === 0 ? [' There is no story in it.'] : []),
    ...longHeadlines(items).map((doubt) => ` ${styled(terminal, 'yellow', '!')} ${doubt}`),
  ];
}

/** The heading it stands under, once. */
function placeLabel(item: RevisionItem, before: RevisionItem | undefined): string {
  const heading = ({ place, section }: RevisionItem) =>
    ({ lead: 'Top story', story: section ?? '', brief: 'In brief', more: 'More news' })[place];
  return before && heading(before) === heading(item) ? '' : heading(item);
}

/** What selection would change in an edition that people have changed and that has not gone out. */
async function suggestionLines({ db }: Context, terminal: Terminal, row: EditionRow): Promise<string[]> {
  if (row.touched === 0 || !['draft', 'approved', 'held'].includes(row.state)) return [];
  const { suggested } = await explainEdition(db, row);
  if (suggested.length === 0) return [];
  return [
    '',
    ` ${styled(terminal, 'bold', 'Selection would take')}`,
    ...columns(suggested.map(({ section, code, headline }) => [section ?? '', code, headline])).map(
      (line) => ` ${line}`,
    ),
  ];
}
