import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/prompt-fetch.ts'],
    // Against what hangs. None of these is how long anything may take: a machine that is busy with something else takes several
    // times as long, and fails nothing.
    testTimeout: 180_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    reporters: ['default'],
  },
});
