import type { Db } from '../database/connect.ts';
import { findEdition } from '../editions/find.ts';
import { JUST_OUT, reasonWords } from '../editions/reason-words.ts';
import type { Revision } from '../editions/revision.ts';
import { explainEdition } from '../editions/why.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { automaticSubject } from './automatic.ts';
import { cleanLine } from './clean-text.ts';
import { shortHeadline } from './headline.ts';
import { clockTime, type Locale, longDate, say, sayCount, zonedTime } from './locale.ts';
import type { DeskNote } from './message.ts';
import type { NoticeContent } from './notice-message.ts';

/** So many of the stories that were left out are named above a draft. */
const NAMED = 5;

/** What stands around a draft: when it goes out and on what condition, how to decide; what was left out. */
export async function proofNote(
  db: Db,
  revision: Revision,
  { locale, now }: { locale: Locale; now: Temporal.Instant },
): Promise<(message: { preheader: string }) => DeskNote> {
  const { newsletter, edition } = revision;
  const { proof } = locale.words;
  const leftOut = await nearlyIn(db, revision, locale);
  const values = {
    newsletter: cleanLine(newsletter.name),
    date: longDate(locale, edition.slotAt, newsletter.time_zone),
    time: zonedTime(locale, edition.slotAt, newsletter.time_zone),
    deadline: deadlineWords(locale, edition.slotAt + newsletter.timing.grace, revision),
    revision: String(revision.number),
  };
  const needsApproval = newsletter.approval === 'required' && edition.state !== 'approved';
  return ({ preheader }) => ({
    title: say(proof.title, values),
    lines: [say(conditionOf(revision, locale, now), values)],
    commands: [
      ...(needsApproval ? [{ what: proof.approve, command: command('edition approve', edition) }] : []),
      { what: proof.hold, command: command('edition hold', edition) },
    ],
    preheader: say(proof.preheader, { preheader }),
    leftOut,
    more: [
      { what: proof.edit, command: command('edition edit', edition) },
      { what: proof.why, command: command('why', edition) },
    ],
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
    time: zonedTime(locale, edition.slotAt, newsletter.time_zone),
    deadline: deadlineWords(locale, deadline, revision),
    subject: revision.subject ?? automaticSubject(items, locale),
  };
  return {
    // Short: a subject has no room for the zone.
    subject: say(late ? words.late : words.subject, {
      ...values,
      time: clockTime(locale, edition.slotAt, newsletter.time_zone),
    }),
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

function conditionOf({ newsletter, edition }: Revision, { words }: Locale, now: Temporal.Instant): string {
  const { proof } = words;
  if (edition.state === 'approved') return proof.approved;
  if (edition.state === 'held') return proof.held;
  const late = now.epochMilliseconds >= edition.slotAt;
  if (newsletter.approval === 'required') return late ? proof.requiredLate : proof.required;
  return late ? proof.automaticLate : proof.automatic;
}

/** `09:00 GMT`; with its date where that is not the edition's. @param deadline ms UTC. */
function deadlineWords(locale: Locale, deadline: number, { newsletter, edition }: Revision): string {
  const time = zonedTime(locale, deadline, newsletter.time_zone);
  const day = longDate(locale, deadline, newsletter.time_zone);
  return day === longDate(locale, edition.slotAt, newsletter.time_zone) ? time : `${time}, ${day}`;
}

function command(verb: string, { name }: Revision['edition']): string {
  return `npx broadsheet ${verb} ${name}`;
}

/** What missed by little, best first, with the reason where it can be said in the language. */
async function nearlyIn(
  db: Db,
  { newsletter, edition }: Revision,
  locale: Locale,
): Promise<DeskNote['leftOut']> {
  const { out, suggested } = await explainEdition(db, await findEdition(db, edition.name));
  const all = [...suggested, ...out];
  const near = all.filter(({ reason }) => JUST_OUT.includes(reason)).slice(0, NAMED);
  if (near.length === 0) return null;
  const english = new Intl.Locale(locale.language).language === 'en';
  return {
    title: sayCount(locale, locale.words.proof.leftOut, all.length),
    stories: near.map((story) => {
      const headline = `${story.code}  ${shortHeadline(cleanLine(story.headline), locale.language)}`;
      return english ? `${headline}: ${reasonWords(story, newsletter)}` : headline;
    }),
  };
}
