import type { DeliveryReport } from '../delivery/report.ts';
import { formatCount, paragraph, styled, type Terminal } from '../terminal/terminal.ts';
import type { Clock } from './edition-clock.ts';
import { readableReason, reasonWords } from './report-words.ts';

/**
 * The account of an edition's audience, which adds up.
 * @param changes what each revision changed, in words; of those that nothing is said of: nothing.
 */
export function reportFigures(
  terminal: Terminal,
  report: DeliveryReport,
  changes: ReadonlyMap<number, string>,
  clock: Clock,
): string[] {
  const { sent, refused, excluded, open } = report;
  const line = (name: string, count: number, detail = '') =>
    ` ${name.padEnd(22)}${formatCount(count).padStart(6)}${detail === '' ? '' : `    ${detail}`}`;
  const relays = sent.by.map(({ name, count }) => `${name || 'relay'}: ${formatCount(count)}`).join('   ');
  const sum = sent.total + refused.total + excluded.total + report.expired + report.unknown + open.total;
  const adds = sum === report.audience;
  return [
    line('Audience', report.audience),
    line('  sent', sent.total, relays),
    ...(sent.byRevision.length > 1
      ? sent.byRevision.map(({ revision, count }) =>
          line(`    revision ${revision}`, count, changes.get(revision)),
        )
      : []),
    line('  refused', refused.total, refusedWords(refused)),
    ...notSuppressedWords(report).flatMap((words) => paragraph(terminal, BESIDE_FIGURES, words)),
    line('  left out', excluded.total, reasonWords(excluded)),
    line('  expired', report.expired),
    ...(sent.again > 0
      ? [line('  in doubt, sent again', sent.again, `among the sent; ${copyWords(sent.by)}`)]
      : []),
    line('  unknown', report.unknown, report.unknown > 0 ? 'no answer: they may have it or not' : ''),
    line('  still open', open.total, openWords(open, clock)),
    `   ${'─'.repeat(27)}`,
    line(
      adds ? '  adds up' : '  does not add up',
      sum,
      adds ? styled(terminal, 'green', '✓') : styled(terminal, 'red', '✗'),
    ).replace(/ {4}(?=\S+$)/, ' '),
  ];
}

/** `24 address gone (suppressed), 5 policy`; in a storm of them not all are. */
function refusedWords(refused: DeliveryReport['refused']): string {
  const gone = refused.by.find(({ name }) => name === 'gone')?.count ?? 0;
  const { suppressed } = refused;
  if (suppressed === 0) return reasonWords(refused);
  const which = suppressed === gone ? 'suppressed' : `${formatCount(suppressed)} suppressed`;
  return reasonWords(refused).replace(readableReason('gone'), (reason) => `${reason} (${which})`);
}

/** Why who is gone is not suppressed, a sentence each. */
function notSuppressedWords({ refused, open }: DeliveryReport): string[] {
  const gone = refused.by.find(({ name }) => name === 'gone')?.count ?? 0;
  const { suppressed, storms } = refused;
  if (suppressed >= gone) return [];
  if (storms.length === 0) return open.total > 0 ? ['suppressed when the edition has ended'] : [];
  return storms.map(
    ({ domain, gone: those, tried }) =>
      `${formatCount(those)} of ${formatCount(tried)}${domain === null ? '' : ` at ${domain}`}: nobody is suppressed unless an edition of another day says the same`,
  );
}

/** Under the details of a figure. */
const BESIDE_FIGURES = ' '.repeat(33);

function openWords({ waiting, later, nextTryAt, onTheWire }: DeliveryReport['open'], clock: Clock): string {
  const resting = waiting - onTheWire;
  return [
    resting > 0 ? `${formatCount(resting)} not tried yet` : '',
    onTheWire > 0 ? `${formatCount(onTheWire)} on the wire` : '',
    later > 0 ? `${formatCount(later)} mailbox full or busy` : '',
    later > 0 && nextTryAt !== null ? `next try ${clock(nextTryAt)}` : '',
  ]
    .filter((words) => words !== '')
    .join(', ');
}

/** Amazon SES puts an id of its own in place of our Message-ID: nobody can tell that two copies are the same. */
function copyWords(relays: { name: string }[]): string {
  return relays.some(({ name }) => /\.amazonaws\.com\b/.test(name))
    ? 'over Amazon SES two copies cannot be told to be one'
    : 'same Message-ID';
}
