import { expect, test } from 'vitest';
import { RefusalWatch } from '../../src/delivery/refusal-watch.ts';
import type { SendOutcome } from '../../src/delivery/relay.ts';

const sent: SendOutcome = { kind: 'sent', response: '250 Ok' };
const gone: SendOutcome = { kind: 'refused', reason: 'gone', response: '550 5.1.1 No such user' };
const soft: SendOutcome = { kind: 'refused', reason: 'soft', response: '552 5.2.2 Full' };
const policy: SendOutcome = {
  kind: 'refused',
  reason: 'policy',
  response: '550 5.7.1 <reader@example.org>: spam',
};
const later: SendOutcome = { kind: 'later', response: '450 Later' };

/** What is decided on the way, each with how many had landed. */
function land(watch: RefusalWatch, outcomes: SendOutcome[], lane = 'other', editionId = 1) {
  return outcomes.flatMap((outcome, index) => {
    const decided = watch.landed(editionId, lane, outcome);
    return decided === null ? [] : [{ after: index + 1, ...decided }];
  });
}

const times = <Value>(count: number, value: Value): Value[] => Array(count).fill(value);

test('more than 5 % of the first 500 that do not exist pause the edition, at once when that is sure', () => {
  expect(land(new RefusalWatch(), times(25, gone))).toEqual([]);
  expect(land(new RefusalWatch(), times(26, gone))).toEqual([
    {
      after: 26,
      do: 'pause',
      text: '26 of the first 26 addresses do not exist, say their servers: is it the right list?',
    },
  ]);
  expect(land(new RefusalWatch(), [...times(474, sent), ...times(26, gone)])).toMatchObject([{ after: 500 }]);
  // 26 of 501 are not over 5 % of any 1,000.
  expect(land(new RefusalWatch(), [...times(475, sent), ...times(26, gone)])).toEqual([]);
});

test('more than 5 % of any 1,000 pause it, wherever they stand, and older ones no longer count', () => {
  const late = [...times(3000, sent), ...times(51, gone)];
  expect(land(new RefusalWatch(), late)).toEqual([
    {
      after: 3051,
      do: 'pause',
      text: '51 of the last 1,000 addresses do not exist, say their servers: is it the right list?',
    },
  ]);
  const spread = Array.from({ length: 20_000 }, (_, at) => (at % 20 === 0 ? gone : sent));
  expect(land(new RefusalWatch(), spread)).toEqual([]);
  const apart = [...times(25, gone), ...times(975, sent), ...times(49, gone), ...times(951, sent), gone];
  expect(land(new RefusalWatch(), apart)).toEqual([]);
});

test('whoever resumes has looked at the list: the same edition is not paused for it again, another is', () => {
  const watch = new RefusalWatch();
  expect(land(watch, times(60, gone))).toHaveLength(1);
  expect(land(watch, times(30, gone), 'other', 2)).toHaveLength(1);
  expect(land(watch, times(60, gone))).toEqual([]);
});

test('five policy refusals in a row set their lane aside; one that is taken there begins the row anew', () => {
  const watch = new RefusalWatch();
  expect(land(watch, [...times(4, policy), sent, ...times(4, policy)], 'gmail')).toEqual([]);
  // Missing or full mailboxes, and those put off, say nothing of us.
  expect(land(watch, [gone, soft, later, policy], 'gmail')).toEqual([
    {
      after: 4,
      do: 'set-aside',
      lane: 'gmail',
      text: 'gmail refused 5 messages in a row for what we are, or say: 550 5.7.1 <r•••@example.org>: spam',
    },
  ]);
  expect(land(watch, times(4, policy), 'gmail')).toEqual([]);
  expect(land(watch, [policy], 'gmail')).toMatchObject([{ do: 'set-aside' }]);
});

test('twenty policy refusals in a row over all lanes pause the edition, and once more after it is resumed', () => {
  const watch = new RefusalWatch();
  const lanes = ['gmail', 'outlook', 'yahoo', 'gmx', 'other'];
  const round = () => lanes.flatMap((lane) => land(watch, [policy], lane));
  const first = [...round(), ...round(), ...round(), ...round()];
  expect(first).toMatchObject([{ do: 'pause', text: expect.stringContaining('20 messages in a row') }]);
  expect([...round(), ...round(), ...round()]).toEqual([]);
  expect(round()).toMatchObject([{ do: 'pause' }]);
  // Another edition has a row of its own, and one that is taken anywhere ends it.
  round();
  land(watch, [sent], 'icloud');
  expect(lanes.flatMap((lane) => land(watch, times(3, policy), lane))).toHaveLength(0);
});

test('of an edition that has ended nothing is kept', () => {
  const watch = new RefusalWatch();
  land(watch, times(25, gone));
  watch.forget(1);
  expect(land(watch, times(25, gone))).toEqual([]);
});
