import { expect, test } from 'vitest';
import { type Ended, judge } from './judge.ts';
import type { Received } from './sink.ts';

const three: Ended[] = ['a', 'b', 'c'].map((address) => ({ address, state: 'sent', inDoubt: 0 }));
const came = (address: string, more: Partial<Received> = {}): Received => ({
  ...{ address, copies: 1, messageIds: [`<${address}>`], refused: false, unanswered: 0 },
  ...more,
});
const all = ['a', 'b', 'c'].map((address) => came(address));
const expected = { people: 3, mostInDoubt: 0, policy: 'retry' as const };

const change = <Row extends { address: string }>(rows: Row[], more: Partial<Row>): Row[] =>
  rows.map((row) => (row.address === 'a' ? { ...row, ...more } : row));

test('what is as it must be has no fault', () => {
  expect(judge(three, all, expected)).toMatchObject({ sent: 3, lost: 0, doubles: 0, faults: [] });
  const refused = judge(
    change(three, { state: 'refused' }),
    change(all, { copies: 0, messageIds: [], refused: true }),
    expected,
  );
  expect(refused).toMatchObject({ sent: 2, refused: 1, faults: [] });
  const twice = judge(change(three, { inDoubt: 1 }), change(all, { copies: 2 }), {
    ...expected,
    mostInDoubt: 1,
  });
  expect(twice).toMatchObject({ doubles: 1, mostCopies: 2, faults: [] });
});

test.each<[string, Ended[], Received[]]>([
  ['1 said to be sent that never came', three, change(all, { copies: 0, messageIds: [] })],
  ['1 deliveries more or less than people', three.slice(1), all.slice(1)],
  ['1 that have no end', change(three, { state: 'queued' }), all],
  ['1 said to be refused that were not', change(three, { state: 'refused' }), change(all, { copies: 0 })],
  ['1 refused and said to be sent', three, change(all, { refused: true })],
  ['1 said to be refused that came', change(three, { state: 'refused' }), change(all, { refused: true })],
  ['1 that came twice without having been in doubt', three, change(all, { copies: 2 })],
  ['1 that came more than twice', change(three, { inDoubt: 1 }), change(all, { copies: 3 })],
  ['1 times in doubt beyond the open connections', change(three, { inDoubt: 1 }), all],
  [
    '1 not left to a person exactly when in doubt for the last time',
    change(three, { state: 'unknown', inDoubt: 1 }),
    all,
  ],
  ['1 whose copies have different Message-IDs', three, change(all, { messageIds: ['<a>', '<x>'] })],
  ['1 Message-IDs shared by several people', three, change(all, { messageIds: ['<b>'] })],
  ['1 that came to somebody else', three, [...all, came('stranger')]],
])('finds: %s', (fault, ledger, received) => {
  expect(judge(ledger, received, expected).faults).toContain(fault);
});

test('with IN_DOUBT=hold a second copy is a fault even of what was in doubt', () => {
  const ledger = change(three, { state: 'unknown', inDoubt: 1 });
  const hold = { people: 3, mostInDoubt: 1, policy: 'hold' as const };
  expect(judge(ledger, all, hold).faults).toEqual([]);
  expect(judge(ledger, change(all, { copies: 2 }), hold).faults).toEqual([
    '1 second copies in spite of IN_DOUBT=hold',
  ]);
});
