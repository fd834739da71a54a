import { type Layout, recordIn, recordPlan, switchCurrent, syncUpgrade } from '@chainvisor/layout';
import { readInfo } from '@chainvisor/watcher';
import { faultPoint } from '../fault-point.js';
import { targetOrNone } from '../supervise/target.js';
import { type ChosenBinary, moveIn } from './binary.js';
import { type Choice, wordForTarget } from './choice.js';
import { type ChosenPlan, planFor } from './plan.js';
import { recordChoice } from './record-choice.js';

/** What decides which plan stands beside a binary, besides what lies there. */
export interface PlanSources {
  /** upgrade-info.json as the node left it. */
  readonly upgradeInfo: string;
  /** The height of the upgrade as the operator knows it. */
  readonly height?: number | undefined;
  /** Whether what the file names is known to come after the binary. */
  readonly fileIsNext?: boolean;
}

/** The plan of a choice, by what is on disk. Throws CliError `usage`. */
export async function planOf(layout: Layout, choice: Choice, sources: PlanSources): Promise<ChosenPlan> {
  const { upgradeInfo, height, fileIsNext = false } = sources;
  const [file, record] = await Promise.all([readInfo(upgradeInfo), readInfo(recordIn(choice.dir))]);
  const fileIsItsOwn = file.state === 'plan' && targetOrNone(layout, file.plan) === choice.target;
  const word = wordForTarget(layout, choice.target);
  return planFor({ choice, word, fileIsItsOwn, fileIsNext, file, record, height });
}

/**
 * Points `current` to a choice that was looked at, with its plan beside the binary, and puts the word on record. May be cut
 * off anywhere and done again. Resolves with what became of records by it, in words. Throws CliError and LayoutError; `current`
 * is what it was then.
 */
export async function pointTo(
  layout: Layout,
  choice: Choice,
  { binary, plan }: { readonly binary: ChosenBinary; readonly plan: ChosenPlan },
): Promise<readonly string[]> {
  const { dir, target } = choice;
  // In this order: cut off before the link is renamed, the old binary has nothing but its heights to prove again; and
  // where there is no link to go by, the next start makes it of the record.
  faultPoint('choosing');
  await moveIn(layout, choice, binary);
  await syncUpgrade(layout, dir);
  if (plan.bytes !== undefined) await recordPlan(layout, dir, plan.bytes);
  const closed = await recordChoice(layout, target);
  faultPoint('choice-recorded');
  await switchCurrent(layout, dir);
  faultPoint('choice-linked');
  return closed;
}
