import { stripVTControlCharacters } from 'node:util';
import type { Context } from '../context.ts';
import type { Place } from '../database/tables/editions.ts';
import { deliveryReport } from '../delivery/report.ts';
import type { ImportedDocument } from '../demo/import-newsroom.ts';
import type { Revision } from '../editions/revision.ts';
import { formatMoment } from '../terminal/moment.ts';
import { formatCount, markLine, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { reasonWords, sumWords } from './report-words.ts';
import { countsOf } from './story-counts.ts';

/** What came in. */
export function storiesLine(terminal: Terminal, documents: ImportedDocument[]): string {
  const { all, parts } = countsOf(documents.map(({ stories }) => stories));
  const refused = documents.flatMap(({ name, stories }) =>
    stories.refused.map(({ place, reason }) => `refused: ${name}, ${place}: ${reason}`),
  );
  return markLine(terminal, 'done', 'stories', [
    `${formatCount(all)} in ${plural(documents.length, 'file')}: ${parts.join(', ')}`,
    ...refused,
  ]);
}

/** What is in the edition. */
export async function editionLines(
  terminal: Terminal,
  { db, now }: Context,
  revision: Revision,
): Promise<string> {
  const { newsletter, edition, items } = revision;
  const slot = Temporal.Instant.fromEpochMilliseconds(edition.slotAt);
  const lead = items.find(({ place }) => place === 'lead');
  const { leftOut } = await db
    .selectFrom('edition_candidates')
    .select((eb) => eb.fn.countAll<number>().as('leftOut'))
    .where('edition_id', '=', edition.id)
    .where('verdict', '=', 'out')
    .executeTakeFirstOrThrow();
  const counts: [string, number][] = [
    ...newsletter.sections.map(({ name }): [string, number] => [
      name,
      items.filter(({ place, section }) => place === 'story' && section === name).length,
    ]),
    ['More news', ofPlace(items, 'more')],
  ];
  const shown = counts.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`);
  return markLine(terminal, 'done', 'edition', [
    `${newsletter.name}, ${formatMoment(slot, newsletter.time_zone, now())}`,
    `Top story  ${lead?.headline ?? ''}`,
    `           ${lead === undefined ? '' : leadWords(lead, edition.slotAt)}`,
    `${shown.join('    ')}    left out ${formatCount(leftOut)}`,
  ]);
}

/** `3 reports of one event, 2 hours old, has a picture`. */
function leadWords(
  { alsoReportedBy, publishedAt, picture }: Revision['items'][number],
  slotAt: number,
): string {
  const reports = alsoReportedBy.length + 1;
  const hours = Math.round((slotAt - publishedAt) / 3_600_000);
  return [
    ...(reports > 1 ? [`${reports} reports of one event`] : []),
    hours < 1 ? 'less than an hour old' : `${plural(hours, 'hour')} old`,
    ...(picture === null ? [] : ['has a picture']),
  ].join(', ');
}

function ofPlace(items: Revision['items'], place: Place): number {
  return items.filter((item) => item.place === place).length;
}

/** What became of it. */
export async function sentLines(terminal: Terminal, { db }: Context, { edition }: Revision): Promise<string> {
  const report = await deliveryReport(db, edition.id);
  return markLine(terminal, 'done', 'sent', [
    `${plural(report.sent.total, 'message')} over SMTP to the built-in inbox`,
    sumWords(report),
    ...(report.excluded.total === 0 ? [] : [`left out: ${reasonWords(report.excluded)}`]),
  ]);
}

/** The draft of the next edition, of what has come in since. */
export function draftLine(terminal: Terminal, { now }: Context, revision: Revision): string {
  const { newsletter, edition, items } = revision;
  const slot = Temporal.Instant.fromEpochMilliseconds(edition.slotAt);
  const moment = formatMoment(slot, newsletter.time_zone, now());
  return markLine(terminal, 'done', 'draft', [
    `${newsletter.name}, ${moment}`,
    `${plural(items.length, 'story', 'stories')} so far: change it, approve it`,
  ]);
}

const TIME_COLUMN = 80;

/** Puts how long a step took at the end of its first line. */
export function timed(terminal: Terminal, lines: string, took: number): string {
  const [first = '', ...rest] = lines.split('\n');
  const time = seconds(took);
  // Colours take no room on the screen.
  const width = stripVTControlCharacters(first).length;
  const gap = ' '.repeat(Math.max(2, TIME_COLUMN - width - time.length));
  return [first + gap + styled(terminal, 'dim', time), ...rest].join('\n');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
