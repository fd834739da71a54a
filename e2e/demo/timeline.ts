import { statSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@chainvisor/testkit';
import type { UpgradeOnShow, World } from './world.ts';

/** One upgrade as it was seen from outside: by the file's time and the application's height. */
export interface Observed extends UpgradeOnShow {
  /** When the node wrote the file, in milliseconds since the epoch. */
  readonly haltedAt: number;
  /** From the halt until the new binary had executed the height. */
  readonly downFor: number;
  /** What `current` pointed to then. */
  readonly current: string;
}

/** Watches one upgrade from outside until its height is executed. */
export async function observeUpgrade(world: World, upgrade: UpgradeOnShow): Promise<Observed> {
  const options = { timeout: 60_000, every: 10 };
  const reached = async () => ((await world.applicationHeight()) ?? 0) >= upgrade.height;
  await waitFor(`the application at height ${upgrade.height}`, reached, options);
  const backAt = Date.now();
  const haltedAt = statSync(join(world.home, 'data/upgrade-info.json')).mtimeMs;
  const current = await readlink(join(world.home, 'cosmovisor/current'));
  return { ...upgrade, haltedAt, downFor: backAt - haltedAt, current };
}
