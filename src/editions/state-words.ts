import type { Selectable } from 'kysely';
import type { EditionTable } from '../database/tables/editions.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { BROADSHEET } from './life.ts';
import { goesOutAt } from './release-due.ts';

/** How far an edition has got, where that is known. */
export interface Progress {
  sent: number;
  /** Everyone who is to get it: those left out are not among them. */
  total: number;
}

type Told = Pick<
  Selectable<EditionTable>,
  | 'state'
  | 'state_note'
  | 'state_by'
  | 'state_at'
  | 'revision'
  | 'slot_at'
  | 'approved_by'
  | 'approved_at'
  | 'paused_reason'
>;

/** The state of an edition as people read it: "Approved by Mai at 06:52 (revision 4)". Times in the newsletter's zone. */
export function stateWords(
  edition: Told,
  newsletter: Pick<Newsletter, 'time_zone' | 'timing'>,
  now: Temporal.Instant,
  progress: Progress | null = null,
): string {
  const note = edition.state_note === null ? '' : `: ${edition.state_note}`;
  const count = (number: number) => number.toLocaleString('en');
  switch (edition.state) {
    case 'draft':
      return 'Draft';
    case 'approved':
      return approvedWords(edition, newsletter, now);
    case 'held':
      return `Held by ${edition.state_by}${note}`;
    case 'sending':
      return progress ? `Sending ${count(progress.sent)} of ${count(progress.total)}` : 'Sending';
    case 'paused':
      return `Paused${edition.paused_reason === 'person' ? ` by ${edition.state_by}` : ''}${note}`;
    case 'sent':
      return progress ? `Sent to ${count(progress.sent)}` : 'Sent';
    case 'skipped':
      return `Skipped${note}`;
    case 'cancelled':
      return `Stopped by ${edition.state_by}${note}`;
  }
}

function approvedWords(
  edition: Told,
  newsletter: Pick<Newsletter, 'time_zone' | 'timing'>,
  now: Temporal.Instant,
): string {
  const left = goesOutAt(edition, newsletter) - now.epochMilliseconds;
  // Within the time in which it can be taken back: what counts then is how long that is.
  if (edition.slot_at <= now.epochMilliseconds && left > 0) return `Going out in ${minutes(left)}`;
  if (edition.approved_by === BROADSHEET) return 'Going out';
  const at = Temporal.Instant.fromEpochMilliseconds(edition.approved_at ?? edition.state_at)
    .toZonedDateTimeISO(newsletter.time_zone)
    .toPlainTime()
    .toString({ smallestUnit: 'minute' });
  return `Approved by ${edition.approved_by} at ${at} (revision ${edition.revision})`;
}

/** `0:58`. */
function minutes(length: number): string {
  const seconds = Math.ceil(length / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
