import { expect, test } from 'vitest';
import { parseReplyRules } from '../../src/delivery/own-reply-rules.ts';
import { readReport } from '../../src/feedback/read-report.ts';
import { arf, dsn, plain } from './mails.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const options = { bounceDomain: 'bounce.news.example' };
const read = async (raw: Uint8Array, envelope: string[] = []) => {
  const { report, names } = await readReport(raw, { ...options, envelope });
  return { ...report, names };
};

test('a report of RFC 3464 is read for recipient, code and words, and for whose it is', async () => {
  expect(await read(dsn({ token: TOKEN }))).toMatchObject({
    ...{ kind: 'bounce', severity: 'hard', reason: 'unknown user', final: true },
    ...{ recipient: 'ada@paper.example', status: '5.1.1' },
    names: { tokens: [TOKEN] },
  });
});

test.each([
  ['5.2.2', '552 5.2.2 mailbox is full', 'soft', 'mailbox full'],
  ['5.7.26', '550 5.7.26 fails our DMARC check', 'policy', 'authentication'],
  // RFC 3463 3.1: what is temporary proves nothing.
  ['4.1.1', '450 4.1.1 user unknown in our table', 'soft', 'unclear'],
  ['5.1.2', '550 5.1.2 no such domain', 'hard', 'unknown host'],
])('%s %s is %s: %s', async (status, diagnostic, severity, reason) => {
  expect(await read(dsn({ token: TOKEN, status, diagnostic }))).toMatchObject({ severity, reason });
});

test('a delay is news and no outcome, an arrival is none either', async () => {
  expect(await read(dsn({ token: TOKEN, action: 'delayed', status: '4.4.1' }))).toMatchObject({
    severity: 'soft',
    final: false,
  });
  expect(await read(dsn({ token: TOKEN, action: 'relayed', status: '2.0.0' }))).toMatchObject({
    kind: 'arrived',
  });
});

test('a server without RFC 3464 is understood by its words, and not by those of the message it sends back', async () => {
  const raw = plain(
    { From: 'MAILER-DAEMON@old.example', Subject: 'failure notice', 'Return-Path': '<>' },
    [
      'I could not deliver your message.',
      '',
      '<ada@paper.example>:',
      'The remote host said: 452 4.2.2 the mailbox is over its quota',
      '',
      '--- Below this line is a copy of the message.',
      '',
      `Message-ID: <morning.2026-11-24.${TOKEN}@news.example>`,
      'Subject: no such user, unknown user',
      '',
      'user unknown',
    ].join('\r\n'),
  );
  expect(await read(raw)).toMatchObject({
    reason: 'mailbox full',
    recipient: 'ada@paper.example',
    names: { tokens: [TOKEN] },
  });
});

test.each([
  ['abuse', 'abuse'],
  ['fraud', 'abuse'],
  ['opt-out', 'opt-out'],
  ['not-spam', 'none'],
  ['auth-failure', 'none'],
])(
  'a feedback report of type %s is a complaint of kind %s, found though the address is redacted',
  async (type, kind) => {
    expect(await read(arf(TOKEN, type))).toMatchObject({
      kind: 'complaint',
      type: kind,
      names: { tokens: [TOKEN] },
    });
  },
);

test.each([
  [{ Subject: 'Ferries run again', 'Auto-Submitted': 'auto-replied' }, 'I am in the mountains.'],
  [
    { Subject: 'Out of office: Ferries run again' },
    'Mail to me is not delivered to anybody else. user unknown',
  ],
  [{ Subject: 'Abwesenheitsnotiz' }, 'Ich bin im Urlaub.'],
  [{ Subject: 'Re: Ferries run again', Precedence: 'auto_reply' }, 'stop'],
])('%j is an automatic reply', async (headers, text) => {
  expect(await read(plain({ From: 'ada@paper.example', ...headers }, text))).toMatchObject({
    kind: 'auto-reply',
  });
});

test.each([
  'unsubscribe',
  'STOP.',
  'Please unsubscribe',
  'Bitte abmelden!',
  'Désabonner',
  'darme de baja',
  'hủy đăng ký',
  'إلغاء الاشتراك',
])('a reply that says only “%s” wants to leave', async (word) => {
  const headers = {
    From: 'ada@paper.example',
    Subject: 'Re: Ferries',
    'In-Reply-To': `<morning.2026-11-24.${TOKEN}@news.example>`,
  };
  expect(await read(plain(headers, `${word}\r\n\r\n> Ferries run again`))).toMatchObject({
    kind: 'leave',
    names: { tokens: [TOKEN] },
  });
});

test.each(['Stop the presses, what a story!', 'I will never unsubscribe', 'Thank you.\r\n\r\nunsubscribe'])(
  'a reply that says “%s” does not',
  async (text) => {
    expect(await read(plain({ From: 'ada@paper.example', Subject: 'Re: Ferries' }, text))).toMatchObject({
      kind: 'other',
    });
  },
);

test('mail to the unsubscribe address leaves whatever it says, and only at our own domain', async () => {
  const raw = plain({ From: 'ada@paper.example', Subject: 'hello' }, 'Is anybody there?');
  expect(await read(raw, [`unsubscribe+${TOKEN.toUpperCase()}@Bounce.News.Example`])).toMatchObject({
    kind: 'leave',
    names: { leaving: [TOKEN] },
  });
  expect(await read(raw, [`unsubscribe+${TOKEN}@elsewhere.example`])).toMatchObject({ kind: 'other' });
});

test.each([
  [
    'a letter',
    plain(
      { From: 'ada@paper.example', Subject: 'Your story on failed deliveries' },
      'The mailbox full of letters could not be delivered, you wrote.',
    ),
  ],
  [
    'a newsletter',
    plain(
      { From: 'news@other.example', Subject: 'Undeliverable promises' },
      'Unknown user of the ferry complains.',
    ),
  ],
  ['a read receipt', plain({ From: 'ada@paper.example', Subject: 'Read: Ferries' }, 'It was read.')],
  ['nothing', Buffer.alloc(0)],
  ['bytes', Buffer.from([0, 255, 13, 10, 0, 128, 61, 61])],
  ['an endless line', Buffer.from(`Subject: x\r\n\r\n${'user unknown '.repeat(100_000)}`)],
])('%s is no report', async (_name, raw) => {
  expect(await read(raw)).toMatchObject({ kind: 'other' });
});

test('what the operator has said of a reply holds for one that comes back too', async () => {
  const ownRules = parseReplyRules(
    'rules:\n  - why: they say so of everybody on Mondays\n    outcome: policy\n    sample: 550 5.1.1 no such mailbox here\n    text: no such mailbox here\n',
    'rules.yaml',
  );
  expect((await readReport(dsn({ token: TOKEN }), { ownRules })).report).toMatchObject({
    severity: 'policy',
  });
});

test('no bytes make it think for long', async () => {
  const head = 'From: MAILER-DAEMON@x\r\nSubject: failure notice\r\n\r\n';
  for (const unit of [
    'a',
    'a@',
    '<a@b> ',
    '550-5.1.1 x\r\n',
    'user not ',
    'over quota exceeds ',
    '\r\n',
    'a: b\r\n',
  ]) {
    const began = performance.now();
    await readReport(Buffer.from(head + unit.repeat(1_000_000 / unit.length)));
    expect(performance.now() - began, unit).toBeLessThan(4000);
  }
});
