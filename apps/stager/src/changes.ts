import type { Layout } from '@chainvisor/layout';
import type { Plan } from '@chainvisor/plan';
import type { ChainView } from './node/view.js';
import { sameDir } from './node/target.js';
import { upgradeDir } from '@chainvisor/layout';
import { seen, type SeenPlan, type State } from './state.js';

/** What has become of the plan that an earlier run has seen: one line each, none where all is as it was. */
export function planChanges(layout: Layout, before: SeenPlan | undefined, chain: ChainView): readonly string[] {
  if (before === undefined || !chain.reachable) return [];
  const { plan, height } = chain;
  const name = JSON.stringify(before.name);
  if (plan === undefined || !isSame(layout, before, plan)) {
    // At its height it was made or skipped, which is no news to whoever waited for it.
    if (height >= before.height - 1) return [];
    const after =
      plan === undefined ? 'was cancelled' : `was replaced by ${JSON.stringify(plan.name)} at height ${plan.height}`;
    return [`plan ${name} for height ${before.height} ${after}; a binary staged for it stays`];
  }
  const changes: string[] = [];
  if (plan.height !== before.height) changes.push(`plan ${name} moved from height ${before.height} to ${plan.height}`);
  if (seen(plan).infoSha256 !== before.infoSha256) changes.push(`the info of plan ${name} changed`);
  return changes;
}

function isSame(layout: Layout, before: SeenPlan, plan: Plan): boolean {
  try {
    return sameDir(layout, plan, upgradeDir(layout, before.name));
  } catch {
    return before.name === plan.name;
  }
}

/** What to remember for the next run. A node that does not answer changes nothing. */
export function remember(state: State, chain: ChainView, now: number): State {
  if (!chain.reachable) return state;
  const { sample } = state;
  // Old enough to tell the pace, recent enough to tell today's.
  const isGood = sample !== undefined && sample.height <= chain.height && now - sample.at < mostAge && now >= sample.at;
  return {
    v: 1,
    ...(chain.plan === undefined ? {} : { plan: seen(chain.plan) }),
    sample: isGood ? sample : { at: now, height: chain.height },
  };
}

const mostAge = 24 * 3_600_000;
