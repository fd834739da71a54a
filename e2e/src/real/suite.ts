import { describe, inject, onTestFinished } from 'vitest';

import { sdkLines, type SdkLine, type TestchainBinaries } from './build.ts';
import { makeRealHome, type RealHome, type RealHomeOptions } from './home.ts';

/** What the global setup found and tells every test file. */
export type RealNodes =
  | { readonly available: true; readonly binaries: Readonly<Record<SdkLine, TestchainBinaries>> }
  | { readonly available: false; readonly reason: string };

declare module 'vitest' {
  interface ProvidedContext {
    realNodes: RealNodes;
  }
  interface TaskMeta {
    /** The SDK line of the real node that this test is for. */
    realNode?: SdkLine;
  }
}

/** What the tests of one SDK line are given. Both functions are for the inside of a test. */
export interface RealSuite {
  readonly line: SdkLine;
  readonly binaries: () => TestchainBinaries;
  /** A home that is removed, with all that runs in it, when the test is over. */
  readonly home: (options?: Omit<RealHomeOptions, 'line' | 'binaries'>) => Promise<RealHome>;
}

/**
 * Defines a suite once for each SDK line. Without a Go toolchain its tests are skipped and the title says why; where real nodes are required, the
 * global setup has already failed the run. Tests defined elsewhere do not count as tests against real nodes.
 */
export function describeRealNodes(title: string, define: (suite: RealSuite) => void): void {
  const nodes = inject('realNodes');
  const suffix = nodes.available ? '' : ` (skipped: ${nodes.reason})`;
  for (const line of sdkLines) {
    const binaries = (): TestchainBinaries => {
      if (!nodes.available) throw new Error(`no real nodes: ${nodes.reason}`);
      return nodes.binaries[line];
    };
    describe.skipIf(!nodes.available)(`SDK ${line}: ${title}${suffix}`, { meta: { realNode: line } }, () => {
      define({
        line,
        binaries,
        async home(options = {}) {
          const home = await makeRealHome({ ...options, line, binaries: binaries() });
          onTestFinished(() => home.remove());
          return home;
        },
      });
    });
  }
}
