import { readFileSync } from 'node:fs';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject, onTestFinished } from 'vitest';

/** A page of the run's browser, closed with the test. Nothing outside this machine can be reached from it. */
export async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const browser = await connect();
  const context = await browser.newContext(options);
  return context.newPage();
}

async function connect() {
  const server = inject('browser');
  if ('error' in server) throw new Error(`The browser of the tests did not start: ${server.error}`);
  const browser = await chromium.connect(server.endpoint);
  onTestFinished(() => browser.close());
  return browser;
}

/**
 * Letters for screenshots that look the same everywhere: Gelasio has the metrics of Georgia, which this machine may
 * lack. For test pages only; no mail names a font that must be fetched.
 */
export function testFonts(): string {
  return [
    face('Georgia', 'gelasio', 'gelasio-latin', [400, 700]),
    face(
      'Georgia',
      'gelasio',
      'gelasio-vietnamese',
      [400, 700],
      'U+0102-0103,U+0110-0111,U+0128-0129,U+01A0-01B0,U+0300-0309,U+1EA0-1EF9',
    ),
    face(
      'Georgia',
      'noto-naskh-arabic',
      'noto-naskh-arabic-arabic',
      [400, 700],
      'U+0600-06FF,U+FB50-FDFF,U+FE70-FEFC',
    ),
    face('Roboto', 'inter', 'inter-latin', [400, 700]),
    face(
      'Roboto',
      'inter',
      'inter-vietnamese',
      [400, 700],
      'U+0102-0103,U+0110-0111,U+0128-0129,U+01A0-01B0,U+0300-0309,U+1EA0-1EF9',
    ),
    face(
      'Roboto',
      'noto-naskh-arabic',
      'noto-naskh-arabic-arabic',
      [400, 700],
      'U+0600-06FF,U+FB50-FDFF,U+FE70-FEFC',
    ),
  ].join('\n');
}

function face(family: string, font: string, file: string, weights: number[], range?: string): string {
  return weights
    .map((weight) => {
      const path = new URL(
        `../../node_modules/@fontsource/${font}/files/${file}-${weight}-normal.woff2`,
        import.meta.url,
      );
      const data = readFileSync(path).toString('base64');
      return `@font-face{font-family:'${family}';font-weight:${weight};src:url(data:font/woff2;base64,${data})${range ? `;unicode-range:${range}` : ''}}`;
    })
    .join('\n');
}
