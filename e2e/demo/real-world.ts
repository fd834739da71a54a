import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildTestchain, type SdkLine } from '../src/real/build.ts';
import { goVersion } from '../src/real/go.ts';
import { makeRealHome } from '../src/real/home.ts';
import type { World } from './world.ts';

/** A real node of this SDK line, built from Go modules; undefined where there is no Go toolchain. */
export async function realWorld(line: SdkLine, say: (line: string) => void): Promise<World | undefined> {
  const go = await goVersion();
  if (go === undefined) return undefined;
  const binaries = await buildTestchain(line, { onProgress: say });
  const upgrades = [
    { name: 'v2', height: 12 },
    { name: 'v3', height: 24 },
  ] as const;
  const plans = upgrades.map(({ name, height }) => `${name}@${height}`).join(',');
  const home = await makeRealHome({ line, binaries, daemon: 'palomad', plans });
  await rm(join(home.path, 'cosmovisor'), { recursive: true });
  return {
    title: `a real node of Cosmos SDK ${line}, built with ${go}`,
    home: home.path,
    daemon: 'palomad',
    env: home.env(),
    args: home.args,
    downloaded: [binaries.v1, binaries.v2],
    published: binaries.v3,
    upgrades,
    applicationHeight: async () => (await home.application())?.height,
    remove: home.remove,
  };
}
