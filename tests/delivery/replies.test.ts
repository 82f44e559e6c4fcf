import { describe, expect, test } from 'vitest';
import { REPLY_RULES, readReply } from '../../src/delivery/replies.ts';

describe('every rule decides its own sample', () => {
  test.each(REPLY_RULES.map((rule) => [rule.sample, rule] as const))('%s', (sample, rule) => {
    expect(readReply(sample, rule.stage ?? 'recipient')).toEqual({ ...rule.means, response: sample });
  });
});

test.each([
  // The three-digit code decides about trying again, whatever the enhanced code thinks of the address.
  ['450 5.1.1 No such user, for now', 'later'],
  ['499 Something of our own', 'later'],
  ['599 Something of our own', 'refused'],
  ['250', 'sent'],
  ['250-first line\n250 2.0.0 and the last', 'sent'],
])('reads %j as %s', (reply, kind) => {
  expect(readReply(reply, 'recipient')?.kind).toBe(kind);
});

test('never takes a policy refusal for a mailbox that is gone', () => {
  for (const text of [
    '5.7.1 user unknown to our policy',
    '5.7.26 Unauthenticated mail',
    '5.7.1 No such user',
  ]) {
    expect(readReply(`550 ${text}`, 'recipient')).toMatchObject({ kind: 'refused', reason: 'policy' });
  }
});

test.each(['hello?', '', '2500 messages', '334 go on', '199 hm'])('cannot tell what %j means', (reply) => {
  expect(readReply(reply, 'recipient')).toBeNull();
});

test('keeps one printable line of a reply, of bounded length', () => {
  const outcome = readReply(`250 a\r\n250 \u0007b${'x'.repeat(2000)}`, 'recipient');
  expect(outcome?.response).toMatch(/^250 a 250 {2}?bx+$/);
  expect(outcome?.response.length).toBeLessThanOrEqual(500);
});
