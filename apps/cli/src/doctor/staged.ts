import { binaryIn, type Current, listUpgrades, type StagedUpgrade, upgradeDir } from '@chainvisor/layout';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPast } from '../supervise/announce-upgrades.js';
import { type Check, checker, counted } from './check.js';
import type { HomeFacts } from './facts.js';

const { ok, note, warning, error } = checker('layout');

/** The upgrades that are staged: whether each would be found, and its binary in it. */
export async function stagedChecks(home: HomeFacts, current: Current): Promise<readonly Check[]> {
  const upgrades = await listUpgrades(home.layout);
  const checks = await Promise.all(upgrades.map((upgrade) => ofUpgrade(home, current, upgrade)));
  const found = checks.flat();
  if (found.length > 0) return found;
  if (upgrades.length === 0) return [ok('no upgrade is staged')];
  return [ok(`${counted(upgrades.length, 'upgrade')} of upgrades/ can run`)];
}

async function ofUpgrade({ layout }: HomeFacts, current: Current, upgrade: StagedUpgrade): Promise<Check[]> {
  const { dir, directory, binary, misplaced } = upgrade;
  // Its trouble is told as that of current.
  if (current.state === 'linked' && current.dir === dir) return [];
  const wanted = nameFor(upgrade, layout);
  if (wanted !== undefined && wanted !== dir) {
    return [
      error(`no plan leads to upgrades/${directory}: its upgrade would find no binary`, {
        why: layout.recase ? 'names of plans are lower-cased for their directory' : 'names are escaped as Go does it',
        do: `rename it to ${wanted}`,
        where: dir,
      }),
    ];
  }
  const place = binaryIn(layout, dir);
  if (binary.ok && !misplaced) return [];
  if (isPast(upgrade, current)) {
    return [note(`upgrades/${directory}, which is passed, has no binary that can run: there is no way back to it`)];
  }
  if (binary.ok) {
    return [
      warning(`the binary of upgrades/${directory} lies beside bin/`, {
        why: 'chainvisor moves it in when its upgrade is due; cosmovisor would stop there',
        do: `mkdir -p ${dir}/bin && mv ${dir}/${layout.daemon} ${place}`,
        where: dir,
      }),
    ];
  }
  const others = binary.reason === 'missing' ? await filesIn(dir) : [];
  const why = others.length === 0 ? binary.detail : `there is ${others.join(', ')}, and not ${layout.daemon}`;
  return [
    error(`upgrades/${directory} has no binary that can run`, {
      why,
      do: `put the new ${layout.daemon} at ${place}, executable`,
      where: binary.path,
    }),
  ];
}

/** Where the plan that a directory seems to be meant for would be looked for. */
function nameFor({ directory }: StagedUpgrade, layout: HomeFacts['layout']): string | undefined {
  try {
    return upgradeDir(layout, decodeURIComponent(directory));
  } catch {
    return undefined;
  }
}

/** What lies where the binary should, under other names. */
async function filesIn(dir: string): Promise<readonly string[]> {
  const names = await Promise.all(
    ['', 'bin'].map(async (inside) => {
      const entries = await readdir(join(dir, inside), { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isFile()).map(({ name }) => join(inside, name));
    }),
  );
  return names.flat().filter((name) => !name.endsWith('.json'));
}
