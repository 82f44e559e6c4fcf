import { generateKeyPairSync } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { createTransport } from 'nodemailer';
import { expect, onTestFinished, test } from 'vitest';
import { type DkimKey, dkimKey, recordName } from '../../src/delivery/dkim/keys.ts';
import { signingRelay } from '../../src/delivery/dkim/signing-relay.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { cleanLine } from '../../src/messages/clean-text.ts';
import { type ComposedMessage, composeEdition, type Recipient } from '../../src/messages/compose.ts';
import { arabicEdition, vietnameseEdition } from '../messages/editions-abroad.ts';
import { fullEdition, itemOf, newsletterOf, noon, reader, revisionOf, site } from '../messages/fixtures.ts';
import { parseMail } from '../messages/parse.ts';
import { type Sink, startSink } from '../setup/smtp-sink.ts';

/** Each is met with each of the local parts and editions below. */
const NAMES = [
  '"; DROP TABLE',
  '.',
  'مريم\u200F',
  '👨‍👩‍👧‍👦'.repeat(40),
  'N'.repeat(300),
  '=?utf-8?q?=0D=0ABcc:_x@evil.example?=',
  '\u202Eevil\u0085',
  'a  b\tc',
  'Ann\r\nBcc: victim@example.org\r\n\r\nHello',
  '<b>, other@evil.example',
  '\\"\\',
];
const LOCAL_PARTS = ['.dot.', "o'b+tag", 'x"y', 'From', 'dürer', '<b>', 'a,b', '"quoted  "', '–'];
const SUBJECT = '.\r\nBcc: x@evil.example\u2028 =?utf-8?q?x?= "👨‍👩‍👧‍👦" \u202Eevil';

const HEADERS = [
  ...['dkim-signature', 'from', 'to', 'subject', 'date', 'message-id', 'mime-version', 'content-type'],
  ...['content-language', 'list-id', 'list-unsubscribe', 'list-unsubscribe-post', 'list-post'],
  ...['feedback-id', 'auto-submitted', 'precedence'],
];

test('what a thousand hostile recipients get over SMTP is signed, whole, and what Nodemailer would have made', async () => {
  const all = await editions();
  const editionFor = (at: number) => all[at % all.length] as Edition;
  const recipients = Array.from({ length: 1000 }, (_, at): Recipient => {
    const local = LOCAL_PARTS[at % LOCAL_PARTS.length] as string;
    const domain = at % 2 ? 'bücher.example' : 'example.org';
    const email = local.endsWith('"') ? `"${at}${local.slice(1)}@${domain}` : `${local}${at}@${domain}`;
    return { ...reader, email, name: NAMES[at % NAMES.length] as string, deliveryToken: token(at) };
  });
  const keys = [ed25519()];
  const sink = await startSink({}, { extensions: ['PIPELINING', 'SIZE 50000000', 'SMTPUTF8'] });
  onTestFinished(() => sink[Symbol.asyncDispose]());
  await using relay = signingRelay(nodemailerRelay(sink.url, { connections: 10 }), () => keys);
  const outcomes = await Promise.all(
    recipients.map((recipient, at) => {
      const { envelope, raw } = editionFor(at).message.forRecipient(recipient, noon);
      return relay.send(envelope, raw);
    }),
  );
  // No command of SMTP holds an angle bracket: such an address is left out, and nobody else with it.
  const isSendable = ({ email }: Recipient) => !email.includes('<');
  expect(outcomes.map(({ kind }) => kind)).toEqual(
    recipients.map((recipient) => (isSendable(recipient) ? 'sent' : 'unsendable')),
  );

  const received = byToken(sink);
  expect(received.size).toBe(recipients.filter(isSendable).length);
  for (const [at, recipient] of recipients.entries()) {
    if (!isSendable(recipient)) continue;
    const raw = received.get(recipient.deliveryToken);
    if (raw === undefined) throw new Error(`${recipient.email} got nothing`);
    await judge(raw, recipient, editionFor(at), keys);
  }
});

/** One message as it came: nothing was added to it, it is signed, and it says what was rendered. */
async function judge(raw: Buffer, recipient: Recipient, edition: Edition, keys: DkimKey[]): Promise<void> {
  const { message } = edition;
  const wire = raw.toString('latin1');
  expect(wire.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
  expect(wire.split('\r\n').every((line) => line.length <= 998 && !line.startsWith('.'))).toBe(true);
  const { results } = await dkimVerify(raw, { resolver: resolverOf(keys) });
  expect(results.map(({ status }) => [status.result, status.aligned])).toEqual([['pass', 'news.example']]);

  const mail = await parseMail(raw);
  expect(mail.headers.map(({ key }) => key)).toEqual(HEADERS);
  const theirs = await parseMail(await byNodemailer(recipient, edition));
  const { html, text } = message.preview(recipient);
  for (const part of ['html', 'text', 'subject', 'from'] as const)
    expect(decoded(mail[part]), `${part} for ${recipient.email}`).toEqual(decoded(theirs[part]));
  const name = cleanLine(recipient.name ?? '');
  expect(mail.to?.map((to) => to.name)).toEqual([name]);
  // Nodemailer writes a name that looks like an encoded word as it is, so that readers see what it hides.
  if (!name.includes('=?')) expect(mail.to).toEqual(theirs.to?.map(withWireDomain));
  expect(decoded(mail.html)).toEqual(decoded(html));
  expect(decoded(mail.text)).toEqual(decoded(text));
}

/** The same parts in Nodemailer's own encoding. */
async function byNodemailer(recipient: Recipient, { message, from }: Edition): Promise<Buffer> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { html, text } = message.preview(recipient);
  const sent = await transport.sendMail({
    from: { ...from, name: cleanLine(from.name) },
    to: { name: cleanLine(recipient.name ?? ''), address: recipient.email },
    subject: message.subject,
    html,
    text,
  });
  return sent.message as Buffer;
}

interface Edition {
  message: ComposedMessage;
  from: { name: string; address: string };
}

/** Of letters of three scripts, and one whose words are all hostile. */
async function editions(): Promise<Edition[]> {
  const from = {
    name: 'Tom "Ledger" \\, Ann\r\nBcc: x@evil.example =?x?= ü',
    address: 'digest@news.example',
  };
  const hostile = revisionOf(
    [
      itemOf({ place: 'lead', headline: SUBJECT, summary: `.\r\n.\r\nFrom ${SUBJECT}`, sourceName: SUBJECT }),
      itemOf({ headline: 'N'.repeat(1200), summary: '-- \n-\n.\n' }),
    ],
    { newsletter: { ...newsletterOf({ name: '"Morning" <x@evil.example>, \\' }), from } },
  );
  return Promise.all(
    [fullEdition(), arabicEdition(), vietnameseEdition(), hostile].map(async (revision) => {
      // A few stories will do: what is hostile is read a thousand times.
      const short = { ...revision, items: revision.items.slice(0, 2) };
      const message = await composeEdition(short, null, site);
      if (message === null) throw new Error('nothing in it');
      return { message, from: revision.newsletter.from };
    }),
  );
}

/** What came for each delivery, by the token of its return path. */
function byToken({ messages }: Sink): Map<string, Buffer> {
  return new Map(messages.map(({ from, raw }) => [from.slice('bounce+'.length, from.indexOf('@')), raw]));
}

function token(at: number): string {
  return at.toString(16).padStart(32, '0');
}

function ed25519(): DkimKey {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  return dkimKey(pem as string, 'news.example', 'bs1', 'bs1.pem');
}

function resolverOf(keys: DkimKey[]) {
  return async (name: string) => {
    const key = keys.find((each) => recordName(each) === name);
    if (key === undefined) throw Object.assign(new Error(), { code: 'ENOTFOUND' });
    return [[key.record]];
  };
}

/** Beside a local part in Unicode Nodemailer leaves the domain as it is; ours has A-labels everywhere. */
function withWireDomain<To extends { address?: string | undefined }>(to: To): To {
  const [local, domain = ''] = (to.address ?? '').split(/@(?=[^@]*$)/);
  return { ...to, address: `${local}@${domainToASCII(domain)}` };
}

/** As people read it, whatever its line ends. */
function decoded<Part>(part: Part): Part | string {
  return typeof part === 'string' ? part.replaceAll('\r\n', '\n').trimEnd() : part;
}
