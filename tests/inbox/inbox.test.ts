import { get } from 'node:http';
import nodemailer, { type SendMailOptions } from 'nodemailer';
import { expect, onTestFinished, test } from 'vitest';
import { type Inbox, startInbox } from '../../src/inbox/inbox.ts';
import { createMailbox } from '../../src/inbox/mailbox.ts';

test('what is sent over SMTP is kept byte for byte, newest first, with its envelope and readable subject', async () => {
  const inbox = await open();
  const raw = 'Subject: =?utf-8?Q?N=C4=83m_tin?=\r\n\r\n.a line that starts with a dot\r\n';
  await send(inbox, { raw, envelope: { from: 'bounce@news.example', to: ['an@reader.example'] } });
  await send(inbox, { to: 'second@reader.example', subject: 'Second' });

  const [second, first] = inbox.messages();
  expect(second).toMatchObject({ id: 2, subject: 'Second', to: ['second@reader.example'] });
  expect(first).toMatchObject({
    id: 1,
    subject: 'Năm tin',
    from: 'bounce@news.example',
    to: ['an@reader.example'],
  });
  expect(first?.raw.toString()).toBe(raw);
  const download = await fetch(`${inbox.pageUrl}/m/1/raw`);
  expect(await download.text()).toBe(raw);
  expect(download.headers.get('content-disposition')).toContain('message-1.eml');
});

test('the mailbox lets the oldest go, by number and by weight, but never the newest', () => {
  const message = (bytes: number) => ({
    receivedAt: Temporal.Instant.fromEpochMilliseconds(0),
    from: '',
    to: [],
    subject: '',
    raw: Buffer.alloc(bytes),
  });
  const mailbox = createMailbox({ messages: 3, bytes: 100 });
  for (const bytes of [10, 10, 10, 10]) mailbox.add(message(bytes));
  expect(mailbox.list().map(({ id }) => id)).toEqual([4, 3, 2]);
  mailbox.add(message(85));
  expect(mailbox.list().map(({ id }) => id)).toEqual([5, 4]);
  mailbox.add(message(500));
  expect(mailbox.list().map(({ id }) => id)).toEqual([6]);
  expect(mailbox.received()).toBe(6);
  expect(mailbox.find(5)).toBeUndefined();
});

test('a stranger’s subject and address are shown as text, and a message is found by either', async () => {
  const inbox = await open();
  await send(inbox, { to: 'an@reader.example', subject: '<script>alert(1)</script> & "quotes"' });
  await send(inbox, { to: 'binh@reader.example', subject: 'Tides' });

  const page = await text(`${inbox.pageUrl}/m/1`);
  expect(page).toContain('<bdi>Tide Times</bdi> &lt;digest@news.example&gt;');
  expect(page).not.toContain('<script>alert');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp;');
  const found = await text(`${inbox.pageUrl}/list?q=BINH`);
  expect(found).toContain('Tides');
  expect(found).not.toContain('an@reader.example');
  expect(await text(`${inbox.pageUrl}/?q=%22%3E%3Cb%3E`)).not.toContain('"><b>');
});

test('the list answers 304 until something comes', async () => {
  const inbox = await open();
  const list = (etag: string) => fetch(`${inbox.pageUrl}/list`, { headers: { 'if-none-match': etag } });
  const etag = (await list('')).headers.get('etag') ?? '';
  expect((await list(etag)).status).toBe(304);
  await send(inbox, { to: 'an@reader.example', subject: 'Tides' });
  expect((await list(etag)).status).toBe(200);
});

test('a mail’s frame gets no script, no origin of its host and, when asked, no pictures', async () => {
  const inbox = await open();
  await send(inbox, {
    to: 'an@reader.example',
    html: '<html><head></head><body><img src="cid:chart"><style>@media (prefers-color-scheme: dark) { p { color: red } }</style></body></html>',
    attachments: [{ cid: 'chart', filename: 'c.png', content: Buffer.from('png') }],
  });
  const frame = await fetch(`${inbox.pageUrl}/m/1/frame?dark=on`);
  const policy = frame.headers.get('content-security-policy') ?? '';
  expect(policy.split('; ')).toContain("default-src 'none'");
  expect(policy.split('; ')).toContain('sandbox allow-popups allow-popups-to-escape-sandbox');
  const html = await frame.text();
  expect(html).toContain(`<img src="data:image/png;base64,${Buffer.from('png').toString('base64')}">`);
  expect(html).toContain('@media (min-width: 0px)');
  const bare = await fetch(`${inbox.pageUrl}/m/1/frame?pictures=off`);
  expect(bare.headers.get('content-security-policy')).toContain("img-src 'none'");
  expect(await bare.text()).toContain('@media (max-width: 0px)');
});

test('only this machine can reach it, and only under its own name', async () => {
  await expect(startInbox({ host: '0.0.0.0' })).rejects.toThrow('listens only on 127.0.0.1, not on 0.0.0.0');
  const inbox = await open();
  const { port } = new URL(inbox.pageUrl);
  const rebound = await new Promise((resolve, reject) => {
    const headers = { host: `evil.example:${port}` };
    get({ port, host: '127.0.0.1', headers }, (answer) => resolve(answer.resume().statusCode)).on(
      'error',
      reject,
    );
  });
  expect(rebound).toBe(421);
});

test('a port that is taken is said in a sentence', async () => {
  const inbox = await open();
  const smtpPort = Number(new URL(inbox.smtpUrl).port);
  await expect(startInbox({ smtpPort })).rejects.toThrow(`Port ${smtpPort} is taken`);
});

test('a message that is too large is refused with 552 and not kept', async () => {
  const inbox = await open();
  const huge = `Subject: huge\r\n\r\n${'x'.repeat(998)}\r\n`.padEnd(17 * 1024 * 1024, 'y');
  const sending = send(inbox, { raw: huge, envelope: { from: 'a@news.example', to: 'b@reader.example' } });
  await expect(sending).rejects.toMatchObject({ responseCode: 552 });
  expect(inbox.messages()).toEqual([]);
});

test('a message that nobody can take apart is shown as it came', async () => {
  const inbox = await open();
  const part = (depth: number): string =>
    depth === 0
      ? 'Content-Type: text/plain\r\n\r\ninnermost'
      : `Content-Type: multipart/mixed; boundary="b${depth}"\r\n\r\n--b${depth}\r\n${part(depth - 1)}\r\n--b${depth}--\r\n`;
  const raw = `Subject: Nested\r\n${part(300)}`;
  await send(inbox, { raw, envelope: { from: 'a@news.example', to: ['b@reader.example'] } });
  const page = await fetch(`${inbox.pageUrl}/m/1`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('innermost');
});

async function open(): Promise<Inbox> {
  const inbox = await startInbox();
  onTestFinished(() => inbox[Symbol.asyncDispose]());
  return inbox;
}

async function send(inbox: Inbox, message: SendMailOptions): Promise<void> {
  await nodemailer
    .createTransport(inbox.smtpUrl)
    .sendMail({ from: 'Tide Times <digest@news.example>', ...message });
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}
