import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../setup/command-line.ts';

const RULES = `
rules:
  - { why: fair use, text: fair use, outcome: rest, sample: 550 5.7.1 Fair use }
  - { why: closed for good, code: 55x, text: closed for good, outcome: gone, sample: 554 5.0.0 Closed for good }
`;

test.each([
  [
    ['550', '5.1.1', 'User', 'unknown'],
    'no such mailbox (ours)',
    'refused: gone',
    'is suppressed when it ends, unless over 5 % of all of it (20 or more), or over 20 % of 50 or more',
  ],
  [
    ['450 4.2.0 Greylisted'],
    'greylisted (ours)',
    'later',
    'is tried again in 5, 15, 45 minutes, then hourly, for 12 hours (48 where',
  ],
  [
    ['552 5.2.2 Full'],
    'mailbox full (ours)',
    'refused: soft',
    'after 5 editions in a row, over 10 days or more, is suppressed',
  ],
  [
    ['550 5.1.2 Host unknown'],
    'no such domain (ours)',
    'refused: soft',
    'suppressed when a second one, a day later or more, finds no such domain',
  ],
  [
    ['550 5.7.1 Spam'],
    'our reputation, or what it says (ours)',
    'refused: policy',
    'never suppressed for it. 5 in a row',
  ],
  [['421 Closing'], 'the relay is closing (ours)', 'relay: rest', 'keeps their place'],
  [
    ['--stage', 'session', '550 5.1.1 User unknown'],
    'the relay refuses us (ours)',
    'relay: stop',
    'The edition is paused',
  ],
  [['250 Ok'], 'taken (ours)', 'sent', 'the relay took it'],
  [['good morning'], 'none: it is no reply of a mail server', 'relay: rest', 'keeps their place'],
])(
  'reply %j says the rule, the outcome and what becomes of the reader',
  async (args, rule, outcome, reader) => {
    const { code, out } = await commandLine()('reply', ...args);
    expect(code).toBe(0);
    const [, ruleLine, outcomeLine, readerLine] = out.split('\n');
    expect(ruleLine).toContain(`rule      ${rule}`);
    expect(outcomeLine).toBe(` outcome   ${outcome}`);
    expect(readerLine).toContain(reader);
  },
);

test('the operator’s own rules are named with file and number, and check counts them', async () => {
  const broadsheet = commandLine({ env: { REPLY_RULES: 'own.yaml' } });
  const file = join(broadsheet.folder, 'own.yaml');
  writeFileSync(file, RULES);
  expect((await broadsheet('reply', '554 Closed for good')).out).toContain(
    'closed for good (yours: own.yaml, rule 2)',
  );
  const { out } = await broadsheet('reply', '550 5.7.1 Fair use', '--json');
  expect(JSON.parse(out)).toMatchObject({
    reply: '550 5.7.1 Fair use',
    stage: 'recipient',
    rule: { why: 'fair use', own: true, number: 1 },
    outcome: { kind: 'relay', trouble: 'rest' },
  });
  await broadsheet('migrate');
  expect((await broadsheet('check', '--offline')).out).toContain(`reply rules ${file}  2 rules of yours`);
  writeFileSync(file, RULES.replace('554 5.0.0 Closed', '554 5.0.0 Open'));
  const refused = `${file}:4:86  this sample does not fit its own rule`;
  expect(await broadsheet('reply', '250 Ok')).toMatchObject({
    code: 1,
    err: expect.stringContaining(refused),
  });
  expect((await broadsheet('check', '--offline')).out).toContain(refused);
});
