import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ask } from '../../src/init/ask.ts';
import type { Asking, Question } from '../../src/init/question.ts';

/** Who answers a question with one answer after the other until one will do; null: Enter alone. */
function person(answers: Record<string, (string | null)[]>) {
  const said: string[] = [];
  const presets: Record<string, string | undefined> = {};
  const put = async ({ message, preset, check }: Question): Promise<string> => {
    const key = Object.keys(answers).find((each) => message.startsWith(each));
    presets[key ?? message] = preset;
    for (const typed of answers[key ?? ''] ?? [null]) {
      const answer = typed ?? preset ?? '';
      const fault = await check(answer);
      if (fault === true) return answer;
      said.push(fault);
    }
    throw new Error(`No answer to “${message}” would do: ${said.at(-1)}`);
  };
  return { put, said, presets };
}

const REST = { Postal: ['12 Quay Street'], When: ['7 London'], Your: ['me@ledger.example'] };

function asking(put: Asking['put'], earlier: Asking['earlier'] = {}) {
  const out: string[] = [];
  const options: Asking = {
    terminal: {
      out: (text) => out.push(text),
      err: (text) => out.push(text),
      status: () => {},
      showsLog: false,
      interactive: true,
      color: false,
      columns: 100,
    },
    silent: false,
    put,
    earlier,
    config: { publicUrl: 'https://news.example', fetchPrivate: true },
    now: () => Temporal.Instant.from('2026-11-24T06:00:00Z'),
  };
  return { options, out };
}

test('a site typed without a scheme is tried as https, then as http, and asked for again when neither can be read', async () => {
  const host = await serve({ '/': '<html><title>The Ledger\n | News</title></html>' });
  const { put, said } = person({
    Address: ['127.0.0.1:1', host],
    Sender: ['Ledger <news@ledger.example>'],
    SMTP: ['inbox'],
    ...REST,
  });
  const { options, out } = asking(put);
  const answers = await ask({}, options);
  expect(said).toEqual([
    expect.stringMatching(
      /^Neither https:\/\/127\.0\.0\.1:1 nor http:\/\/127\.0\.0\.1:1 can be read: .*Try again/,
    ),
  ]);
  expect(answers).toMatchObject({
    site: { url: `http://${host}/`, name: 'The Ledger', feeds: [] },
    hour: '07:00',
    timeZone: 'Europe/London',
    smtpUrl: 'inbox:',
  });
  expect(out.join('\n')).toContain(' ! site        The Ledger, it names no feed');
});

test('who goes away while a site is looked at waits for nothing', async () => {
  const silent = createServer();
  const asked = new Promise<void>((resolve) => {
    silent.on('request', (request) => {
      request.socket.on('close', closed.resolve);
      resolve();
    });
  });
  const closed = Promise.withResolvers<void>();
  const host = await listen(silent);
  const put = async ({ check }: Question) => {
    void check(`http://${host}`);
    await asked;
    throw new Error('Ctrl-C');
  };
  await expect(ask({}, asking(put).options)).rejects.toThrow('Ctrl-C');
  await closed.promise;
  // Its own limit of time would end the look only after 15 s.
}, 5000);

test('the address of a feed stands for its site', async () => {
  const item = '<item><title>Tides rise</title><link>https://ledger.example/1</link><guid>1</guid></item>';
  const host = await serve({
    '/feed': `<?xml version="1.0"?><rss version="2.0"><channel><title>The Ledger</title><link>https://ledger.example/</link><description>x</description>${item}</channel></rss>`,
  });
  const { put } = person({ Address: [`${host}/feed`], Sender: ['news@ledger.example'], ...REST });
  const { site } = await ask({}, asking(put).options);
  expect(site).toMatchObject({ url: `http://${host}/`, name: 'The Ledger', feeds: [`http://${host}/feed`] });
});

test('what was answered earlier is offered again, a password unseen', async () => {
  const { put, presets } = person({
    Address: [''],
    Sender: [null],
    Postal: [null],
    When: [null],
    SMTP: [null],
    Your: [null],
  });
  const answers = await ask(
    {},
    asking(put, {
      from: 'Ledger <news@ledger.example>',
      postalAddress: '12 Quay Street',
      hour: '18:30',
      timeZone: 'Asia/Kathmandu',
      smtp: 'smtp://me:secret@mail.example:587',
      you: 'me@ledger.example',
    }).options,
  );
  expect(presets.SMTP).toBe('smtp://me:•••@mail.example:587');
  expect(answers).toMatchObject({
    from: { name: 'Ledger', address: 'news@ledger.example' },
    hour: '18:30',
    timeZone: 'Asia/Kathmandu',
    smtpUrl: 'smtp://me:secret@mail.example:587',
  });
});

async function serve(pages: Record<string, string>): Promise<string> {
  const server: Server = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page ? 200 : 404).end(page ?? '');
  });
  return listen(server);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
