import { type Plan, samePlan } from '@chainvisor/plan';
import type { Facts, Proof, StagedFact } from '../src/index.js';

// What the design says of facts, written down a second time, without the code under test.

/** All heights that any source tells. */
export function told({ child, heights }: Facts): number[] {
  const live = child.state === 'none' ? undefined : child.liveHeight;
  return [live, heights.recorded, heights.wal, heights.validator].filter((height) => height !== undefined);
}

/** The three proofs, written down a second time from the design. */
export function isProven(facts: Facts, height: number): boolean {
  const { child } = facts;
  const notYet =
    child.state === 'alive' && child.liveHeight !== undefined && child.liveHeight < height && !child.settled;
  // Where a node that has told less falls silent, only the log that it writes itself counts.
  const silent =
    child.state === 'alive' && child.liveHeight !== undefined && child.liveHeight < height && child.settled;
  const a = silent ? (facts.heights.wal ?? 0) >= height : !notYet && told(facts).some((h) => h >= height);
  const b =
    child.state === 'ended' &&
    child.by === 'itself' &&
    child.fileChanged &&
    (child.liveHeight === undefined || child.liveHeight + 1 >= height);
  const c = child.state === 'alive' && child.fileChanged && child.settled && (child.liveHeight ?? height) >= height - 1;
  return a || b || c;
}

/** Whether a proof says what the facts say. */
export function isTrue(proof: Proof, { child, heights }: Facts, height: number): boolean {
  switch (proof.by) {
    case 'height': {
      const live = child.state === 'none' ? undefined : child.liveHeight;
      const source = proof.source === 'status' ? live : heights[proof.source];
      return source === proof.height && source >= height;
    }
    case 'end-of-node':
      return (
        child.state === 'ended' && child.by === 'itself' && child.fileChanged && child.liveHeight === proof.liveHeight
      );
    case 'settled':
      return (
        child.state === 'alive' && child.settled && child.fileChanged && (child.liveHeight ?? height) >= height - 1
      );
  }
}

export const mayBeThere = (facts: Facts, staged: StagedFact | undefined): boolean =>
  staged?.state === 'runnable' || (staged !== undefined && (facts.downloadAllowed || facts.scriptMayBring));

export const isSkipped = (facts: Facts, plan: Plan): boolean => facts.skipHeights.includes(plan.height);

/** Whether `plan` is neither what `current` is for nor older than that, as far as can be told. */
export function isNew({ current }: Facts, plan: Plan): boolean {
  if (current.state !== 'linked' || current.plan === undefined) return true;
  return !samePlan(plan, current.plan) && plan.height >= current.plan.height;
}

/** Whether the file's upgrade was made, `current` moved on by hand to a directory without a plan, and no node has written it anew. */
export function isMovedOn({ current, staged, child }: Facts): boolean {
  if (current.state !== 'linked' || current.plan !== undefined || current.target === 'genesis') return false;
  const wasMade = staged?.state === 'runnable' && staged.made && staged.target !== current.target;
  return wasMade && (child.state === 'none' || !child.fileChanged);
}

/** The manual upgrade that counts. */
export const nextManual = (facts: Facts) =>
  facts.manual.find(({ plan }) => isNew(facts, plan) && !isSkipped(facts, plan));
