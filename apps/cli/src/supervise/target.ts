import { type Layout, upgradeDir } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import { relative, resolve } from 'node:path';

/** The directory that `current` names for a target: `genesis`, `upgrades/<directory>`, or an absolute path as it is. */
export function targetDir(layout: Layout, target: string): string {
  return resolve(layout.root, target);
}

/** The target under which `current` names the directory of a plan. Throws PlanError for a name that gives none. */
export function targetOf(layout: Layout, plan: Plan): string {
  return relative(layout.root, upgradeDir(layout, plan.name));
}

/** The same; undefined for a name that gives none. */
export function targetOrNone(layout: Layout, plan: Plan): string | undefined {
  try {
    return targetOf(layout, plan);
  } catch {
    return undefined;
  }
}
