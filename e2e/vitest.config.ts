import { defineConfig } from 'vitest/config';

import { realNodesReporter } from './src/real/reporter.ts';

// Each file runs supervisors and nodes of its own: more files at a time than this and two cores make every bound a matter of luck.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['src/real/global-setup.ts'],
    reporters: ['default', realNodesReporter],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    expect: { requireAssertions: true },
  },
});
