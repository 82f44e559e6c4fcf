import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPage } from '../setup/browser.ts';
import { testFonts } from '../setup/fonts.ts';
import { servePictures } from './pictures.ts';

export interface Showing {
  width: number;
  scheme?: 'light' | 'dark';
  pictures?: boolean;
}

/** Shows a mail as a program without any of our fonts' names would, in Georgia's and Roboto's metric twins. */
export async function show(
  html: string,
  { width, scheme = 'light', pictures = true }: Showing,
): Promise<Page> {
  const page = await openPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  await page.route('**/*', (route) => route.abort());
  if (pictures) await servePictures(page);
  await page.setContent(
    html
      .replace('</head>', `<style>${testFonts()}</style></head>`)
      .replaceAll("-apple-system,BlinkMacSystemFont,'Segoe UI',", ''),
    { waitUntil: 'load' },
  );
  await page.evaluate('document.fonts.ready');
  return page;
}

/** Keeps a picture of the page where SCREENSHOTS names a folder: to be looked at by a person. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** What a reader would complain about, in words; none is the aim. */
export async function complaints(page: Page): Promise<string[]> {
  return page.evaluate(COMPLAINTS) as Promise<string[]>;
}

/** Runs in the page, so it is a string: neither types nor imports reach there. */
const COMPLAINTS = String.raw`(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push('scrolls sideways: ' + root.scrollWidth + ' in ' + root.clientWidth);
  const rgba = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    const style = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    if (text === '' || text === '\u00a0' || width * height === 0 || element.closest('[style*="display:none"]')) continue;
    const size = parseFloat(style.fontSize);
    if (size < 14) found.push('small (' + size + ' px): ' + text.slice(0, 40));
    const [a, b] = [light(rgba(style.color)), light(ground(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const large = size >= 24 || (size >= 19 && Number(style.fontWeight) >= 700);
    if (contrast < (large ? 3 : 4.5)) found.push('faint (' + contrast.toFixed(1) + '): ' + text.slice(0, 40));
  }
  let last = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4')) {
    const level = Number(heading.tagName[1]);
    if (level > last + 1) found.push('skips to h' + level + ': ' + heading.textContent.slice(0, 40));
    last = level;
  }
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  for (const image of document.images) {
    if (!image.hasAttribute('alt')) found.push('picture without alt: ' + image.src);
    if (image.alt === '' && image.closest('a')) found.push('link that is a picture without words: ' + image.src);
  }
  for (const link of document.links) {
    if (link.textContent.trim() === '' && !link.querySelector('img[alt]:not([alt=""])')) found.push('empty link: ' + link.href);
  }
  for (const table of document.querySelectorAll('table')) {
    if (table.getAttribute('role') !== 'presentation' && !table.querySelector('th[scope]')) found.push('table that is neither layout nor data');
  }
  if (matchMedia('(prefers-color-scheme: dark)').matches) {
    for (const element of document.querySelectorAll('[style*="background"]')) {
      const color = rgba(getComputedStyle(element).backgroundColor);
      if (color[3] !== 0 && light(color) > 0.2) found.push('stays light in the dark: ' + element.tagName + '.' + element.className);
    }
  }
  return found;
})()`;
