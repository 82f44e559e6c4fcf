/// <reference lib="dom" />
import { describe, expect, test } from 'vitest';
import type { Revision } from '../../src/editions/revision.ts';
import { composeEdition } from '../../src/messages/compose.ts';
import { editionPage } from '../../src/messages/web-page.ts';
import { arabicEdition, vietnameseEdition } from './editions-abroad.ts';
import { fullEdition, itemOf, newsletterOf, reader, revisionOf, site } from './fixtures.ts';
import { complaints, keepPicture, show } from './inspect-page.ts';

async function htmlOf(revision: Revision): Promise<string> {
  const message = await composeEdition(revision, null, site);
  if (message === null) throw new Error('nothing in it');
  return message.preview(reader).html;
}

describe('the digest as readers see it', () => {
  const editions = { english: fullEdition(), vietnamese: vietnameseEdition(), arabic: arabicEdition() };

  for (const [language, revision] of Object.entries(editions)) {
    for (const scheme of ['light', 'dark'] as const) {
      test(`nothing to complain about: ${language}, ${scheme}, at 320, 375 and 600 px`, async () => {
        const html = await htmlOf(revision);
        const page = await show(html, { width: 320, scheme });
        for (const width of [320, 375, 600]) {
          await page.setViewportSize({ width, height: 900 });
          expect(await complaints(page), `${width} px`).toEqual([]);
          await keepPicture(page, `${language}-${scheme}-${width}`);
        }
      });
    }
  }

  test('with pictures blocked every story can still be read, and the pictures’ words stand in their place', async () => {
    const page = await show(await htmlOf(fullEdition()), { width: 375, pictures: false });
    expect(await complaints(page)).toEqual([]);
    const alt = page.getByAltText('Sea gates across a harbour mouth at dawn');
    expect(await alt.evaluate((image) => getComputedStyle(image).fontSize)).toBe('14px');
    expect(await alt.evaluate((image) => image.getBoundingClientRect().height)).toBeLessThan(60);
    expect(await page.locator('h3').count()).toBe(5);
    await keepPicture(page, 'english-blocked-375');
  });

  test('without any style sheet, as some programs show it, the columns still hold and nothing is faint', async () => {
    const html = (await htmlOf(fullEdition())).replace(/<style[\s\S]*?<\/style>/g, '');
    const page = await show(html, { width: 600 });
    expect(await complaints(page)).toEqual([]);
    await keepPicture(page, 'english-unstyled-600');
  });

  test('a picture stands beside its story on a wide screen and above it on a phone', async () => {
    const html = await htmlOf(fullEdition());
    for (const [width, beside] of [
      [600, true],
      [375, false],
    ] as const) {
      const page = await show(html, { width });
      const picture = await page.getByAltText('A night train crosses a viaduct under stars').boundingBox();
      const headline = await page.getByRole('heading', { name: 'Night trains return' }).boundingBox();
      if (picture === null || headline === null) throw new Error('not there');
      if (beside) expect(picture.x).toBeGreaterThan(headline.x + headline.width);
      else {
        expect(picture.y + picture.height).toBeLessThan(headline.y);
        expect(picture.width).toBe(375 - 2 * 24);
      }
    }
  });

  test('right to left everything is mirrored: text, picture, date and link', async () => {
    const page = await show(await htmlOf(arabicEdition()), { width: 600 });
    const columns = await page.$$eval('[class*="mj-column"]', (all) =>
      all.map((one) => getComputedStyle(one).direction),
    );
    expect(new Set(columns)).toEqual(new Set(['rtl']));
    expect(await page.$$eval('[dir]:not(bdi)', (all) => all.map((one) => one.getAttribute('dir')))).toEqual([
      'rtl',
      'rtl',
    ]);
    const aligned = await page.$$eval('h2, h3, p, .more td', (all) =>
      all.filter((one) => !one.closest('.rule-ink')).map((one) => getComputedStyle(one).textAlign),
    );
    expect(new Set(aligned)).toEqual(new Set(['right']));
    const picture = await page.getByAltText('قطار ليلي فوق جسر').boundingBox();
    const headline = await page.locator('h3').nth(1).boundingBox();
    expect((picture?.x ?? 0) + (picture?.width ?? 0)).toBeLessThan(headline?.x ?? 0);
    const date = await page.locator('.bar td').first().boundingBox();
    const link = await page.locator('.bar td').last().boundingBox();
    expect(link?.x).toBeLessThan(date?.x ?? 0);
    // A headline in another script keeps its own direction.
    expect(
      await page
        .locator('bdi[lang="en"]')
        .first()
        .evaluate((one) => getComputedStyle(one).direction),
    ).toBe('ltr');
  });

  test('the links of the footer are easy to hit with a thumb', async () => {
    const page = await show(await htmlOf(fullEdition()), { width: 375 });
    const heights = await page.$$eval('.foot .links a', (all) =>
      all.map((one) => one.getBoundingClientRect().height),
    );
    expect(heights.length).toBe(3);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
  });

  test('an accent, a logo and sans headlines of the newsletter’s own are what is shown', async () => {
    const look = {
      accent: '#00508C',
      accent_dark: '#8CC8FF',
      headlines: 'sans',
      logo: 'https://img.example/logo.png',
    };
    const html = await htmlOf(fullEdition({ newsletter: newsletterOf({ look }) }));
    for (const [scheme, accent] of [
      ['light', 'rgb(0, 80, 140)'],
      ['dark', 'rgb(140, 200, 255)'],
    ] as const) {
      const page = await show(html, { width: 600, scheme });
      expect(await complaints(page)).toEqual([]);
      const label = page.getByRole('heading', { level: 2 }).first();
      expect(await label.evaluate((one) => getComputedStyle(one).color)).toBe(accent);
      expect(
        await page
          .locator('h3')
          .first()
          .evaluate((one) => getComputedStyle(one).fontFamily),
      ).not.toContain('Georgia');
      expect(await page.getByRole('heading', { level: 1 }).getByAltText('The Harbour Ledger').count()).toBe(
        1,
      );
    }
  });

  test('very long words of strangers never make it scroll', async () => {
    const long = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3);
    const items = [
      itemOf({ place: 'lead', headline: long, summary: long, sourceName: long }),
      itemOf({ headline: long }),
      itemOf({ place: 'more', headline: long, sourceName: long }),
    ];
    const page = await show(await htmlOf(revisionOf(items)), { width: 320 });
    expect(await complaints(page)).toEqual([]);
  });

  test('the page in the browser has its main part, its address, and nothing of any reader', async () => {
    const html = await editionPage(fullEdition(), { publicUrl: site.publicUrl, index: false });
    if (html === null) throw new Error('no page');
    const page = await show(html, { width: 600 });
    expect(await complaints(page)).toEqual([]);
    expect(await page.getByRole('main').getByRole('heading', { level: 3 }).count()).toBe(5);
    expect(await page.locator('link[rel=canonical]').getAttribute('href')).toBe(
      'https://news.example/morning/2026-11-24',
    );
    expect(await page.locator('meta[name=robots]').getAttribute('content')).toBe('noindex');
    expect(
      await page.locator('.foot a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ).toEqual(['https://news.example/join/morning', 'https://harbourledger.example/']);
    expect(html).not.toMatch(/\/[up]\/|example\.org|\uFDD0/);
    await keepPicture(page, 'english-page-600');
  });
});
