import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests connect to the run's one browser; `error` where it could not start. */
    browser: { endpoint: string } | { error: string };
  }
}

/** One headless Chromium for the whole run, from npm: nothing is installed by hand. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    const server = await playwright.launchServer({
      executablePath: await chromium.executablePath(),
      // Not the package's own arguments: `--single-process` dies at the second page.
      args: ['--no-sandbox', '--headless=shell', '--disable-gpu'],
    });
    project.provide('browser', { endpoint: server.wsEndpoint() });
    return () => server.close();
  } catch (error) {
    // Tests without a browser still run; those with one fail with these words.
    project.provide('browser', { error: String(error) });
    return undefined;
  }
}
