import type { Reporter, TestModule } from 'vitest/node';

import { sdkLines } from './build.ts';
import { realNodesRequired, REQUIRE_VARIABLE } from './require.ts';

/**
 * Ends each run with one line for each SDK line that says how many tests ran against a real node of it. Where they are required and a line had none, or
 * a test of the suite was skipped, the run fails: a renamed file, a filter or a forgotten `skip` then cannot pass for a green suite.
 */
export const realNodesReporter: Reporter = {
  onTestRunEnd(modules) {
    const required = realNodesRequired();
    for (const line of sdkLines) {
      const { ran, skipped } = count(modules, line);
      console.log(`real nodes, SDK ${line}: ${ran} tests ran, ${skipped} skipped`);
      if (!required || (ran > 0 && skipped === 0)) continue;
      console.error(`${REQUIRE_VARIABLE}=true, but the tests against real nodes of SDK ${line} did not all run`);
      process.exitCode = 1;
    }
  },
};

function count(modules: readonly TestModule[], line: string): { ran: number; skipped: number } {
  const states = modules
    .flatMap((module) => [...module.children.allTests()])
    .filter((test) => test.meta().realNode === line)
    .map((test) => test.result().state);
  const ran = states.filter((state) => state === 'passed' || state === 'failed').length;
  return { ran, skipped: states.length - ran };
}
