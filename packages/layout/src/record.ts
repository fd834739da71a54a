import { parseUpgradeInfo } from '@chainvisor/plan';
import type { Plan } from '@chainvisor/plan';
import { readFailed } from './errors.js';
import { isAbsent, readRegular } from './files.js';
import { recordIn } from './layout.js';

export interface PlanRecord {
  readonly plan: Plan | undefined;
  readonly planProblem: Error | undefined;
}

/** The plan recorded beside a binary. Both are undefined where there is none; never rejects. */
export async function readRecord(dir: string): Promise<PlanRecord> {
  const path = recordIn(dir);
  let bytes: Buffer;
  try {
    bytes = await readRegular(path);
  } catch (error) {
    return { plan: undefined, planProblem: isAbsent(error) ? undefined : readFailed(`cannot read ${path}`, error) };
  }
  try {
    return { plan: parseUpgradeInfo(bytes), planProblem: undefined };
  } catch (error) {
    return { plan: undefined, planProblem: readFailed(`cannot understand ${path}`, error) };
  }
}
