import type { Db } from '../database/connect.ts';
import type { EditionRow } from '../editions/find.ts';
import { BROADSHEET } from '../editions/life.ts';
import { revisionChanges } from '../editions/revision-changes.ts';
import { formatCount } from '../terminal/terminal.ts';
import type { Clock } from './edition-clock.ts';

/**
 * What people decided about an edition while it went out, a sentence each: `Approved by Mai, 06:52 (revision 4)`,
 * `Paused 07:10 to 07:14 by Jo: "wrong vote count"`.
 */
export async function editionHistory(db: Db, edition: EditionRow, clock: Clock): Promise<string[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['who', 'what', 'at', 'before', 'after'])
    .where('subject', '=', edition.fullName)
    .where('what', 'in', [
      'edition.approved',
      'edition.paused',
      'edition.resumed',
      'edition.corrected',
      'edition.retried',
      'edition.cancelled',
    ])
    .orderBy('id')
    .execute();
  const acts = rows.map(({ who, what, at, before, after }) => ({
    who: who === BROADSHEET ? 'by itself' : `by ${who}`,
    what: what.replace('edition.', ''),
    at,
    from: JSON.parse(before ?? '{}') as Told,
    to: JSON.parse(after ?? '{}') as Told,
  }));
  const sentences: string[] = [];
  for (const [index, act] of acts.entries()) {
    const { who, what, at, from, to } = act;
    const note = to.note === undefined ? '' : `: "${to.note}"`;
    const before = from.revision ?? 0;
    const after = to.revision ?? 0;
    if (what === 'approved') sentences.push(`Approved ${who}, ${clock(at)} (revision ${after})`);
    else if (what === 'corrected') {
      const changes = await revisionChanges(db, edition.id, before, after);
      sentences.push(`Changed ${who}, ${clock(at)} (revision ${after}${changes && `: ${changes}`})`);
    } else if (what === 'paused') {
      const end = acts.slice(index + 1).find((next) => ['resumed', 'cancelled'].includes(next.what));
      const until = end?.what === 'resumed' ? spanWords(clock(at), clock(end.at)) : `at ${clock(at)}`;
      sentences.push(`Paused ${until} ${who}${note}`);
    } else if (what === 'retried') {
      const whom = `${formatCount(to.people ?? 0)} ${to.list ?? ''}`;
      sentences.push(`Tried again ${who}, ${clock(at)}: ${whom}`);
    } else if (what === 'cancelled') sentences.push(`Stopped ${who}, ${clock(at)}${note}`);
  }
  return sentences;
}

/** `07:10 to 07:14`, `25 Nov, 07:10 to 07:14`: the day is said once. */
function spanWords(from: string, to: string): string {
  const [day, time] = to.split(', ');
  return time !== undefined && from.startsWith(`${day}, `) ? `${from} to ${time}` : `${from} to ${to}`;
}

/** What the lines of the audit hold of it. */
interface Told {
  note?: string;
  revision?: number;
  people?: number;
  list?: string;
}
