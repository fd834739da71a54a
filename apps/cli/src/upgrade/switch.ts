import { readCurrent, recordPlan, switchCurrent } from '@chainvisor/layout';
import { faultPoint } from '../fault-point.js';
import { targetOf } from '../supervise/target.js';
import type { StepContext } from './step.js';

/**
 * Step 8: with what `current` is about to name on disk, the plan's file is placed beside the binary and `current` renamed
 * over. In that order: a crash before the rename leaves the old binary, one after it the new one with its plan beside it.
 */
export async function switchTo(step: StepContext, bytes: Uint8Array): Promise<void> {
  const { layout, dir, log, journal, plan } = step;
  const before = await readCurrent(layout);
  const to = targetOf(layout, plan);
  const from = before.state === 'linked' ? before.target : undefined;
  await recordPlan(layout, dir, bytes);
  faultPoint('plan-placed');
  if (from !== to) {
    await switchCurrent(layout, dir);
    void journal.append({ kind: 'current', target: to, ...(from === undefined ? {} : { from }) });
  }
  faultPoint('switched');
  // Not waited for: the link itself is the evidence, and a start that finds it finishes the record.
  void step.record('switched');
  faultPoint('switch-recorded');
  log.info('switched', { from: from ?? 'nothing', to });
}
