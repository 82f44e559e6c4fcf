import type { Db } from '../database/connect.ts';
import type { Revision } from '../editions/revision.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { automaticSubject } from './automatic.ts';
import { cleanLine } from './clean-text.ts';
import { clockTime, type Locale, longDate, say, sayCount } from './locale.ts';
import type { DeskNote } from './message.ts';
import type { NoticeContent } from './notice-message.ts';

/** So many of the stories that were left out are named above a draft. */
const NAMED = 5;

/** What stands above a draft: when it goes out and on what condition, how to decide, what was left out. */
export async function proofNote(
  db: Db,
  revision: Revision,
  locale: Locale,
): Promise<(message: { preheader: string }) => DeskNote> {
  const { newsletter, edition } = revision;
  const { proof } = locale.words;
  const leftOut = await bestLeftOut(db, edition.id, locale);
  const values = {
    newsletter: cleanLine(newsletter.name),
    date: longDate(locale, edition.slotAt, newsletter.time_zone),
    time: clockTime(locale, edition.slotAt, newsletter.time_zone),
    revision: String(revision.number),
  };
  return ({ preheader }) => ({
    title: say(proof.title, values),
    lines: [say(conditionOf(revision, locale), values), say(proof.preheader, { preheader })],
    commands: [
      ...(edition.state === 'approved'
        ? []
        : [{ what: proof.approve, command: command('edition approve', edition) }]),
      { what: proof.hold, command: command('edition hold', edition) },
      { what: proof.edit, command: command('edition edit', edition) },
      { what: proof.why, command: command('why', edition) },
    ],
    leftOut,
  });
}

/** An edition that needs approval and has none. @param deadline ms UTC, after which it is skipped. */
export function reminderContent(
  deadline: number,
  revision: Revision,
  { newsletter, locale, now }: { newsletter: Newsletter; locale: Locale; now: Temporal.Instant },
): NoticeContent {
  const { edition } = revision;
  const words = locale.words.reminder;
  const late = now.epochMilliseconds >= edition.slotAt;
  const items = revision.items.map((item) => ({ ...item, headline: cleanLine(item.headline) }));
  const values = {
    newsletter: cleanLine(newsletter.name),
    date: longDate(locale, edition.slotAt, newsletter.time_zone),
    time: clockTime(locale, edition.slotAt, newsletter.time_zone),
    deadline: clockTime(locale, deadline, newsletter.time_zone),
    subject: revision.subject ?? automaticSubject(items, locale),
  };
  return {
    subject: say(late ? words.late : words.subject, values),
    heading: words.heading,
    paragraphs: [say(late ? words.lateText : words.text, values), values.subject].filter(Boolean),
    action: null,
    commands: [
      { what: words.approve, command: command('edition approve', edition) },
      { what: words.hold, command: command('edition hold', edition) },
    ],
    note: null,
    leave: null,
  };
}

function conditionOf({ newsletter, edition }: Revision, { words }: Locale): string {
  if (edition.state === 'approved') return words.proof.approved;
  if (edition.state === 'held') return words.proof.held;
  return newsletter.approval === 'required' ? words.proof.required : words.proof.automatic;
}

function command(verb: string, { name }: Revision['edition']): string {
  return `npx broadsheet ${verb} ${name}`;
}

async function bestLeftOut(db: Db, editionId: number, locale: Locale): Promise<DeskNote['leftOut']> {
  const out = db
    .selectFrom('edition_candidates')
    .where('edition_candidates.edition_id', '=', editionId)
    .where('edition_candidates.verdict', '=', 'out');
  const { count } = await out.select((eb) => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  if (count === 0) return null;
  const best = await out
    .innerJoin('stories', 'stories.id', 'edition_candidates.story_id')
    .select(['stories.code', 'stories.headline'])
    .orderBy('edition_candidates.score', 'desc')
    .orderBy('stories.id')
    .limit(NAMED)
    .execute();
  return {
    title: sayCount(locale, locale.words.proof.leftOut, count),
    stories: best.map(({ code, headline }) => `${code}  ${cleanLine(headline)}`),
  };
}
