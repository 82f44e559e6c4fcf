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
