import { reasonOf } from '@chainvisor/report';
import { askUpgradeProposals, type UpgradeProposalsReading } from '@chainvisor/chain';
import { type Layout, upgradeDir } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import { StagerError } from '../errors.js';
import type { NodeView } from './view.js';

/** The upgrade whose binary is wanted. */
export interface Target {
  readonly name: string;
  /** Its directory in `upgrades/`. */
  readonly dir: string;
  /** undefined where only its name is known. */
  readonly plan: Plan | undefined;
  /** Who names the plan, for people; or why nothing but the name is known. */
  readonly known: string;
}

/**
 * The upgrade of that name; without a name, the next one of the node: what the chain has scheduled, or, where the node does
 * not answer, what upgrade-info.json names if that is not what runs. undefined where nothing is scheduled.
 *
 * Throws StagerError `network` where neither tells, `usage` for a name that no directory can have; PlanError for a plan with
 * such a name.
 */
export async function findTarget(
  layout: Layout,
  view: NodeView,
  name: string | undefined,
): Promise<Target | undefined> {
  if (name !== undefined) return named(layout, view, name);
  const { chain, file, current } = view;
  if (chain.reachable) {
    return chain.plan === undefined ? undefined : targetOf(layout, chain.plan, 'scheduled on chain');
  }
  if (file !== undefined) {
    const target = targetOf(layout, file, `named by ${layout.upgradeInfo}`);
    if (current.state !== 'linked' || current.dir !== target.dir) return target;
  }
  const because = file === undefined ? 'names no plan' : `names ${JSON.stringify(file.name)}, which runs already`;
  throw new StagerError('network', 'what upgrade comes next is not known: the node does not answer', {
    reason: `${chain.reason}; and ${layout.upgradeInfo} ${because}`,
    hint: 'start the node, or set rpc_address where it listens elsewhere than its config.toml says; or give the name of the plan: chainvisor-stager stage NAME',
  });
}

async function named(layout: Layout, view: NodeView, name: string): Promise<Target> {
  const dir = dirOf(layout, name);
  const isIt = (plan: Plan): boolean => sameDir(layout, plan, dir);
  const { chain, file } = view;
  if (chain.reachable) {
    if (chain.plan !== undefined && isIt(chain.plan))
      return { name, dir, plan: chain.plan, known: 'scheduled on chain' };
    const proposals = await askUpgradeProposals(chain.question);
    const proposed = proposals.reachable ? proposals.proposals.find(({ plan }) => isIt(plan)) : undefined;
    if (proposed !== undefined) {
      const { id, status, plan } = proposed;
      return { name, dir, plan, known: `proposal ${id}, ${status === 'voting' ? 'in voting' : 'passed'}` };
    }
  }
  if (file !== undefined && isIt(file)) return { name, dir, plan: file, known: `named by ${layout.upgradeInfo}` };
  const known = chain.reachable ? 'the chain has no plan of this name' : 'given by name; the node does not answer';
  return { name, dir, plan: undefined, known };
}

function targetOf(layout: Layout, plan: Plan, known: string): Target {
  return { name: plan.name, dir: upgradeDir(layout, plan.name), plan, known };
}

function dirOf(layout: Layout, name: string): string {
  try {
    return upgradeDir(layout, name);
  } catch (error) {
    throw new StagerError('usage', `${JSON.stringify(name)} cannot be the name of an upgrade`, {
      reason: reasonOf(error),
      hint: 'give the name of the plan, as the chain has it',
    });
  }
}

/** Whether a plan's binary belongs into that directory. */
export function sameDir(layout: Layout, plan: Pick<Plan, 'name'>, dir: string): boolean {
  try {
    return upgradeDir(layout, plan.name) === dir;
  } catch {
    return false;
  }
}

/** Proposals that may still schedule something: those in voting, and those that passed for a height to come. */
export async function pendingProposals(view: NodeView): Promise<UpgradeProposalsReading> {
  const { chain } = view;
  if (!chain.reachable) return chain;
  const reading = await askUpgradeProposals(chain.question);
  if (!reading.reachable) return reading;
  const isPending = ({ status, plan }: (typeof reading.proposals)[number]): boolean =>
    plan.height > chain.height && (status === 'voting' || !isScheduled(chain.plan, plan));
  return { ...reading, proposals: reading.proposals.filter(isPending) };
}

function isScheduled(scheduled: Plan | undefined, plan: Plan): boolean {
  return scheduled?.name === plan.name && scheduled.height === plan.height;
}
