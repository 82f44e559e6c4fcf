import type { RevisionItem } from '../editions/revision.ts';
import { characters, shorten } from '../messages/shorten.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { formatAge } from '../terminal/age.ts';
import { formatMoment } from '../terminal/moment.ts';
import { columns, formatCount, paragraph, plural, styled, type Terminal } from '../terminal/terminal.ts';
import { type AudiencePreview, leftOutWords } from './audience-preview.ts';

/** An edition that is not made, as its readers would get it. */
export interface Preview {
  newsletter: Newsletter;
  items: RevisionItem[];
  html: string;
  text: string;
  raw: Buffer;
  report: Report;
}

/** report.json, and what `--json` prints. */
export interface Report {
  edition: string;
  /** 0: not prepared yet. */
  revision: number;
  slotAt: string;
  sections: string[] | null;
  /** Why it would not go out by itself; null: it would. */
  skipped: string | null;
  subject: string;
  preheader: string;
  greeting: string;
  /** What editors should shorten, in words. */
  longHeadlines: string[];
  stories: Array<{
    place: RevisionItem['place'];
    section: string | null;
    code: string;
    headline: string;
    source: string;
    url: string | null;
    publishedAt: string;
  }>;
  leftOut: number;
  words: number;
  minutes: number;
  bytes: { html: number; text: number; message: number };
  audience: AudiencePreview;
}

const HEADLINE = 52;

/** A preview as a person reads it. @param folder where the message was written. */
export function previewWords(
  terminal: Terminal,
  { newsletter, items, report }: Preview,
  folder: string,
  now: Temporal.Instant,
): string {
  const slot = Temporal.Instant.from(report.slotAt);
  const counted = (label: string, text: string) => {
    const length = `(${characters(text)})`;
    return paragraph(terminal, label, `${text}  ${length}`).map((line) =>
      line.endsWith(length) ? line.slice(0, -length.length) + styled(terminal, 'dim', length) : line,
    );
  };
  const more = items.filter(({ place }) => place === 'more').length;
  const { bytes, audience } = report;
  const leftOut = leftOutWords(audience);
  const prepared = report.revision > 0 ? `prepared, revision ${report.revision}; ` : '';
  return [
    `${styled(terminal, 'bold', newsletter.name)}, ${formatMoment(slot, newsletter.time_zone, now)}      ${styled(terminal, 'dim', `${prepared}nothing is changed or sent`)}`,
    ...(report.skipped === null
      ? []
      : [` ${styled(terminal, 'yellow', '!')} Would be skipped: ${report.skipped}`]),
    ...report.longHeadlines.map((doubt) => ` ${styled(terminal, 'yellow', '!')} ${doubt}`),
    ...counted(' Subject    ', report.subject),
    ...counted(' Preheader  ', report.preheader),
    ...(report.sections === null ? [] : [` Sections   ${report.sections.join(', ')} only`]),
    '',
    ...columns(storyRows(items, report, newsletter)).map((line) => ` ${line}`),
    ` ${'More news'.padEnd(10)}  ${plural(more, 'link')}      left out ${formatCount(report.leftOut)}${report.revision > 0 ? `   (broadsheet why ${report.edition})` : ''}`,
    '',
    ` ${plural(items.length, 'story', 'stories')}, ${plural(report.words, 'word')}, ${plural(report.minutes, 'minute')}.  HTML ${kilobytes(bytes.html)}, message ${kilobytes(bytes.message)}.`,
    ` Audience   ${plural(audience.people, 'person', 'people')} in ${plural(audience.versions, 'version')}; ${formatCount(audience.leftOut)} left out`,
    ...(leftOut === '' ? [] : [`            ${leftOut}`]),
    '',
    ` Written    ${folder}/message.html  message.txt  message.eml  report.json`,
    ` Next       broadsheet test ${newsletter.slug} --to ${newsletter.editors[0] ?? 'you@news.example'}`,
  ].join('\n');
}

/** A section is named on the first of its stories only. */
function storyRows(items: RevisionItem[], report: Report, newsletter: Newsletter): string[][] {
  const slotAt = Temporal.Instant.from(report.slotAt).epochMilliseconds;
  let before: string | null = null;
  return items
    .filter(({ place }) => place !== 'more')
    .map((item) => {
      const heading = item.place === 'lead' ? 'Top story' : (item.section ?? 'Other news');
      const label = heading === before ? '' : heading;
      before = heading;
      return [
        label.padEnd(10),
        item.code,
        shorten(item.headline, HEADLINE, newsletter.language),
        item.sourceName,
        formatAge(slotAt - item.publishedAt),
      ];
    });
}

/** 1 kB = 1,000 bytes, as mail programs count. */
function kilobytes(bytes: number): string {
  return `${formatCount(Math.round(bytes / 1000))} kB`;
}
