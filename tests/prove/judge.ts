import type { Config } from '../../src/config.ts';
import type { DeliveryState } from '../../src/database/tables/deliveries.ts';
import type { Received } from './sink.ts';

/** A delivery at the end of a trial. */
export interface Ended {
  address: string;
  state: DeliveryState;
  inDoubt: number;
}

export interface Verdict {
  /** Deliveries, and what became of them. */
  people: number;
  sent: number;
  refused: number;
  unknown: number;
  /** Have not got it, though the ledger does not say so. */
  lost: number;
  /** Second copies, and the most that one person got. */
  doubles: number;
  mostCopies: number;
  /** How often a message was in doubt, and how often it may have been. */
  inDoubt: number;
  mostInDoubt: number;
  /** What is not as it must be, a sentence each. */
  faults: string[];
}

/**
 * Holds the ledger against what the relay counted.
 * @param expected how many people there were, how often a message may have been in doubt at most (apart from those
 * that the relay itself left without an answer), and what becomes of it.
 */
export function judge(
  ledger: Ended[],
  received: Received[],
  expected: { people: number; mostInDoubt: number; policy: Config['inDoubt'] },
): Verdict {
  const byAddress = new Map(received.map((each) => [each.address, each]));
  const copiesOf = ({ address }: Ended) => byAddress.get(address)?.copies ?? 0;
  const count = (state: DeliveryState) => ledger.filter((each) => each.state === state).length;
  const inDoubt = ledger.reduce((sum, each) => sum + each.inDoubt, 0);
  const mostInDoubt = expected.mostInDoubt + received.reduce((sum, each) => sum + each.unanswered, 0);
  const doubles = ledger.reduce((sum, each) => sum + Math.max(0, copiesOf(each) - 1), 0);
  const mostCopies = ledger.reduce((most, each) => Math.max(most, copiesOf(each)), 0);
  const faults: string[] = [];
  const fault = (found: { length: number } | number, what: string) => {
    const times = typeof found === 'number' ? found : found.length;
    if (times > 0) faults.push(`${times} ${what}`);
  };

  const lost = ledger.filter((each) => each.state === 'sent' && copiesOf(each) === 0).length;
  const open = ledger.filter(({ state }) => !['sent', 'refused', 'unknown'].includes(state));
  fault(Math.abs(expected.people - ledger.length), 'deliveries more or less than people');
  fault(lost, 'said to be sent that never came');
  fault(open, 'that have no end');
  fault(
    ledger.filter((each) => each.state === 'refused' && !byAddress.get(each.address)?.refused),
    'said to be refused that were not',
  );
  fault(
    ledger.filter((each) => each.state === 'sent' && byAddress.get(each.address)?.refused),
    'refused and said to be sent',
  );
  fault(
    ledger.filter((each) => each.state === 'refused' && copiesOf(each) > 0),
    'said to be refused that came',
  );
  fault(
    ledger.filter((each) => copiesOf(each) > 1 && each.inDoubt === 0),
    'that came twice without having been in doubt',
  );
  fault(
    ledger.filter((each) => copiesOf(each) > 2),
    'that came more than twice',
  );
  const timesForPerson = expected.policy === 'hold' ? 1 : 2;
  fault(
    ledger.filter(
      ({ state, inDoubt }) => (state === 'unknown') !== inDoubt >= timesForPerson && state !== 'sent',
    ),
    'not left to a person exactly when in doubt for the last time',
  );
  if (expected.policy === 'hold') fault(doubles, 'second copies in spite of IN_DOUBT=hold');
  fault(Math.max(0, inDoubt - mostInDoubt), 'times in doubt beyond the open connections');
  fault(
    received.filter(({ messageIds }) => messageIds.length > 1),
    'whose copies have different Message-IDs',
  );
  const ids = received.flatMap(({ messageIds }) => messageIds);
  fault(ids.length - new Set(ids).size, 'Message-IDs shared by several people');
  const known = new Set(ledger.map(({ address }) => address));
  fault(
    received.filter(({ address, copies }) => copies > 0 && !known.has(address)),
    'that came to somebody else',
  );
  return {
    ...{ people: ledger.length, sent: count('sent'), refused: count('refused'), unknown: count('unknown') },
    ...{ lost: lost + open.length, doubles, mostCopies, inDoubt, mostInDoubt, faults },
  };
}
