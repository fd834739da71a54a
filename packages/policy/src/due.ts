import type { Plan } from '@chainvisor/plan';
import type { Decision } from './decision.js';
import type { Facts, StagedFact } from './facts.js';
import type { Proof } from './proof.js';

/** The rows on an upgrade whose height is proven: upgrade where the binary is there or may still come, else refuse. */
export function due(
  facts: Pick<Facts, 'downloadAllowed' | 'scriptMayBring'>,
  plan: Plan,
  staged: StagedFact | undefined,
  proof: Proof,
): Decision {
  const runnable = staged?.state === 'runnable';
  // A name that gives no directory leaves nowhere to bring a binary to.
  const mayCome = staged !== undefined && (facts.downloadAllowed || facts.scriptMayBring);
  if (runnable || mayCome) {
    const binary = runnable ? 'staged' : facts.downloadAllowed ? 'download' : 'script';
    return { action: { do: 'upgrade', plan, proof, binary }, rule: 'due', notes: [] };
  }
  const target = staged?.target ?? '';
  const detail = staged?.detail ?? 'the name of the plan gives no directory';
  const refusal = { why: 'binary-missing', plan, target, detail } as const;
  return { action: { do: 'refuse', refusal }, rule: 'due-binary-missing', notes: [] };
}
