import type { UpgradeProposal, UpgradeProposalsReading } from '@chainvisor/chain';

/** What may be scheduled next, or why that is not known. */
export type Proposed = UpgradeProposalsReading;

/** One line for each proposal that may change what is planned. */
export function describeProposals(proposed: Proposed): readonly string[] {
  if (!proposed.reachable) return [];
  const lines = proposed.proposals.map(describe);
  const cancels = proposed.cancellations.filter(({ status }) => status === 'voting');
  lines.push(
    ...cancels.map(({ id, title }) => `proposal ${id} in voting would cancel the plan: ${JSON.stringify(title)}`),
  );
  return proposed.complete ? lines : [...lines, 'warning: the node does not list all proposals'];
}

function describe({ id, status, title, votingEnd, plan }: UpgradeProposal): string {
  const until = votingEnd === undefined || status !== 'voting' ? '' : ` until ${votingEnd.toISOString()}`;
  const state = status === 'voting' ? `in voting${until}` : 'passed, not scheduled';
  return `proposal ${id} ${state}: ${JSON.stringify(plan.name)} for height ${plan.height}, ${JSON.stringify(title)}`;
}

/** The same as data; null where it is not known. */
export function proposalsJson(proposed: Proposed): unknown {
  if (!proposed.reachable) return null;
  return proposed.proposals.map(({ id, status, title, votingEnd, plan }) => ({
    id,
    status,
    title,
    voting_end: votingEnd?.toISOString() ?? null,
    plan: { name: plan.name, height: plan.height },
  }));
}
