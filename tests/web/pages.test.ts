import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ACCESS_PURPOSES } from '../../src/notices/notice.ts';
import { addReader } from '../../src/subscribers/add.ts';
import { keepPicture } from '../messages/inspect-page.ts';
import { openPage } from '../setup/browser.ts';
import { NOW, storeNewsletter } from '../subscribers/newsletters.ts';
import { ADDRESS, storedAccess, visit } from './visit.ts';

/** Everything of a page that a reader could stumble over, as the browser sees it. */
async function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('it scrolls sideways');
    if (document.querySelectorAll('h1').length !== 1) found.push('it has not exactly one h1');
    if (!document.querySelector('main')) found.push('it has no main part');
    for (const input of document.querySelectorAll<HTMLInputElement>('input:not([type=hidden])')) {
      if (!input.labels?.length) found.push(`no label: ${input.name}`);
    }
    for (const target of document.querySelectorAll('button, .button, .choice')) {
      if (target.getBoundingClientRect().height < 44) found.push(`hard to hit: ${target.textContent}`);
    }
    // WCAG 2.2, 1.4.3: 4.5 to 1, 3 to 1 from 24 px on.
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = ([red = 0, green = 0, blue = 0]: number[]) => {
      const linear = [red, green, blue].map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
    };
    const ground = (element: Element | null): number[] => {
      if (element === null) return [255, 255, 255];
      const colour = channels(getComputedStyle(element).backgroundColor);
      return colour.length === 4 && colour[3] === 0 ? ground(element.parentElement) : colour;
    };
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
      if (!own || element.closest('.trap, style')) continue;
      const style = getComputedStyle(element);
      const [light = 0, dark = 0] = [luminance(channels(style.color)), luminance(ground(element))].sort(
        (a, b) => b - a,
      );
      const contrast = (light + 0.05) / (dark + 0.05);
      if (contrast < (Number.parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) {
        found.push(`${contrast.toFixed(1)} to 1: ${element.textContent?.trim().slice(0, 40)}`);
      }
    }
    return found;
  });
}

test('every page can be read and used on phone and desk, light and dark, in both directions', async () => {
  const v = await visit();
  const weekend = await storeNewsletter(v.db, { slug: 'weekend', name: 'Weekend Edition' });
  const arabic = await storeNewsletter(v.db, {
    slug: 'sabah',
    name: 'موجز الصباح',
    language: 'ar',
    sections: ['العالم', 'الأعمال'],
    look: { accent: '#0B6E4F', accent_dark: '#7FE0BC', headlines: 'sans' },
  });
  for (const newsletter of [weekend, arabic]) await addReader(v.db, newsletter, { address: ADDRESS }, NOW);
  await v.post(v.path('leave', { newsletter: 'weekend' }));
  const doors = ([...ACCESS_PURPOSES, 'new-address'] as const).flatMap((purpose) =>
    ['morning', 'sabah'].map((newsletter) => storedAccess(v, purpose, newsletter)),
  );
  const paths = [
    '/',
    '/join/morning',
    '/join/sabah',
    v.path('leave'),
    v.path('leave', { newsletter: 'weekend' }),
    v.path('choices'),
    v.path('choices', { newsletter: 'sabah' }),
    v.path('confirm'),
    ...(await Promise.all(doors)),
    v.path('erase', { expires: 1 }),
    '/nowhere',
    '/access',
    '/u/%zz',
    `${v.path('leave')}x`,
  ];
  for (const { width, colorScheme } of [
    { width: 375, colorScheme: 'light' },
    { width: 900, colorScheme: 'dark' },
  ] as const) {
    const page = await openPage({ viewport: { width, height: 800 }, colorScheme });
    const problems: string[] = [];
    // What the policy forbids shows here: a style that is not applied, a request that is blocked.
    page.on('console', (message) => problems.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith(v.url) && !request.url().startsWith('data:'))
        problems.push(request.url());
    });
    for (const path of paths) {
      await page.goto(v.url + path);
      expect([path, width, await faults(page)]).toEqual([path, width, []]);
      const [, kind = '', link = ''] = path.split('/');
      const about = link.split('.').slice(1, 3).join('-') || link.replace(/\W/g, '');
      await keepPicture(page, `page-${kind || 'home'}-${about}-${colorScheme}-${width}`);
    }
    // The browser itself notes that a page was 400, 404 or 410.
    expect(problems.filter((text) => !/ 4(00|04|10) /.test(text))).toEqual([]);
    await page.goto(v.url + v.path('choices', { newsletter: 'sabah' }));
    const box = await page.locator('.choice input').first().boundingBox();
    expect(box?.x).toBeGreaterThan(width / 2);
  }
});

test('what a press leads to can be read on a phone, in every language: left, saved, refused, too much', async () => {
  const v = await visit();
  const languages = [
    ['morning', 'en', 'light'],
    ['toi', 'vi', 'dark'],
    ['sabah', 'ar', 'light'],
  ] as const;
  const settings = { site: 'https://ledger.example', postal_address: 'The Harbour Ledger, 12 Quay Street' };
  for (const [slug, language] of languages.slice(1)) {
    const name = language === 'vi' ? 'Bản tin tối' : 'موجز الصباح';
    const newsletter = await storeNewsletter(v.db, { slug, name, language, ...settings });
    await addReader(v.db, newsletter, { address: ADDRESS }, NOW);
  }
  for (const tooMuch of [false, true]) {
    // One limit for all of them: it is spent when each has been seen.
    if (tooMuch) {
      await Promise.all(Array.from({ length: 30 }, () => v.post('/join/morning', { address: 'nobody' })));
    }
    for (const [newsletter, language, colorScheme] of languages) {
      const page = await openPage({
        viewport: { width: 375, height: 812 },
        colorScheme,
        locale: language,
      });
      await page.goto(`${v.url}/access`);
      const see = async (name: string, path: string, fields: Record<string, string>, status: number) => {
        expect([name, await press(page, path, fields)]).toEqual([name, status]);
        expect(await page.evaluate(() => document.documentElement.lang)).toBe(language);
        expect([name, language, await faults(page)]).toEqual([name, language, []]);
        await keepPicture(page, `press-${name}-${language}`);
      };
      const choices = v.path('choices', { newsletter });
      if (tooMuch) {
        await see('too-much', `/join/${newsletter}`, { address: 'nobody' }, 429);
        continue;
      }
      await see('saved', choices, { action: 'save', section: 'World' }, 200);
      await see('none', choices, { action: 'save' }, 422);
      await see('paused', choices, { action: 'pause', days: '30' }, 200);
      await see('refused', choices, { action: 'pause', days: '31' }, 400);
      await see('left', v.path('leave', { newsletter }), { from: 'page' }, 200);
      await see('mistyped', `/join/${newsletter}`, { address: 'nobody' }, 422);
      await see('asked', `/join/${newsletter}`, { address: 'somebody@example.org' }, 200);
    }
  }
});

/** Sends a form from the page that is open, as a browser does, whatever it holds. @returns the status. */
async function press(page: Page, path: string, fields: Record<string, string>): Promise<number> {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    page.waitForEvent('load'),
    page.evaluate(
      ([action, pairs]) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action });
        for (const [name, value] of pairs) {
          form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
        }
        document.body.append(form);
        form.submit();
      },
      [path, Object.entries(fields)] as const,
    ),
  ]);
  return answer.status();
}

test('a reader leaves, undoes it, pauses, and joins, by keyboard and without script', async () => {
  const v = await visit();
  const page = await openPage({ javaScriptEnabled: false, viewport: { width: 375, height: 700 } });
  await page.goto(v.url + v.path('leave'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'You have left Morning Briefing' }).waitFor();
  expect(await v.state()).toBe('unsubscribed');
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  expect(await v.state()).toBe('active');

  await page.getByRole('link', { name: 'Choose sections and how often' }).click();
  await page.getByLabel('Business').uncheck();
  await page.getByLabel('Once a week').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await page.getByLabel('Business').isChecked()).toBe(false);
  await page.getByRole('button', { name: '30 days' }).click();
  await page.getByText('Paused until 24 December 2026').waitFor();
  expect(await v.state()).toBe('paused');

  await page.goto(v.url);
  await page.getByRole('link', { name: 'Get Morning Briefing' }).click();
  await page.getByLabel('Your mail address').fill('nobody');
  await page.keyboard.press('Enter');
  expect(await page.getByRole('alert').textContent()).toContain('“nobody” is not a mail address.');
  await page.getByLabel('Your mail address').fill('somebody@example.org');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
  const notices = await v.db.selectFrom('notices').select('to_address').execute();
  expect(notices).toEqual([{ to_address: 'somebody@example.org' }]);
});

test('a reader takes their data along and erases it, by keyboard and without script', async () => {
  const v = await visit();
  const page = await openPage({ javaScriptEnabled: false, viewport: { width: 375, height: 700 } });
  await page.goto(v.url + v.path('choices'));
  await page.getByRole('button', { name: 'What we keep about you' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('We sent a link to r•••@example.org, good for one hour.').waitFor();
  await page.goto(v.url + (await storedAccess(v, 'export')));
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download the file' }).click();
  expect((await download).suggestedFilename()).toBe('morning-my-data-2026-11-24.json');
  // The page stays, for another press.
  await page.getByRole('heading', { name: 'What we keep about you' }).waitFor();

  await page.goto(v.url + (await storedAccess(v, 'address')));
  await page.getByLabel('Your new mail address').fill('new@example');
  await page.keyboard.press('Enter');
  expect(await page.getByRole('alert').textContent()).toContain('“new@example” is not a mail address.');
  await page.getByLabel('Your new mail address').fill('new@example.net');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Check the mail of your new address' }).waitFor();

  await page.goto(v.url + (await storedAccess(v, 'erase')));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Everything is erased' }).waitFor();
  expect(await v.db.selectFrom('subscribers').selectAll().execute()).toEqual([]);
});
