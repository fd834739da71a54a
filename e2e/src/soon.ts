import type { FakePlan } from '@chainvisor/testkit';

import { heightOf } from './fake-info.ts';
import type { FakeRun } from './fake-run.ts';

/** Schedules an upgrade some blocks from now, so that what a test did before could take as long as it had to. */
export async function scheduleSoon(run: FakeRun, name: string): Promise<FakePlan> {
  const plan = { name, height: (await heightOf(run)) + 15 };
  await run.home.schedule(plan);
  return plan;
}
