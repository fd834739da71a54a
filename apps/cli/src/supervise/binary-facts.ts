import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, type Current, type Layout, readRecord } from '@chainvisor/layout';
import { type Plan, samePlan } from '@chainvisor/plan';
import type { CurrentFact, Facts, FileFact, StagedFact } from '@chainvisor/policy';
import type { History } from '../journal/history.js';
import { locateBinary } from '../locate-binary.js';
import type { Context } from './context.js';
import { predecessorOf } from './predecessor.js';
import { targetDir, targetOrNone } from './target.js';

/** What `current` is; while a child lives that `runs` something else, by a link moved by hand, what that one is. */
export async function currentFactOf(
  { layout, journal }: Context,
  current: Current,
  runs: string | undefined,
  skipHeights: readonly number[],
): Promise<CurrentFact> {
  if (current.state !== 'linked') return current;
  if (runs !== undefined && runs !== current.target) {
    const { plan } = await readRecord(targetDir(layout, runs));
    return { state: 'linked', target: runs, plan, predecessor: undefined };
  }
  const { target, plan } = current;
  // Asked for only where there may be a way to go back.
  const skipped = plan !== undefined && skipHeights.includes(plan.height);
  const predecessor = skipped ? await predecessorOf(layout, current, journal.history()) : undefined;
  return { state: 'linked', target, plan, predecessor };
}

/** A plan's binary, and the record beside it. */
export type FoundBinary =
  | { readonly state: 'runnable'; readonly target: string; readonly record: Plan | undefined }
  | Exclude<StagedFact, { state: 'runnable' }>;

/** The plan's binary. Undefined for a name that gives no directory: not even a script could bring one then. */
export async function findStaged(layout: Layout, plan: Plan): Promise<FoundBinary | undefined> {
  const target = targetOrNone(layout, plan);
  if (target === undefined) return undefined;
  const dir = targetDir(layout, target);
  const binary = await locateBinary(layout, dir);
  if (!binary.ok)
    return { state: binary.reason === 'missing' ? 'missing' : 'not-runnable', target, detail: binary.detail };
  return { state: 'runnable', target, record: binary.misplaced ? undefined : (await readRecord(dir)).plan };
}

/** The fact of it: an upgrade was made where its plan is beside the binary, and `current` is not what it came from. */
export function stagedFactOf(
  found: FoundBinary | undefined,
  file: FileFact,
  current: CurrentFact,
  history: History,
): StagedFact | undefined {
  if (found?.state !== 'runnable') return found;
  const { target, record } = found;
  const recorded = file.state === 'plan' && record !== undefined && samePlan(record, file.plan);
  const camefrom = current.state === 'linked' && history.predecessorOf(target) === current.target;
  return { state: 'runnable', target, made: recorded && !camefrom };
}

/** What the journal says `current` pointed to last. */
export async function journalFactOf(
  layout: Layout,
  history: History,
  target: string,
): Promise<Exclude<Facts['journalCurrent'], undefined>> {
  const binary = await checkExecutable(binaryIn(layout, targetDir(layout, target)));
  return { target, runnable: binary.ok, height: history.heightOf(target) };
}
