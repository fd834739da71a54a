import type { TestProject } from 'vitest/node';

import { buildTestchain } from './build.ts';
import { goVersion } from './go.ts';
import { realNodesRequired, REQUIRE_VARIABLE } from './require.ts';
import type { RealNodes } from './suite.ts';

/** Builds the real binaries once for the whole run, where Go is present, and tells the tests. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('realNodes', await prepare((message) => project.vitest.logger.log(message)));
}

async function prepare(onProgress: (message: string) => void): Promise<RealNodes> {
  const required = realNodesRequired();
  if ((await goVersion()) === undefined) {
    if (required)
      throw new Error(`${REQUIRE_VARIABLE}=true, but go is not in PATH: the tests against real nodes cannot run`);
    const reason = 'no Go toolchain';
    onProgress(`tests against real nodes are skipped: ${reason}`);
    return { available: false, reason };
  }
  // One after the other: each of them keeps every core busy.
  const sdk50 = await buildTestchain('0.50', { onProgress });
  const sdk53 = await buildTestchain('0.53', { onProgress });
  return { available: true, binaries: { '0.50': sdk50, '0.53': sdk53 } };
}
