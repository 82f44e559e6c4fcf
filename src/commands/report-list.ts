import { stringify } from 'csv-stringify/sync';
import type { Db } from '../database/connect.ts';
import { type ListChoice, type ListedDelivery, listDeliveries } from '../delivery/list.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { deliveryWords, triesWords } from './delivery-words.ts';
import type { Clock } from './edition-clock.ts';
import { jsonOf } from './json.ts';

/** How a list is printed: for people, or for programs. */
export type ListFormat = 'text' | 'json' | 'csv';

/** Prints a list of an edition's deliveries, page by page as it is read. @param nobody what to say when it is empty. */
export async function printList(
  db: Db,
  terminal: Terminal,
  editionId: number,
  choice: ListChoice,
  { format, clock, nobody }: { format: ListFormat; clock: Clock; nobody: string },
): Promise<void> {
  let count = 0;
  if (format === 'json') terminal.out('[');
  if (format === 'csv') terminal.out(csvOf([[...COLUMNS]]));
  for await (const page of listDeliveries(db, editionId, choice)) {
    terminal.out(
      {
        text: () => page.map((row) => lineOf(row, clock)).join('\n'),
        csv: () => csvOf(page.map(cellsOf)),
        // The comma stands before all but the first: nobody knows yet which one is the last.
        json: () =>
          page.map((row, at) => `${count + at === 0 ? '' : ','}${jsonOf(rowOf(row), 0)}`).join('\n'),
      }[format](),
    );
    count += page.length;
  }
  if (format === 'json') terminal.out(']');
  if (format === 'text' && count === 0) terminal.out(` ${nobody}`);
}

/** ` r7@example.org                    refused: address gone       550 5.1.1 No such user` */
function lineOf(row: ListedDelivery, clock: Clock): string {
  const who = (row.email ?? '(erased since)').padEnd(34);
  const what = deliveryWords(row, clock).padEnd(28);
  return ` ${who} ${what} ${[triesWords(row), row.reply ?? ''].filter(Boolean).join('  ')}`.trimEnd();
}

const COLUMNS = [
  'email',
  'state',
  'reason',
  'revision',
  'sections',
  'relay',
  'tries',
  'in_doubt',
  'due_at',
  'sent_at',
  'reply',
] as const;

function rowOf({ variant, ...row }: ListedDelivery) {
  return { ...row, sections: variant === null ? null : (JSON.parse(variant) as string[]) };
}

function cellsOf(row: ListedDelivery): (string | null)[] {
  const { email, state, reason, revision, variant, relay, tries, inDoubt, dueAt, sentAt, reply } = row;
  const sections = variant === null ? null : (JSON.parse(variant) as string[]).join(', ');
  const moment = (at: number | null) =>
    at === null ? null : Temporal.Instant.fromEpochMilliseconds(at).toString();
  return [
    email,
    state,
    reason,
    revision === null ? null : String(revision),
    sections,
    relay,
    String(tries),
    String(inDoubt),
    moment(dueAt),
    moment(sentAt),
    reply,
  ];
}

/** Cells that a spreadsheet would take for a formula begin with an apostrophe: replies are strangers' text. */
function csvOf(rows: (string | null)[][]): string {
  return stringify(rows, { escape_formulas: true }).trimEnd();
}
