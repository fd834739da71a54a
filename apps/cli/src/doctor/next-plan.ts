import { formatDuration } from '@chainvisor/config';
import { type Current, readCurrent } from '@chainvisor/layout';
import { type Plan, samePlan } from '@chainvisor/plan';
import { readInfo } from '@chainvisor/watcher';
import { counted } from './check.js';
import type { HomeFacts } from './facts.js';

/** The upgrade that comes next, and who says so. */
export interface NextPlan {
  readonly plan: Plan;
  readonly from: 'the chain' | 'upgrade-info.json';
  /** Blocks until its height; undefined where no height is known. At a halt it is 0. */
  readonly blocks: number | undefined;
  /** The same in milliseconds, as fast as blocks were so far; undefined where that is not known. */
  readonly time: number | undefined;
}

/** What comes next, as our own node says, else as the file has it. Undefined where neither names one. Throws LayoutError. */
export async function nextPlanOf(home: HomeFacts): Promise<NextPlan | undefined> {
  const { layout, node, height } = home;
  const planned = node.plan?.reachable === true ? node.plan.plan : undefined;
  if (planned !== undefined) return measured(home, planned, 'the chain');
  const info = await readInfo(layout.upgradeInfo);
  if (info.state !== 'plan' || info.plan.height < (height ?? 0)) return undefined;
  return isMade(await readCurrent(layout), info.plan) ? undefined : measured(home, info.plan, 'upgrade-info.json');
}

/** "in 100 blocks, about 10m": how long it is until then. */
export function timeTo({ blocks, time }: NextPlan): string {
  if (blocks === undefined) return 'nobody knows in how many blocks';
  const minutes = time === undefined ? undefined : Math.ceil(time / 60_000);
  const about = minutes === undefined ? '' : `, about ${formatDuration(minutes * 60_000).replace(/(?<=m)0s$/, '')}`;
  return `in ${counted(blocks, 'block')}${about}`;
}

function isMade(current: Current, plan: Plan): boolean {
  return current.state === 'linked' && current.plan !== undefined && samePlan(current.plan, plan);
}

function measured({ node: { status }, height }: HomeFacts, plan: Plan, from: NextPlan['from']): NextPlan {
  const blocks = height === undefined ? undefined : Math.max(plan.height - height, 0);
  const pace = status.reachable ? status.blockInterval : undefined;
  return { plan, from, blocks, time: blocks === undefined || pace === undefined ? undefined : blocks * pace };
}
