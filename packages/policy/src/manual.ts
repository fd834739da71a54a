import { type Plan, samePlan } from '@chainvisor/plan';
import type { Decision, Note } from './decision.js';
import { due } from './due.js';
import type { Facts } from './facts.js';
import { heightProofOf, knownHeight } from './proof.js';
import { describe, isSkipped } from './words.js';

/**
 * The rows on upgrades at heights that the operator has set, over a decision that would otherwise run, leave running or
 * end; any other stands. A pending one asks for an exact halt; one that is reached is an upgrade without starting the old binary first
 * (SDK 0.47 and older commit one more block at each start with `--halt-height`); one that is passed is refused, as no
 * binary can be chosen without a word from the operator. A node that is alive past it makes blocks: it is left alone.
 */
export function decideManual(facts: Facts, otherwise: Decision): Decision {
  if (!['run', 'watch', 'end'].includes(otherwise.action.do)) return otherwise;
  const next = facts.manual.find(({ plan }) => !isSkipped(facts, plan) && !isBehind(facts, plan));
  if (next === undefined) return otherwise;
  const { plan, staged } = next;
  const { notes } = otherwise;
  const known = knownHeight(facts);
  if (known !== undefined && known > plan.height) {
    if (facts.child.state === 'alive') {
      const text = `the manual upgrade ${describe(plan)} is passed, height ${known} is reached: the next start refuses to run until it is removed or the binary is chosen`;
      const note: Note = { level: 'warning', about: 'manual-passed', text };
      return { ...otherwise, rule: 'manual-passed', notes: [...notes, note] };
    }
    const refusal = { why: 'manual-passed', plan, height: known } as const;
    return { action: { do: 'refuse', refusal }, rule: 'manual-passed', notes };
  }
  // Proofs (b) and (c) are of the plan that the file names.
  const proof = known === plan.height ? heightProofOf(facts, plan.height) : undefined;
  if (proof !== undefined) {
    const { action } = due(facts, plan, staged, proof);
    return { action, rule: 'manual-due', notes };
  }
  if (otherwise.action.do !== 'run') return otherwise;
  return { action: { do: 'run', haltFor: plan }, rule: 'manual-pending', notes };
}

/** Already what `current` is for, or older: an entry that outlived its upgrade calls for nothing. */
function isBehind({ current }: Facts, plan: Plan): boolean {
  if (current.state !== 'linked' || current.plan === undefined) return false;
  return samePlan(plan, current.plan) || plan.height < current.plan.height;
}
