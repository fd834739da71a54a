import type { Plan } from '@chainvisor/plan';
import type { OpenUpgrade } from '@chainvisor/policy';
import type { JournalRecord, UpgradeStep } from './records.js';

type Kind<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;
type UpgradeRecord = Kind<'upgrade'>;

/** What the journal tells, in the terms of the policy and the steps. */
export interface History {
  /** Begun, and neither switched nor abandoned. */
  readonly open: OpenUpgrade | undefined;
  /** Switched, and the new binary not yet seen past its height. */
  readonly unverified: UpgradeRecord | undefined;
  /** Where `current` was last set or a node was last started from. */
  readonly current: string | undefined;
  /** The last height that a node has told, since the operator chose the binary where he did. */
  readonly height: number | undefined;
  /** The operator's last word on which binary belongs to this data. */
  readonly chosen: Kind<'chosen'> | undefined;
  /** What the validator had signed last. */
  readonly validator: Kind<'validator'> | undefined;
  /** The text of the last upgrade-info.json that parsed. */
  readonly lastGood: string | undefined;
  /** Whether that upgrade was passed without being made, since the operator chose the binary where he did. */
  hasSkipped(plan: Plan): boolean;
  /** How often a step of that upgrade is on record since it was begun. */
  stepsDone(plan: Plan, step: UpgradeStep): number;
  /** The height of the upgrade by which `current` came to point to `target`. */
  heightOf(target: string): number | undefined;
  /** Where `current` pointed before it was moved to `target`. */
  predecessorOf(target: string): string | undefined;
}

/** What ends an upgrade; what is on record before it belongs to an earlier try. */
const closing: ReadonlySet<UpgradeStep> = new Set(['switched', 'verified', 'abandoned']);

/** Reads the history out of the records, oldest first. */
export function historyOf(records: readonly JournalRecord[]): History {
  const upgrades = records.filter((record) => record.kind === 'upgrade');
  const last = upgrades.at(-1);
  const unfinished = last !== undefined && !closing.has(last.step);
  const choice = records.findLastIndex(({ kind }) => kind === 'chosen');
  const heights = records
    .slice(choice + 1)
    .flatMap((record) => (record.kind === 'ended' && record.height !== undefined ? [record.height] : []));
  return {
    open: unfinished ? { plan: planOf(last), from: last.from, to: last.to } : undefined,
    unverified: last?.step === 'switched' ? last : undefined,
    current: records.findLast(
      (record) => record.kind === 'current' || record.kind === 'started' || record.kind === 'chosen',
    )?.target,
    height: heights.at(-1),
    chosen: records.findLast((record) => record.kind === 'chosen'),
    validator: records.findLast((record) => record.kind === 'validator'),
    lastGood: records.findLast((record) => record.kind === 'file')?.text,
    hasSkipped: (plan) =>
      records
        .slice(choice + 1)
        .some((record) => record.kind === 'skipped' && record.name === plan.name && record.height === plan.height),
    stepsDone: (plan, step) => {
      const own = upgrades.filter((record) => record.name === plan.name && record.height === plan.height);
      const begun = own.findLastIndex((record) => closing.has(record.step)) + 1;
      return own.slice(begun).filter((record) => record.step === step).length;
    },
    heightOf: (target) =>
      upgrades.findLast(({ to, step }) => to === target && (step === 'switched' || step === 'verified'))?.height,
    predecessorOf: (target) => {
      const moved = records.findLast((record) => record.kind === 'current' && record.target === target);
      return moved?.kind === 'current' ? moved.from : undefined;
    },
  };
}

function planOf(record: UpgradeRecord): Plan {
  return { name: record.name, height: record.height, info: '' };
}
