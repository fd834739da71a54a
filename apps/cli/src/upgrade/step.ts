import type { Plan } from '@chainvisor/plan';
import { CliError } from '../errors.js';
import type { UpgradeStep } from '../journal/records.js';
import type { Context } from '../supervise/context.js';

/** What each step works with. */
export interface StepContext extends Context {
  readonly plan: Plan;
  /** The upgrade's directory. */
  readonly dir: string;
  /** Puts a step on record. */
  readonly record: (step: UpgradeStep, detail?: string) => Promise<void>;
  /** How often a step of this upgrade is on record. */
  readonly done: (step: UpgradeStep) => number;
}

/** The error of a step, with what the operator reads first: which upgrade, and what to do. */
export function stepError(
  code: 'upgradeBinary' | 'backup' | 'script' | 'preUpgrade' | 'upgrade',
  { plan }: Pick<StepContext, 'plan'>,
  what: string,
  details: { reason?: string; hint?: string; cause?: unknown },
): CliError {
  return new CliError(code, `upgrade ${JSON.stringify(plan.name)} at height ${plan.height}: ${what}`, details);
}
