import { describe, expect, test } from 'vitest';
import type { Stage } from '../../src/delivery/replies.ts';
import { replyReader, ruleFor } from '../../src/delivery/replies.ts';
import { REPLY_RULES } from '../../src/delivery/reply-rules.ts';

const readReply = replyReader();

/** `gone`, `soft`, `policy`, `rest`, `stop`, `later`, `sent`. */
function meaning(reply: string, stage: Stage = 'recipient'): string {
  const outcome = readReply(reply, stage);
  if (outcome === null) return 'none';
  if (outcome.kind === 'refused') return outcome.reason;
  return outcome.kind === 'relay' ? outcome.trouble : outcome.kind;
}

describe('every rule decides its own sample', () => {
  test.each(REPLY_RULES.map((rule) => [rule.sample, rule] as const))('%s', (sample, rule) => {
    expect(ruleFor(sample, rule.stage ?? 'recipient')).toBe(rule);
    expect(readReply(sample, rule.stage ?? 'recipient')).toEqual({ ...rule.means, response: sample });
  });
});

describe('the mailbox is gone, as each says it', () => {
  test.each([
    [
      'Gmail',
      '550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550-5.1.1 double-checking the address.\r\n550 5.1.1  https://support.example/?p=NoSuchUser a1-gsmtp',
    ],
    ['Gmail, closed', '550 5.2.1 The email account that you tried to reach is inactive. a1-gsmtp'],
    [
      'Exchange Online',
      '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    ],
    [
      'Exchange Online, directory',
      '550 5.4.1 Recipient address rejected: Access denied. [x.y 2026-11-24T07:00:00.000Z 08D] AS(201806281)',
    ],
    ['Exchange', '550 5.1.1 User unknown'],
    [
      'Yahoo',
      "554 delivery error: dd This user doesn't have a yahoo.example account (reader@yahoo.example) [0]",
    ],
    [
      'Yahoo, disabled',
      '554 30 Sorry, your message to reader@yahoo.example cannot be delivered. This mailbox is disabled (554.30).',
    ],
    ['Yahoo, not found', '552 1 Requested mail action aborted, mailbox not found'],
    ['iCloud', '550 5.1.1 <reader@icloud.example>: user does not exist'],
    [
      'mail.ru',
      '550 Message was not accepted -- invalid mailbox. Local mailbox reader@mail.example is unavailable: user not found',
    ],
    [
      'Postfix',
      '550 5.1.1 <reader@example.org>: Recipient address rejected: User unknown in virtual mailbox table',
    ],
    [
      'Postfix, without enhanced codes',
      '550 <reader@example.org>: Recipient address rejected: User unknown in local recipient table',
    ],
    ['Exim', '550 No Such User Here'],
    ['sendmail', '550 5.1.1 <reader@example.org>... User unknown'],
    ['qmail', '511 sorry, no mailbox here by that name (#5.1.1 - chkuser)'],
    ['qmail, without a code that says it', '550 sorry, no mailbox here by that name.'],
    ['Mimecast', '550 Invalid Recipient - https://community.example/docs/DOC-1369#550'],
    ['Comcast', '550 5.1.1 Not our Customer'],
    ['a mobile carrier', '550 Unknown user reader@carrier.example'],
    ['Zoho', '550 5.1.1 User does not exist - <reader@zoho.example>'],
    ['null MX', '556 5.1.10 Recipient address has null MX'],
    ['bad syntax', '501 5.1.3 Bad recipient address syntax'],
  ])('%s', (_, reply) => {
    expect(meaning(reply)).toBe('gone');
  });
});

describe('nobody is taken for gone whose mailbox may be there', () => {
  test.each([
    [
      'a moment of Gmail',
      'soft',
      '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered.',
    ],
    [
      'a locked account',
      'soft',
      '550 5.7.1 <reader@example.org>: Recipient address rejected: User reader@example.org temporary locked. Please try again later!',
    ],
    ['a mailbox disabled for a while', 'soft', '550 5.2.1 Mailbox temporarily disabled'],
    [
      'the reader’s wish under the code of a missing mailbox',
      'soft',
      '550 5.1.1 RCP-P2 Refused due to recipient preferences',
    ],
    [
      'a limit under the code of a missing mailbox',
      'policy',
      '550 5.1.1 <reader@example.org> - 192.0.2.7 has sent to too many recipients this hour. IB607',
    ],
    [
      'a blocklist under the code of a missing mailbox',
      'soft',
      '550 5.1.1 <reader@example.org>: Recipient address rejected: 192.0.2.7 listed at a blacklist',
    ],
    [
      'AOL’s block under the code of a closed mailbox',
      'policy',
      '521 5.2.1 : (DNS:B1) AOL will not accept delivery of this message.',
    ],
    ['a full mailbox under the code of a closed one', 'soft', '550 5.2.1 Mailbox is over quota'],
    [
      'our own sender that could not be verified',
      'policy',
      '550-Verification failed for <bounce+1@news.example>\r\n550-Called:   192.0.2.9\r\n550-Sent:     RCPT TO:<bounce+1@news.example>\r\n550-Response: 550 No such user here\r\n550 Sender verify failed',
    ],
    [
      'our own sender that is not known',
      'policy',
      '550 <bounce@news.example>: Sender address rejected: undeliverable address: User unknown',
    ],
    [
      'a relay’s probe that met a block',
      'soft',
      '550 5.1.1 <r@example.org>: Recipient address rejected: undeliverable address: host mx.example.org[192.0.2.9] said: 550 5.7.1 blocked (in reply to RCPT TO command)',
    ],
    ['too many unknown users before', 'policy', '550 Too many unknown users from 192.0.2.7'],
    ['too many invalid recipients before', 'policy', '550 5.5.0 Too many invalid recipients'],
    ['two causes in one', 'soft', '550 Mailbox full or unknown user'],
    [
      'two causes of Exchange Online',
      'soft',
      '550 5.1.351 Remote server returned unknown recipient or mailbox unavailable',
    ],
    [
      'RFC 5321’s own words, which mean anything',
      'soft',
      '550 Requested action not taken: mailbox unavailable',
    ],
    [
      'Outlook.com’s, which mean anything',
      'soft',
      '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).',
    ],
    ['a rejected address without a cause', 'soft', '550 #5.1.0 Address rejected.'],
    ['a router without a cause', 'soft', '550 Unrouteable address'],
    ['an allow-list', 'soft', '550 User not found in allowlist of this mailbox'],
    ['Yandex, under the code of a policy', 'soft', '550 5.7.1 No such user!'],
    ['an address that only looks like the words', 'soft', '550 5.0.0 <user.unknown@example.org>: no'],
    ['a host that only looks like the words', 'soft', '554 mx.user-unknown.example could not complete'],
    [
      'a domain that is not there',
      'soft',
      '550 5.1.2 <reader@example.org>... Host unknown (Name server: example.org: host not found)',
    ],
    ['a domain of Exchange Online', 'soft', '550 5.4.310 DNS domain example.org does not exist'],
    ['spam words around an unknown user', 'soft', '550 Blocked as spam; user unknown'],
    ['the login of ours that is not known', 'stop', '550 Authentication failed: user unknown'],
    ['for now, by the first digit', 'later', '450 5.1.1 No such user, for now'],
  ])('%s: %s', (_, expected, reply) => {
    expect(meaning(reply)).toBe(expected);
  });
});

describe('the mailbox refuses this once', () => {
  test.each([
    ['iCloud, full', '552 5.2.2 <reader@icloud.example>: user is over quota'],
    [
      'Gmail, full',
      '552-5.2.2 The recipient’s inbox is out of storage space and inactive. Please\r\n552-5.2.2 direct the recipient to\r\n552 5.2.2  https://support.example/?p=OverQuotaPerm',
    ],
    ['Exchange, full', '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException'],
    ['Exim, full', '552 Mailbox quota exceeded'],
    ['mail.ru, full', '550 Message was not accepted: mailbox is full'],
    ['full, as a size', '552 Message size exceeds remaining mailbox storage'],
    ['blocked by the reader', '554 5.7.1 The recipient has blocked messages from this sender'],
    ['Mimecast, blocked by the reader', '550 Rejected by header based manually Blocked Senders'],
    [
      'Exchange, a closed group',
      '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required',
    ],
    [
      'Exchange, too big for one',
      '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient',
    ],
    ['too big for one', '552 5.2.3 Message length exceeds limit set by recipient'],
    ['Postfix, an access map', '554 5.7.1 <reader@example.org>: Recipient address rejected: Access denied'],
    [
      'another server that does not relay',
      '550 5.1.0 <r@example.org>: undeliverable address: host mx.example.org[192.0.2.9] said: 554 Relay access denied',
    ],
    ['a queue that gave up', '550 4.4.7 QUEUE.Expired; message expired'],
    ['Postmark', '406 You tried to send to a recipient that has been marked as inactive.'],
    [
      'Amazon SES, its own list',
      '550 5.1.1 Amazon SES did not send the message to this address because it is on the suppression list for your account',
    ],
  ])('%s', (_, reply) => {
    expect(meaning(reply)).toBe('soft');
  });
});

describe('what we are, or what we say, is refused', () => {
  test.each([
    [
      'Gmail, authentication',
      '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550-5.7.26 All senders have to authenticate with either SPF or DKIM.\r\n550 5.7.26 a1-gsmtp',
    ],
    [
      'Gmail, reputation',
      '550-5.7.1 [192.0.2.7 18] Our system has detected that this message is\r\n550-5.7.1 likely suspicious due to the very low reputation of the sending IP\r\n550 5.7.1 address.',
    ],
    [
      'Gmail, no PTR',
      '550-5.7.25 [192.0.2.7] The IP address sending this message does not have a PTR record setup',
    ],
    [
      'Outlook.com, block list',
      '550 5.7.1 Unfortunately, messages from [192.0.2.7] weren’t sent. Part of their network is on our block list (S3140).',
    ],
    [
      'Outlook.com, authentication',
      '550 5.7.515 Access denied, sending domain news.example does not meet the required authentication level',
    ],
    [
      'Exchange Online, DMARC',
      '550 5.7.509 Access denied, sending domain does not pass DMARC verification and has a DMARC policy of reject.',
    ],
    ['Yahoo', '554 5.7.9 Message not accepted for policy reasons.'],
    [
      'Yahoo, block list',
      '553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.7, because the ip is in a list',
    ],
    ['iCloud', '554 5.7.1 [CS01] Message rejected due to local policy.'],
    [
      'GMX',
      '550 Requested action not taken: mailbox unavailable. Reject due to policy restrictions. For explanation visit https://postmaster.example',
    ],
    ['mail.ru', '550 spam message rejected. Please visit https://help.example/notspam-support'],
    ['Yandex', '554 5.7.1 [2] Message rejected under suspicion of SPAM'],
    ['Proofpoint', '554 Blocked - see https://ipcheck.proofpoint.example/?ip=192.0.2.7 for its reputation'],
    [
      'Mimecast',
      '550 Administrative prohibition - envelope blocked - https://community.example/docs/DOC-1369#550',
    ],
    ['Mimecast, reputation', '550 csi.example Poor Reputation Sender.'],
    ['Barracuda', '554 Service unavailable; Client host [192.0.2.7] blocked using Barracuda Reputation'],
    ['Spamhaus', '550 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org'],
    [
      'sendmail with a list',
      '553 5.3.0 <reader@example.org>... Spam blocked see: http://bl.example/?192.0.2.7',
    ],
    ['a filter', '550 5.2.0 Message Filtered'],
    ['a virus scanner', '550 Virus Detected; Content Rejected'],
  ])('%s', (_, reply) => {
    expect(meaning(reply)).toBe('policy');
  });
});

test.each([
  '550 5.0.0 <spam@example.org> no',
  '550 5.4.1 spam.example is not reachable by policy-router',
  '554 Refused by dkimble.example',
])('does not take %j for a matter of policy', (reply) => {
  expect(meaning(reply)).toBe('soft');
});

describe('the relay’s own state is nobody’s fault', () => {
  test.each([
    [
      'SES, sandbox',
      'stop',
      '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: r@example.org',
    ],
    ['SES, quota', 'rest', '454 Throttling failure: Daily message quota exceeded.'],
    ['SES, rate', 'rest', '454 Throttling failure: Maximum sending rate exceeded.'],
    [
      'SES, paused',
      'stop',
      '554 Message rejected: Sending paused for this account. For more information, see your console.',
    ],
    [
      'SES, rights',
      'stop',
      '554 Access denied: User arn:aws:iam::1:user/news is not authorized to perform ses:SendRawEmail',
    ],
    ['SendGrid, login', 'stop', '550 Unauthenticated senders not allowed'],
    ['SendGrid, credits', 'rest', '451 Authentication failed: Maximum credits exceeded'],
    [
      'SendGrid, sender',
      'stop',
      '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.',
    ],
    [
      'Mailgun, sandbox',
      'stop',
      '550 5.7.1 Sandbox subdomains are for test purposes only. Please add your own domain.',
    ],
    [
      'Postmark, sender',
      'stop',
      "550 The 'From' address you supplied (news@news.example) is not a Sender Signature on your account.",
    ],
    [
      'Postmark, pending',
      'stop',
      '412 While your account is pending approval, all recipient addresses must share the same domain',
    ],
    ['Brevo, not active', 'stop', '502 5.7.0 Your SMTP account is not yet activated. Please contact us'],
    ['Brevo, address', 'stop', '525 5.7.1 Unauthorized IP address'],
    [
      'Gmail as a relay, quota',
      'rest',
      '550 5.4.5 Daily user sending limit exceeded. For more information see https://support.example',
    ],
    ['Zoho, quota', 'rest', '550 5.4.6 Email sending limit exceeded'],
    [
      'a web host, quota',
      'rest',
      '550 Domain news.example has exceeded the max emails per hour (150/150 (100%)) allowed. Message discarded.',
    ],
    [
      'Office 365, sender',
      'stop',
      '554 5.2.252 SendAsDenied; news@news.example does not have permissions to send as this sender',
    ],
    [
      'Office 365, connections',
      'rest',
      '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.example',
    ],
    [
      'Postfix, login',
      'stop',
      '553 5.7.1 <bounce@news.example>: Sender address rejected: not owned by user news',
    ],
    ['Postfix, relaying', 'stop', '554 5.7.1 <reader@example.org>: Relay access denied'],
    ['Exim, relaying', 'stop', '550 relay not permitted'],
    ['sendmail, relaying', 'stop', '550 5.7.1 <reader@example.org>... Relaying denied'],
    ['qmail, relaying', 'stop', "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"],
    ['qmail, size', 'stop', '552 sorry, that message size exceeds my databytes limit (#5.3.4)'],
    ['a size', 'stop', '552 5.3.4 Message too big for system'],
    ['closing', 'rest', '421 4.7.0 Try again later, closing connection.'],
  ])('%s: %s', (_, expected, reply) => {
    expect(meaning(reply)).toBe(expected);
  });

  test.each([
    ['the reader’s quota', 'later', '452 4.2.2 The mailbox exceeded its daily message limit'],
    ['the reader’s full disk', 'soft', '552 Disk quota exceeded'],
    ['the reader’s blocked account', 'soft', '550 5.5.0 The recipient account is blocked.'],
    [
      'Gmail’s authentication',
      'policy',
      '550 5.7.26 Gmail requires all senders to authenticate: authentication required',
    ],
  ])('but %s is none of its: %s', (_, expected, reply) => {
    expect(meaning(reply)).toBe(expected);
  });
});

test.each([
  ['session', '454 4.7.0 Temporary authentication failure', 'rest'],
  ['session', '554 mx.example ESMTP not accepting connections', 'stop'],
  ['session', '550 5.1.1 User unknown', 'stop'],
  ['sender', '451 4.3.0 Busy', 'rest'],
  ['sender', '550 5.1.1 User unknown', 'stop'],
  ['recipient', '451 4.3.0 Busy', 'later'],
] as const)('while the %s is spoken of, %j is %s', (stage, reply, expected) => {
  expect(meaning(reply, stage)).toBe(expected);
});

test.each([
  ['499 Something of our own', 'later'],
  ['599 Something of our own', 'soft'],
  ['250', 'sent'],
  ['250-first line\n250 2.0.0 and the last', 'sent'],
])('%j, which no rule knows, goes by its first digit', (reply, expected) => {
  expect(meaning(reply)).toBe(expected);
});

test.each(['hello?', '', '2500 messages', '334 go on', '199 hm'])('cannot tell what %j means', (reply) => {
  expect(readReply(reply, 'recipient')).toBeNull();
});

test('keeps one printable line of a reply, of bounded length', () => {
  const outcome = readReply(`250 a\r\n250 \u0007b${'x'.repeat(2000)}`, 'recipient');
  expect(outcome?.response).toMatch(/^250 a 250 {2}?bx+$/);
  expect(outcome?.response.length).toBeLessThanOrEqual(500);
});

test('a hostile reply costs no time', () => {
  const started = performance.now();
  for (const piece of [
    'user ',
    'a@',
    'exceeded ',
    'message size exceeds the ',
    '550 ',
    'recipient is ',
    '(#5.',
  ])
    meaning(`550 ${piece.repeat(5000)}`);
  expect(performance.now() - started).toBeLessThan(500);
});

test('the operator’s own rules come first, and never decide what was taken', () => {
  const own = [
    { why: 'ours', code: /^\d/, text: /./, means: { kind: 'later' }, sample: '550 5.1.1 x' },
  ] as const;
  const read = replyReader(own);
  expect(read('550 5.1.1 User unknown', 'recipient')?.kind).toBe('later');
  expect(read('250 2.0.0 Ok', 'recipient')?.kind).toBe('sent');
});
