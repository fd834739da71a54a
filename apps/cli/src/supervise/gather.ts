import { binaryIn, checkExecutable, type Current, type Layout, readCurrent, upgradeDir } from '@chainvisor/layout';
import { parseUpgradeInfo, type Plan } from '@chainvisor/plan';
import type { ChildFact, CurrentFact, Facts, FileFact, StagedFact } from '@chainvisor/policy';
import type { InfoFact } from '@chainvisor/watcher';
import { join, relative, resolve } from 'node:path';
import type { History } from '../journal/history.js';
import type { Context } from './context.js';
import { offlineHeights } from './heights.js';
import { predecessorOf } from './predecessor.js';

/** Collects everything that the policy decides on, from disk, the journal and the child as it is told. */
export async function gather(ctx: Context, info: InfoFact, child: ChildFact): Promise<Facts> {
  const { layout, settings } = ctx;
  const history = ctx.journal.history();
  const file = fileFact(info);
  const passed = file.state === 'plan' && history.hasSkipped(file.plan);
  const skipHeights = passed ? [...ctx.skipHeights, file.plan.height] : ctx.skipHeights;
  const [current, staged] = await Promise.all([
    readCurrent(layout),
    file.state === 'plan' ? stagedFact(layout, file.plan) : undefined,
  ]);
  const currentFact = await currentFactOf(layout, current, history, skipHeights);
  return {
    file,
    lastGood: mayBePutBack(info)
      ? (parsed(history.lastGood) ?? (current.state === 'linked' ? current.plan : undefined))
      : undefined,
    current: currentFact,
    // Asked for only where there is no link to go by.
    journalCurrent:
      current.state === 'linked' || history.current === undefined
        ? undefined
        : await runnableTarget(layout, history.current),
    staged,
    child,
    heights: await offlineHeights(ctx, { file, current: currentFact, child }),
    open: history.open,
    skipHeights,
    manual: [],
    downloadAllowed: settings.allowDownloadBinaries,
    scriptMayBring: settings.customPreupgrade !== undefined,
  };
}

/** The directory that `current` names for a target: `genesis`, `upgrades/<directory>`, or an absolute path as it is. */
export function targetDir(layout: Layout, target: string): string {
  return resolve(layout.root, target);
}

/** The target under which `current` names the directory of a plan. Throws PlanError for a name that gives none. */
export function targetOf(layout: Layout, plan: Plan): string {
  return relative(layout.root, upgradeDir(layout, plan.name));
}

function fileFact(info: InfoFact): FileFact {
  switch (info.state) {
    case 'absent':
      return info;
    case 'unreadable':
      return { state: 'unreadable', reason: info.error.message };
    case 'plan':
      return { state: 'plan', plan: info.plan };
  }
}

async function currentFactOf(
  layout: Layout,
  current: Current,
  history: History,
  skipHeights: readonly number[],
): Promise<CurrentFact> {
  if (current.state !== 'linked') return current;
  const { target, plan } = current;
  // Asked for only where there may be a way to go back.
  const skipped = plan !== undefined && skipHeights.includes(plan.height);
  return {
    state: 'linked',
    target,
    plan,
    predecessor: skipped ? await predecessorOf(layout, current, history) : undefined,
  };
}

/**
 * The plan's binary where it belongs, or where the seed's last command leaves it: `upgrades/<name>/<daemon>`. Undefined for
 * a name that gives no directory: not even a script could bring one then.
 */
async function stagedFact(layout: Layout, plan: Plan): Promise<StagedFact | undefined> {
  let dir: string;
  try {
    dir = upgradeDir(layout, plan.name);
  } catch {
    return undefined;
  }
  const target = targetOf(layout, plan);
  const inPlace = await checkExecutable(binaryIn(layout, dir));
  if (inPlace.ok) return { state: 'runnable', target };
  if (inPlace.reason !== 'missing') return { state: 'not-runnable', target, detail: inPlace.detail };
  const misplaced = await checkExecutable(join(dir, layout.daemon));
  if (misplaced.ok) return { state: 'runnable', target };
  return misplaced.reason === 'missing' || misplaced.reason === 'not-a-file'
    ? { state: 'missing', target, detail: inPlace.detail }
    : { state: 'not-runnable', target, detail: misplaced.detail };
}

async function runnableTarget(layout: Layout, target: string) {
  const binary = await checkExecutable(binaryIn(layout, targetDir(layout, target)));
  return { target, runnable: binary.ok };
}

/** Only what was read and is no plan is replaced; a disk that cannot be read just now says nothing about the file. */
function mayBePutBack(info: InfoFact): boolean {
  return info.state !== 'unreadable' || info.reason === 'empty' || info.reason === 'malformed';
}

/** The plan of a text; undefined where it is none. */
export function parsed(text: string | undefined): Plan | undefined {
  try {
    return text === undefined ? undefined : parseUpgradeInfo(text);
  } catch {
    return undefined;
  }
}
