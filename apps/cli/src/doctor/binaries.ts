import { checkBinary } from '@chainvisor/binary';
import { binaryIn, type Current, type Layout, libIn, listUpgrades, readCurrent, upgradeDir } from '@chainvisor/layout';
import { join } from 'node:path';
import { planText } from '../backup/texts.js';
import { locateBinary } from '../locate-binary.js';
import { isPast } from '../supervise/announce-upgrades.js';
import { type Check, checker } from './check.js';
import type { Facts, HomeFacts } from './facts.js';
import { type NextPlan, nextPlanOf, timeTo } from './next-plan.js';

const { ok, note, warning, error } = checker('binaries');

/** A binary that runs, or is to run. */
export interface Candidate {
  /** As `current` would name it. */
  readonly target: string;
  readonly dir: string;
  readonly path: string;
}

/** Whether the binaries that are to run would start here, and whether the next upgrade's is there. */
export async function binaries({ home, env }: Facts): Promise<readonly Check[]> {
  if (home === undefined) return [];
  const candidates = await candidatesOf(home.layout);
  const libraryPath = env['LD_LIBRARY_PATH'];
  const checks = await Promise.all(candidates.map((candidate) => ofBinary(candidate, libraryPath)));
  return [...checks.flat(), ...(await ofNext(home))];
}

/** The binaries of `current` and of the upgrades that are still to come, as far as they are there. Throws LayoutError. */
export async function candidatesOf(layout: Layout): Promise<readonly Candidate[]> {
  const [current, upgrades] = await Promise.all([readCurrent(layout), listUpgrades(layout)]);
  const candidates: Candidate[] = upgrades
    .filter((upgrade) => upgrade.binary.ok && !isPast(upgrade, current))
    .map(({ directory, dir, binary }) => ({ target: `upgrades/${directory}`, dir, path: binary.path }));
  const running = await runningOf(layout, current);
  return running === undefined ? candidates : [running, ...candidates];
}

async function runningOf(layout: Layout, current: Current): Promise<Candidate | undefined> {
  // The first start makes it.
  const linked = current.state === 'linked' ? current : { target: 'genesis', dir: layout.genesis };
  const { target, dir } = linked;
  if (current.state !== 'linked' && current.state !== 'absent') return undefined;
  const located = await locateBinary(layout, dir);
  if (!located.ok) return undefined;
  return { target, dir, path: located.misplaced ? join(dir, layout.daemon) : binaryIn(layout, dir) };
}

async function ofBinary({ target, dir, path }: Candidate, libraryPath: string | undefined): Promise<Check[]> {
  const libraries = { libDir: libIn(dir), ...(libraryPath === undefined ? {} : { libraryPath }) };
  const findings = await checkBinary(path, libraries);
  if (findings.length === 0) return [ok(`the binary of ${target} has all that it needs of this machine`)];
  return findings.map(({ message, hint }) =>
    error(`the binary of ${target} will not run here`, { why: message, do: hint, where: path }),
  );
}

async function ofNext(home: HomeFacts): Promise<Check[]> {
  const next = await nextPlanOf(home);
  if (next !== undefined) return [await readiness(home, next)];
  const { plan, status } = home.node;
  if (plan?.reachable === true) return [ok('the chain has planned no upgrade')];
  const why = plan?.reason ?? (status.reachable ? 'another node answers where ours should' : status.reason);
  return [note('what the chain has planned is not known', { why })];
}

async function readiness({ layout, settings: { values } }: HomeFacts, next: NextPlan): Promise<Check> {
  const { plan, from } = next;
  const when = `${planText(plan)}, ${timeTo(next)}, as ${from} says`;
  const dir = dirOf(layout, plan.name);
  const binary = dir === undefined ? undefined : await locateBinary(layout, dir);
  if (binary?.ok === true) return ok(`READY for the upgrade ${when}`);
  const wanted = dir === undefined ? undefined : binaryIn(layout, dir);
  const bring = wanted === undefined ? 'see where this plan comes from' : `put the new ${layout.daemon} at ${wanted}`;
  const why = binary?.detail ?? 'a name like this gives no directory';
  if (values.allowDownloadBinaries) {
    return warning(`NOT READY for the upgrade ${when}: its binary is to be downloaded only then`, {
      why: 'a download that fails at the height costs blocks',
      do: `chainvisor prepare-upgrade, or ${bring}`,
      where: wanted,
    });
  }
  return error(`NOT READY for the upgrade ${when}`, {
    why,
    do: `${bring}, executable; or chainvisor prepare-upgrade`,
    where: wanted,
  });
}

function dirOf(layout: Layout, name: string): string | undefined {
  try {
    return upgradeDir(layout, name);
  } catch {
    return undefined;
  }
}
