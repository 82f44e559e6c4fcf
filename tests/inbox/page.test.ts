/// <reference lib="dom" />
import nodemailer from 'nodemailer';
import { expect, onTestFinished, test } from 'vitest';
import { startInbox } from '../../src/inbox/inbox.ts';
import { keepPicture } from '../messages/inspect-page.ts';
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
    return mail.locator('p').evaluate((element) => getComputedStyle(element).color);
  }
});

test('on a phone everything is in sight and under the thumb: list, message, headers, what is gone', async () => {
  const inbox = await startInbox();
  onTestFinished(() => inbox[Symbol.asyncDispose]());
  await nodemailer.createTransport(inbox.smtpUrl).sendMail({
    from: { name: 'A newsroom with a long name', address: 'digest@news.example' },
    to: 'a.reader.with.a.rather.long.address@readers.example',
    subject: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerk reopens',
    text: 'Plain tides',
    html: '<p>Tides</p>',
  });
  for (const width of [320, 375]) {
    const page = await openPage({ viewport: { width, height: 812 } });
    for (const path of ['/', '/m/1', '/m/1?view=text', '/m/1?view=headers', '/?q=nowhere', '/m/9']) {
      await page.goto(inbox.pageUrl + path);
      const faults = await page.evaluate(() => {
        const found: string[] = [];
        if (document.documentElement.scrollWidth > innerWidth) found.push('it scrolls sideways');
        for (const target of document.querySelectorAll('a, input')) {
          const { width, height, right } = target.getBoundingClientRect();
          if (width === 0) continue;
          if (height < 44 || width < 44) found.push(`hard to hit: ${target.textContent} ${width}×${height}`);
          if (right > innerWidth) found.push(`cut off: ${target.textContent}`);
        }
        for (const row of document.querySelectorAll('.tabs, .switches, .way')) {
          if (row.scrollWidth > row.clientWidth) found.push(`cut off: ${row.textContent}`);
        }
        return found;
      });
      expect([width, path, faults]).toEqual([width, path, []]);
      await keepPicture(page, `inbox-${width}-${path.replaceAll(/\W+/g, '-')}`);
    }
  }
});
