import { checkExecutable } from '@chainvisor/binary';
import { binaryIn, type Current, type Layout, listUpgrades } from '@chainvisor/layout';
import type { History } from '../journal/history.js';

/**
 * What ran before what `current` points to, for a way back from an upgrade that is to be skipped: as recorded, else as the
 * disk has it, the newest upgrade that was switched to below its height, or `genesis`. Undefined where nothing there can run.
 */
export async function predecessorOf(
  layout: Layout,
  { target, plan }: Extract<Current, { state: 'linked' }>,
  history: History,
): Promise<string | undefined> {
  const recorded = history.predecessorOf(target);
  if (recorded !== undefined || plan === undefined) return recorded;
  const older = (await listUpgrades(layout))
    .filter(({ plan: own, binary }) => own !== undefined && own.height < plan.height && binary.ok)
    .sort((a, b) => (a.plan?.height ?? 0) - (b.plan?.height ?? 0))
    .at(-1);
  if (older !== undefined) return `upgrades/${older.directory}`;
  return (await checkExecutable(binaryIn(layout, layout.genesis))).ok ? 'genesis' : undefined;
}
