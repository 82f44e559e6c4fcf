import nodemailer from 'nodemailer';
import { expect, onTestFinished, test } from 'vitest';
import { startInbox } from '../../src/inbox/inbox.ts';
import { openPage } from '../setup/browser.ts';

test('in a browser: mail appears by itself, hostile HTML does nothing, and the switches work', async () => {
  const inbox = await startInbox();
  onTestFinished(() => inbox[Symbol.asyncDispose]());
  const page = await openPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));

  await page.goto(inbox.pageUrl);
  await page.getByRole('heading', { name: 'No mail yet' }).waitFor();

  const transport = nodemailer.createTransport(inbox.smtpUrl);
  await transport.sendMail({
    from: 'digest@news.example',
    to: 'an@reader.example',
    subject: 'Hostile tides',
    text: 'Plain tides',
    html: `<style>p { color: rgb(1, 2, 3) } @media (prefers-color-scheme: dark) { p { color: rgb(4, 5, 6) } }</style>
      <p>Tides</p>
      <script>parent.document.title = 'taken'; fetch('/stolen-1')</script>
      <img src="/x" onerror="top.location = '/stolen-2'">
      <meta http-equiv="refresh" content="0; url=/stolen-3">
      <form action="/stolen-4"><button>Go</button></form>`,
  });
  await page.getByRole('heading', { name: 'Hostile tides' }).waitFor();
  const mail = page.frameLocator('iframe');
  await mail.getByRole('button', { name: 'Go' }).click();
  expect(await colour()).toBe('rgb(1, 2, 3)');
  expect(await page.title()).toBe('Broadsheet inbox');
  expect(asked.filter((path) => path.startsWith('/stolen'))).toEqual([]);

  await page.getByRole('link', { name: 'Dark' }).click();
  expect(await colour()).toBe('rgb(4, 5, 6)');
  await page.getByRole('link', { name: 'Phone' }).click();
  expect((await page.locator('iframe').boundingBox())?.width).toBe(375);
  await page.getByRole('link', { name: 'Plain text' }).click();
  await page.getByText('Plain tides').waitFor();

  await transport.sendMail({
    from: 'digest@news.example',
    to: 'binh@reader.example',
    subject: 'Later',
    text: 'x',
  });
  await page.getByText('binh@reader.example').waitFor();
  expect(await page.getByRole('heading', { level: 2 }).textContent()).toBe('Hostile tides');

  function colour(): Promise<string> {
    return mail.locator('p').evaluate((element) => {
      // Our types know Node's globals only; this runs in the browser.
      const { getComputedStyle } = globalThis as unknown as {
        getComputedStyle: (of: unknown) => { color: string };
      };
      return getComputedStyle(element).color;
    });
  }
});
