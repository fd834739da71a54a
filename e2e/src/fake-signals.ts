import { processesUnder } from '@chainvisor/testkit';
import type { TestContext } from 'vitest';

import { only } from './fake-facts.ts';
import type { FakeRun } from './fake-run.ts';
import type { Supervisor } from './supervisor.ts';

/** The supervisor's end, nobody left behind, and what the nodes were sent. */
export async function expectEnd(
  t: TestContext,
  run: FakeRun,
  supervisor: Supervisor,
  code: number,
  signals: readonly string[],
) {
  t.expect(await supervisor.ended).toEqual({ code, signal: null });
  t.expect(await processesUnder(run.home.dir)).toEqual([]);
  t.expect(only(await run.home.events(), 'signal').map(({ signal }) => signal)).toEqual(signals);
}
