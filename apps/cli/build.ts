import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';
import { bundleApp, writeNotices } from '@chainvisor/bundle';

/** Puts testkit's fault points, which break the program where a test says so, in the place of the inert ones. */
const faultPoints: Plugin = {
  name: 'fault-points',
  setup(builder) {
    const testkit = dirname(fileURLToPath(import.meta.resolve('@chainvisor/testkit')));
    builder.onResolve({ filter: /\/fault-point\.js$/ }, () => ({ path: join(testkit, 'faults/trip.ts') }));
  },
};

// One file with everything in it: after the first spawn nothing is loaded from disk (invariant A12).
await writeNotices(await bundleApp('CHAINVISOR_VERSION', { outfile: 'dist/main.js' }));
// The same for the tests that break it; never published.
await bundleApp('CHAINVISOR_VERSION', { outfile: 'dist/main.faults.js', plugins: [faultPoints] });
