import type { Context } from '../context.ts';
import type { Revision } from '../editions/revision.ts';
import { previousSlots } from '../editions/slots.ts';
import { composeEdition } from '../messages/compose.ts';
import { RHYTHMS } from '../newsletters/settings.ts';
import type { NoticeKind } from '../notices/notice.ts';
import { linkKeys } from '../subscribers/links.ts';
import { formatMoment } from '../terminal/moment.ts';
import { formatCount, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { type AudiencePreview, leftOutWords } from './audience-preview.ts';
import { totalRate } from './open-relay.ts';

/**
 * What `send` shows before it asks: newsletter, subject, people and relay, and until when it takes.
 * @param left how many of an edition that goes on have no outcome yet; null: it begins. @param notices other mail that is due.
 */
export async function sendSummary(
  { config, secrets, now }: Context,
  terminal: Terminal,
  {
    revision,
    people,
    left,
    notices,
    relay,
  }: {
    revision: Revision;
    people: AudiencePreview;
    left: number | null;
    notices: Map<NoticeKind, number>;
    relay: string;
  },
): Promise<string> {
  const { newsletter, edition, items } = revision;
  const site = { publicUrl: config.publicUrl, bounceDomain: config.bounceDomain, keys: linkKeys(secrets) };
  const subject = (await composeEdition(revision, null, site))?.subject ?? '';
  const slot = Temporal.Instant.fromEpochMilliseconds(edition.slotAt);
  const leftOut = people.leftOut === 0 ? '' : `; left out: ${leftOutWords(people)}`;
  const audience =
    left === null
      ? `${formatCount(people.people)}${leftOut}`
      : `${formatCount(left)} are left; the others have theirs`;
  const first = total(notices);
  const seconds = Math.ceil((first + (left ?? people.people)) / totalRate(config));
  const end = formatMoment(now().add({ seconds }), newsletter.time_zone, now());
  const few = items.length < newsletter.limits.min_stories;
  return [
    `${styled(terminal, 'bold', newsletter.name)}, ${formatMoment(slot, newsletter.time_zone, now())}`,
    ` Subject    ${subject}`,
    ` People     ${audience}`,
    ` Relay      ${relay}, at most ${formatCount(totalRate(config))} a second`,
    ` Expected   ${lengthWords(seconds)}, until ${end}`,
    ...(first > 0 ? [` First      ${noticeWords(notices)}: they leave before any edition`] : []),
    ...(few
      ? [
          ` Note       ${plural(items.length, 'story', 'stories')}; its schedule would want ${newsletter.limits.min_stories}`,
        ]
      : []),
    ...(newsletter.enabled
      ? []
      : [` Note       ${newsletter.slug} is switched off; its schedule sends nothing`]),
    ...sameTimeLines(revision),
    '',
  ].join('\n');
}

/** Readers of another rhythm get an edition of their own, also where both go out at the same time. */
export function sameTimeLines({ newsletter, edition }: Revision): string[] {
  const after = Temporal.Instant.fromEpochMilliseconds(edition.slotAt + 1);
  return previousSlots(newsletter, after, RHYTHMS.length)
    .filter(({ at, rhythm }) => at.epochMilliseconds === edition.slotAt && rhythm !== edition.rhythm)
    .map(
      ({ rhythm }) =>
        ` Also       broadsheet send ${newsletter.slug} --rhythm ${rhythm}   its readers get their own`,
    );
}

/** `1,200 confirmation mails and 3 others`. */
export function noticeWords(notices: Map<NoticeKind, number>): string {
  const confirmations = notices.get('confirmation') ?? 0;
  const others = total(notices) - confirmations;
  if (confirmations === 0) return plural(others, 'other mail');
  const asked = plural(confirmations, 'confirmation mail');
  return others === 0 ? asked : `${asked} and ${plural(others, 'other')}`;
}

function total(notices: Map<NoticeKind, number>): number {
  return [...notices.values()].reduce((sum, count) => sum + count, 0);
}

/** `under a minute`, `12 minutes`, `3 hours 20 minutes`. */
function lengthWords(seconds: number): string {
  if (seconds < 60) return 'under a minute';
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return plural(minutes, 'minute');
  const rest = minutes % 60;
  return `${plural(Math.floor(minutes / 60), 'hour')}${rest === 0 ? '' : ` ${plural(rest, 'minute')}`}`;
}
