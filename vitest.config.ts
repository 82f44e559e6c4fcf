import { defineConfig } from 'vitest/config';
import { CountReporter } from './tests/setup/count-reporter.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/setup/global.ts', 'tests/setup/browser-server.ts'],
    // One module graph a thread: on two cores this is eight times as fast as isolated processes.
    pool: 'threads',
    isolate: false,
    reporters: ['default', new CountReporter()],
    testTimeout: 20_000,
  },
});
