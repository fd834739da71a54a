import { readCurrent } from '@chainvisor/layout';
import { parseUpgradeInfo, type Plan } from '@chainvisor/plan';
import type { ChildFact, Facts, FileFact } from '@chainvisor/policy';
import type { InfoFact } from '@chainvisor/watcher';
import { currentFactOf, findStaged, journalFactOf, stagedFactOf } from './binary-facts.js';
import type { Context } from './context.js';
import { offlineHeights } from './heights.js';

/**
 * Collects everything that the policy decides on, from disk, the journal and the child as it is told. `runs`: what a live
 * child was started from, as `current` named it then.
 */
export async function gather(ctx: Context, info: InfoFact, child: ChildFact, runs?: string): Promise<Facts> {
  const { layout, settings } = ctx;
  const history = ctx.journal.history();
  const file = fileFact(info);
  // A node that writes the file anew has halted for it: whatever was passed was of other data.
  const isWrittenAnew = child.state !== 'none' && child.fileChanged;
  const passed = file.state === 'plan' && !isWrittenAnew && history.hasSkipped(file.plan);
  const skipHeights = passed ? [...ctx.skipHeights, file.plan.height] : ctx.skipHeights;
  const [current, found] = await Promise.all([
    readCurrent(layout),
    file.state === 'plan' ? findStaged(layout, file.plan) : undefined,
  ]);
  const currentFact = await currentFactOf(ctx, current, runs, skipHeights);
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
        : await journalFactOf(layout, history, history.current),
    staged: stagedFactOf(found, file, currentFact, history),
    child,
    heights: await offlineHeights(ctx, { file, current: currentFact, child }),
    open: history.open,
    skipHeights,
    manual: [],
    downloadAllowed: settings.allowDownloadBinaries,
    scriptMayBring: settings.customPreupgrade !== undefined,
  };
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
