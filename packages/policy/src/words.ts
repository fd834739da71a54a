import type { Plan } from '@chainvisor/plan';
import type { Facts } from './facts.js';

/** A plan as notes name it. */
export function describe(plan: Plan): string {
  return `"${plan.name}" at height ${plan.height}`;
}

/** Whether `--unsafe-skip-upgrades` names the height of this plan. */
export function isSkipped({ skipHeights }: Pick<Facts, 'skipHeights'>, plan: Plan): boolean {
  return skipHeights.includes(plan.height);
}
