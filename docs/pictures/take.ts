// `npm run pictures`: takes the README's pictures of the digest that the demo has just sent.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import binary from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import { testFonts } from '../../tests/setup/fonts.ts';

const BIN = fileURLToPath(new URL('../../bin/broadsheet.js', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'broadsheet-pictures-'));
execFileSync(process.execPath, [BIN, 'demo', '--once'], { cwd: folder });
const browser = await chromium.launch({
  executablePath: await binary.executablePath(),
  args: ['--no-sandbox', '--headless=shell', '--disable-gpu'],
});
for (const { name, width, colorScheme } of [
  { name: 'digest-light', width: 600, colorScheme: 'light' },
  { name: 'digest-dark', width: 600, colorScheme: 'dark' },
  { name: 'digest-phone', width: 375, colorScheme: 'light' },
] as const) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  await page.goto(pathToFileURL(join(folder, 'out', 'message.html')).href);
  await page.addStyleTag({ content: testFonts() });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(HERE, `${name}.png`), fullPage: true });
}
await browser.close();
rmSync(folder, { recursive: true });
