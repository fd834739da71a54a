import { defineConfig } from 'vitest/config';

// One configuration for every package. The bounds are generous on purpose: no test asserts how fast a machine is.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    expect: { requireAssertions: true },
  },
});
