import { binaryIn, type Layout, libIn, listUpgrades, type StagedUpgrade } from '@chainvisor/layout';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { placesOnTheWay } from './links.js';
import { sameDir } from './target.js';
import type { NodeView } from './view.js';

/** What `prune` does with each directory of `upgrades/`. */
export interface Pruned {
  readonly remove: readonly { readonly directory: string; readonly dir: string; readonly height: number }[];
  readonly keep: readonly { readonly directory: string; readonly reason: string }[];
}

/**
 * Chooses what may go: directories whose own upgrade-info.json tells a height below that of the current one's, but for the
 * `keep` newest of them. What is not certain is kept: links, directories without such a file or with another upgrade's (a copy
 * that somebody made), and whatever something that stays leads into. Throws LayoutError `LAYOUT_READ_FAILED`.
 */
export async function choosePrune(layout: Layout, view: NodeView, keep: number): Promise<Pruned> {
  const upgrades = await listUpgrades(layout);
  const reasons = new Map<StagedUpgrade, string>();
  const old: { upgrade: StagedUpgrade; height: number }[] = [];
  for (const upgrade of upgrades) {
    const judged = await judge(layout, view, upgrade);
    if (typeof judged === 'string') reasons.set(upgrade, judged);
    else old.push({ upgrade, height: judged });
  }
  old.sort((a, b) => b.height - a.height);
  for (const { upgrade } of old.slice(0, keep)) reasons.set(upgrade, `one of the ${keep} before the current one`);

  let remove = old.slice(keep);
  // What is kept for its link may itself lead into another one.
  for (let needed = true; needed;) {
    const inUse = await placesInUse(layout, [...reasons.keys()]);
    const needful: typeof remove = [];
    for (const each of remove) if (await holdsOne(each.upgrade.dir, inUse)) needful.push(each);
    for (const { upgrade } of needful) reasons.set(upgrade, 'a directory that stays leads into it');
    remove = remove.filter((each) => !needful.includes(each));
    needed = needful.length > 0;
  }
  return {
    remove: remove.map(({ upgrade: { directory, dir }, height }) => ({ directory, dir, height })),
    keep: [...reasons].map(([{ directory }, reason]) => ({ directory, reason })),
  };
}

/** Why a directory stays whatever else there is; else the height of its plan. */
async function judge(
  layout: Layout,
  { chain, file, current }: NodeView,
  { dir, plan }: StagedUpgrade,
): Promise<string | number> {
  if (current.state !== 'linked') return 'which one is current is not known';
  if (current.dir === dir) return 'it is current';
  const planned = chain.reachable ? chain.plan : undefined;
  if (planned !== undefined && sameDir(layout, planned, dir)) return `it is planned for height ${planned.height}`;
  if (file !== undefined && sameDir(layout, file, dir)) return `upgrade-info.json names it`;
  if ((await lstat(dir)).isSymbolicLink()) return 'it is a link';
  if (current.plan === undefined) {
    return current.target === 'genesis'
      ? 'current is genesis: nothing is older'
      : 'the height of the current one is not known';
  }
  if (plan === undefined) return 'its height is not known: it has no upgrade-info.json';
  if (!sameDir(layout, plan, dir)) return `its upgrade-info.json is that of ${JSON.stringify(plan.name)}`;
  return plan.height < current.plan.height
    ? plan.height
    : `its height ${plan.height} is not below that of the current one`;
}

/** What is in use, and every link on the way: the current and the first binary with their libraries, and whatever stays. */
async function placesInUse(layout: Layout, kept: readonly StagedUpgrade[]): Promise<readonly string[]> {
  const dirs = [layout.current, layout.genesis, ...kept.map(({ dir }) => dir)];
  const paths = await Promise.all(
    dirs.map(async (dir) => {
      const lib = libIn(dir);
      const libraries = await readdir(lib).catch(() => []);
      return [dir, binaryIn(layout, dir), lib, ...libraries.map((name) => join(lib, name))];
    }),
  );
  return (await Promise.all(paths.flat().map(placesOnTheWay))).flat();
}

async function holdsOne(dir: string, paths: readonly string[]): Promise<boolean> {
  const real = await realpath(dir);
  return paths.some((path) => path === real || path.startsWith(real + sep));
}
