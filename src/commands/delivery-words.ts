import type { ListedDelivery } from '../delivery/list.ts';
import { readableReason } from './report-words.ts';

/** What became of one copy, in a few words: `sent 07:02`, `refused: address gone`. @param clock of a moment, ms UTC. */
export function deliveryWords(
  { state, reason, dueAt, sentAt }: Pick<ListedDelivery, 'state' | 'reason' | 'dueAt' | 'sentAt'>,
  clock: (at: number) => string,
): string {
  const why = reason === null ? '' : `: ${readableReason(reason)}`;
  switch (state) {
    case 'sent':
      return sentAt === null ? 'sent' : `sent ${clock(sentAt)}`;
    case 'refused':
      return `refused${why}`;
    case 'excluded':
      return `left out${why}`;
    case 'expired':
      return 'expired';
    case 'unknown':
      return 'unknown: no answer';
    case 'deferred':
      return `later, next try ${clock(dueAt)}`;
    case 'queued':
      return 'not sent yet';
  }
}

/** `revision 5, 3 tries, in doubt once`: what there is to say besides. */
export function triesWords({
  revision,
  tries,
  inDoubt,
}: Pick<ListedDelivery, 'revision' | 'tries' | 'inDoubt'>): string {
  return [
    ...(revision === null ? [] : [`revision ${revision}`]),
    ...(tries > 1 ? [`${tries} tries`] : []),
    ...(inDoubt > 0 ? [inDoubt === 1 ? 'once without an answer' : `${inDoubt} times without an answer`] : []),
  ].join(', ');
}
