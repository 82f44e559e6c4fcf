import type { Context } from '../context.ts';
import { personFacts } from '../delivery/person.ts';
import type { Parts } from '../editions/candidate.ts';
import { REMEMBERED } from '../editions/edition-candidates.ts';
import { findEdition, hasEdition } from '../editions/find.ts';
import { previewRevision } from '../editions/prepare.ts';
import { countWords, JUST_OUT, reasonWords, shortMoment } from '../editions/reason-words.ts';
import {
  explainEdition,
  explainPreview,
  explainStory,
  type Why,
  type WhyIn,
  type WhyStory,
} from '../editions/why.ts';
import { getNewsletter, type Newsletter, namedNewsletter } from '../newsletters/newsletter.ts';
import { formatAge } from '../terminal/age.ts';
import { plural, styled, type Terminal, wrapped } from '../terminal/terminal.ts';
import { clockOf } from './edition-clock.ts';
import { jsonOf } from './json.ts';
import { namedSubscriber } from './named-subscriber.ts';
import { personSentence } from './person-words.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet why EDITION`: why each story is in it, or is not. */
export const defineWhy: DefineCommand = (program, shell) => {
  program
    .command('why')
    .argument('<edition>', 'morning/2026-11-24, or morning for its newest')
    .summary('why each story is in an edition, and why a reader got it, or not')
    .option('--story <code>', 'one story: its score, and what would have let it in')
    .option('--all', 'every story that was looked at')
    .option('--to <address>', 'one person: whether they got it, which stories, and why')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      '\nExamples:\n  broadsheet why morning\n  broadsheet why morning/2026-11-24 --story k7q2\n  broadsheet why morning/2026-11-24 --to reader@example.org\n  broadsheet why morning --json | jq .counts',
    )
    .action(async (name: string, options: Options, command) => {
      await using context = await shell.open(command);
      const { terminal } = shell;
      if (options.to !== undefined) {
        await explainPerson(context, terminal, name, options.to, options.json === true);
        return;
      }
      const { why, newsletter, called } = await explain(context, name);
      if (options.story !== undefined) {
        const story = await explainStory(context.db, why, options.story);
        if (options.json) terminal.out(jsonOf(story));
        else for (const line of storyLines(terminal, story, newsletter)) terminal.out(line);
        return;
      }
      if (options.json) {
        terminal.out(jsonOf(why));
        return;
      }
      const lines = whyLines(terminal, why, called, newsletter, options.all === true);
      for (const line of lines) terminal.out(line);
    });
};

interface Options {
  story?: string;
  all?: boolean;
  to?: string;
  json?: boolean;
}

async function explainPerson(
  { db, now }: Context,
  terminal: Terminal,
  name: string,
  address: string,
  json: boolean,
): Promise<void> {
  const edition = await findEdition(db, name);
  const newsletter = await getNewsletter(db, edition.newsletter_id);
  const person = await namedSubscriber(db, address);
  const facts = await personFacts(db, edition, person, now());
  const clock = clockOf(newsletter, edition.slot_at);
  const asked = { email: person.email, edition, newsletter: newsletter.name, clock };
  const sentence = personSentence(asked, facts);
  if (json) {
    const { subscription: _, ...told } = facts;
    terminal.out(jsonOf({ edition: edition.fullName, email: person.email, sentence, ...told }));
    return;
  }
  const room = terminal.interactive ? terminal.columns - 1 : Number.POSITIVE_INFINITY;
  for (const line of wrapped(sentence, room)) terminal.out(` ${line}`);
}

interface Explained {
  why: Why;
  newsletter: Newsletter;
  /** What to call it on the command line. */
  called: string;
}

/** The edition of that name; of a newsletter that has none yet, what its first one would be. */
async function explain(context: Context, name: string): Promise<Explained> {
  const { db } = context;
  if (!name.includes('/')) {
    const newsletter = await namedNewsletter(db, name);
    if (!(await hasEdition(db, newsletter))) {
      const why = await explainPreview(db, await previewRevision(context, newsletter, null));
      return { why, newsletter, called: name };
    }
  }
  const edition = await findEdition(db, name);
  const newsletter = await getNewsletter(db, edition.newsletter_id);
  return { why: await explainEdition(db, edition), newsletter, called: edition.fullName };
}

/** How many of those that just missed are shown. */
const NEAR = 5;

function whyLines(
  terminal: Terminal,
  why: Why,
  called: string,
  newsletter: Newsletter,
  all: boolean,
): string[] {
  const heading = (text: string) => `\n ${styled(terminal, 'bold', text)}`;
  const zone = newsletter.time_zone;
  const out = [...why.suggested, ...why.out];
  const near = all ? out : [...why.suggested, ...nearest(why.out)];
  const known = new Set(near);
  return [
    `${styled(terminal, 'bold', newsletter.name)}, ${longDay(why.slotAt, zone)}, window ${shortMoment(why.windowFrom, zone)} to ${shortMoment(why.windowTo, zone)}`,
    ` ${plural(why.in.length + out.length, 'story', 'stories')} seen, ${why.in.length} in, ${out.length} out.   score = freshness × source × event × pin`,
    ...(why.skipped === null ? [] : [` ${styled(terminal, 'bold', `Skipped: ${why.skipped.note}`)}`]),
    ...(why.in.length === 0 ? [] : [heading('IN')]),
    ...why.in.flatMap((story) => [
      titleLine(terminal, story, placeWords(story)),
      ...inDetails(terminal, story, zone),
    ]),
    ...(near.length === 0 ? [] : [heading(all ? 'OUT' : 'JUST OUT (what would have let them in)')]),
    ...near.flatMap((story) => [
      titleLine(terminal, story, `  ${story.section ?? 'No section'}`),
      detail(terminal, reasonWords(story, newsletter)),
    ]),
    ...(out.length === 0 ? [] : ['', ...countLines(terminal, why, out.length)]),
    ...(all || known.size === out.length ? [] : [` Every story: broadsheet why ${called} --all`]),
    ` One story: broadsheet why ${called} --story ${(near[0] ?? why.in[0])?.code ?? 'CODE'}`,
  ];
}

/** The best of what missed by little, so that one reason does not hide the others. */
function nearest(out: readonly WhyStory[]): WhyStory[] {
  const close = out.filter(({ reason }) => JUST_OUT.includes(reason));
  const first = JUST_OUT.flatMap((reason) => close.find((story) => story.reason === reason) ?? []);
  const rest = close.filter((story) => !first.includes(story));
  return [...first, ...rest].slice(0, NEAR).sort((one, other) => (other.score ?? 0) - (one.score ?? 0));
}

const LABEL = 12;
const INDENT = ' '.repeat(LABEL + 3);

/** ` 1 Top story  k7q2  Eleven ports agree to share one flood fund           2.41` */
function titleLine(terminal: Terminal, { code, headline, score }: WhyStory, label: string): string {
  const width = Math.min(terminal.columns, 100) - 1;
  const start = ` ${label.padEnd(LABEL)}  ${code}  `;
  const number = score === null ? '    ' : score.toFixed(2);
  const room = Math.max(20, width - start.length - number.length - 2);
  const title = headline.length > room ? `${headline.slice(0, room - 1).trimEnd()}…` : headline;
  return `${start}${title.padEnd(room)}  ${number}`;
}

function placeWords({ position, place, section }: WhyIn): string {
  const name = { lead: 'Top story', story: section ?? '', brief: 'In brief', more: 'More news' }[place];
  return `${String(position).padEnd(2)} ${name.length > 9 ? `${name.slice(0, 8)}…` : name}`;
}

function inDetails(terminal: Terminal, story: WhyIn, zone: string): string[] {
  const { parts } = story;
  // Who pinned it did not ask whether it has.
  const developed = parts?.pin === undefined ? parts?.carriedAs : undefined;
  const notes = [
    ...(parts?.picture ? ['has a picture'] : []),
    ...(developed ? [`has developed since ${developed.edition}, where it was ${developed.code}`] : []),
  ];
  const score = parts ? [[scoreWords(parts), ...notes].join('; ')] : [];
  return [...score, ...changeWords(story, zone)].map((line) => detail(terminal, line));
}

function detail(terminal: Terminal, text: string): string {
  return styled(terminal, 'dim', `${INDENT}${text}`);
}

/** `.93 fresh (2 h) × 1.2 Harbour Wire × 2.16 (3 reports)` */
function scoreWords({ fresh, age, weight, source, event, reports, pin }: Parts): string {
  return [
    `${fresh.toFixed(2).replace(/^0/, '')} fresh (${formatAge(age)})`,
    `${Number(weight.toFixed(2))} ${source}`,
    ...(reports > 1 ? [`${event.toFixed(2)} (${reports} reports)`] : []),
    ...(pin === undefined ? [] : [`${pin} pinned`]),
  ].join(' × ');
}

function changeWords({ changes, reason }: WhyIn, zone: string): string[] {
  const told = changes.map(({ by, at, change }) => {
    const whom = `by ${by}, ${shortMoment(at, zone).split(' ').at(-1)}`;
    if (change.kind === 'moved') return `moved from ${change.from} to ${change.to} ${whom}`;
    if (change.kind === 'changed')
      return `${change.field === 'pinned' ? (change.after ? 'pinned' : 'no longer pinned') : `${change.field} changed`} ${whom}`;
    return `${change.kind} ${whom}`;
  });
  return reason === null && told.length === 0 ? ['selection did not see it'] : told;
}

function countLines(terminal: Terminal, { counts }: Why, total: number): string[] {
  const start = ` ALL ${total} OUT    `;
  const width = Math.min(terminal.columns, 100);
  const lines: string[] = [];
  let line = start;
  for (const { reason, count } of counts) {
    const more = reason === 'below' && count >= REMEMBERED ? ' or more' : '';
    const told = `${count}${more} ${countWords[reason]}`;
    if (line.trim() !== '' && line !== start && line.length + told.length + 3 > width) {
      lines.push(line.trimEnd());
      line = ' '.repeat(start.length);
    }
    line += `${told}   `;
  }
  return [...lines, line.trimEnd()].map((each, index) =>
    index === 0 ? each.replace(start.trimEnd(), styled(terminal, 'bold', start.trimEnd())) : each,
  );
}

function storyLines(terminal: Terminal, story: WhyIn | WhyStory, newsletter: Newsletter): string[] {
  if ('place' in story) {
    const inside = titleLine(terminal, story, placeWords(story));
    return [inside, ...inDetails(terminal, story, newsletter.time_zone)];
  }
  return [
    titleLine(terminal, story, `  ${story.section ?? 'No section'}`),
    ...(story.parts ? [detail(terminal, scoreWords(story.parts))] : []),
    detail(terminal, `out: ${reasonWords(story, newsletter)}`),
  ];
}

/** `Tuesday 24 November 2026`. */
function longDay(at: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toLocaleString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
    .replace(',', '');
}
