import { type CommonFlags, openContext } from '../context.js';
import { StagerError } from '../errors.js';
import { takeLock } from '../lock.js';
import { choosePrune, type Pruned } from '../node/old-upgrades.js';
import { lookAtNode, type NodeView } from '../node/view.js';
import { printable } from '@chainvisor/report';
import { print, printJson } from '../output.js';
import { clearRemoved, removeUpgrade } from '../remove-upgrade.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What may stand behind `prune`. */
export interface PruneFlags extends CommonFlags {
  readonly dryRun: boolean;
}

/**
 * `prune`: removes the directories of upgrades that were certainly made before the current one, but for the newest few.
 * Each disappears by one rename, so that `upgrades/` never shows a part of one.
 *
 * Throws StagerError `network` where the node does not say what is planned, `disk`; LayoutError.
 */
export async function prune(flags: PruneFlags, env: Env, signal: AbortSignal): Promise<void> {
  const context = await openContext(flags, env, signal);
  const { layout, settings } = context;
  const view = await lookAtNode(context);
  if (!view.chain.reachable) {
    throw new StagerError('network', 'nothing was removed: what the chain plans is not known', {
      reason: view.chain.reason,
      hint: 'run it while the node runs',
    });
  }
  const pruned = await choosePrune(layout, view, settings.values.keep);
  if (!flags.dryRun && pruned.remove.length > 0) {
    const lock = takeLock(layout, env);
    try {
      await clearRemoved(layout);
      for (const { dir } of pruned.remove) {
        signal.throwIfAborted();
        await removeUpgrade(layout, dir);
      }
    } finally {
      lock.release();
    }
  }
  tell(flags, view, pruned);
}

function tell(
  { output, quiet, verbose, dryRun }: PruneFlags,
  { current }: NodeView,
  { remove: gone, keep }: Pruned,
): void {
  if (quiet) return;
  if (output === 'json') {
    printJson({
      dry_run: dryRun,
      current: current.state === 'linked' ? current.target : null,
      removed: gone.map(({ directory, height }) => ({ directory, height })),
      kept: keep.map(({ directory, reason }) => ({ directory, reason })),
    });
    return;
  }
  for (const { directory, height } of gone) {
    print(printable(`${dryRun ? 'would remove' : 'removed'} ${directory}, of height ${height}`));
  }
  if (dryRun || verbose) for (const { directory, reason } of keep) print(printable(`kept ${directory}: ${reason}`));
}
