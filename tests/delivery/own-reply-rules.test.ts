import { expect, test } from 'vitest';
import { parseReplyRules, readReplyRules } from '../../src/delivery/own-reply-rules.ts';
import { replyReader } from '../../src/delivery/replies.ts';

const RULES = `
rules:
  - why: our provider's fair use
    code: 55x
    text: fair use
    outcome: rest
    sample: 550 5.7.1 Fair use limit, come back tomorrow
  - why: the university's filter
    enhanced: 5.7.*
    text: ^campus filter
    stage: recipient
    outcome: soft
    sample: 554 5.7.99 Campus filter says no
`;

function faults(text: string): string {
  try {
    parseReplyRules(text, 'rules.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

test('an operator’s rules decide before ours, each by all that it names', () => {
  const read = replyReader(parseReplyRules(RULES, 'rules.yaml'));
  expect(read('552 Fair use', 'recipient')).toMatchObject({ kind: 'relay', trouble: 'rest' });
  expect(read('450 Fair use', 'recipient')).toMatchObject({ kind: 'later' });
  expect(read('550 5.7.1 Campus filter', 'recipient')).toMatchObject({ reason: 'soft' });
  expect(read('550 5.7.1 Campus filter', 'sender')).toMatchObject({ kind: 'relay', trouble: 'stop' });
  expect(read('550 5.7.1 The campus filter', 'recipient')).toMatchObject({ reason: 'policy' });
});

test('a rule that does not decide its own sample is refused, with its place', () => {
  expect(faults(RULES.replace('554 5.7.99 Campus', '554 5.1.1 Campus'))).toBe(
    'rules.yaml:13:13  this sample does not fit its own rule',
  );
  expect(faults(RULES.replace('554 5.7.99 Campus filter', '554 5.7.1 Campus filter, fair use'))).toBe(
    "rules.yaml:13:13  this sample is decided by rule 1 (our provider's fair use), which comes before it",
  );
});

test.each([
  [
    'code: 55x',
    'code: 250',
    'rules.yaml:4:11  rules.code: expected three digits, 4 or 5 first; x stands for any digit, found',
  ],
  ['text: fair use', 'text: "(fair"', 'rules.yaml:5:11  rules.text: expected a regular expression'],
  [
    'outcome: rest',
    'outcome: sent',
    'rules.yaml:6:14  rules.outcome: expected later, gone, soft, policy, rest, stop, found "sent"',
  ],
  ['enhanced: 5.7.*', 'enhance: 5.7.*', 'rules.yaml:9:5  unknown key enhance: did you mean enhanced?'],
  [
    'sample: 554',
    'sample: 250',
    'rules.yaml:13:13  rules.sample: expected a reply such as "550 5.7.1 Not today"',
  ],
])('%s written as %s is refused where it stands', (right, wrong, said) => {
  expect(faults(RULES.replace(right, wrong))).toContain(said);
});

test('a rule that names nothing would decide every reply, and is refused', () => {
  expect(faults('rules: [{ why: all, outcome: gone, sample: "550 no" }]')).toContain(
    'it would decide every reply',
  );
  expect(faults('rules: []')).toContain('at least one rule');
});

test('a file that is not there is said with its setting', () => {
  expect(() => readReplyRules('/nowhere/rules.yaml')).toThrow(
    'REPLY_RULES: /nowhere/rules.yaml cannot be read (ENOENT)',
  );
  expect(readReplyRules(null)).toEqual([]);
});
