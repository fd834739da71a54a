import { type FakeBinary, makeFakeHome } from '@chainvisor/testkit';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './world.ts';

/** The embedded fake node, behaving as SDK 0.50 does, in a home that is named as the seed document names it. */
export async function fakeWorld(): Promise<World> {
  const upgrades = [
    { name: 'v2.4.14', height: 12 },
    { name: 'v2.4.15', height: 24 },
  ] as const;
  const binary = (version: string, handlers: readonly string[]): FakeBinary => ({ profile: '0.50', version, handlers });
  const home = await makeFakeHome({
    daemon: 'palomad',
    genesis: binary('v2.4.13', []),
    chain: { blockTime: 400, plans: [...upgrades] },
  });
  // The operator makes these folders himself, with the document's commands.
  await rm(join(home.home, 'cosmovisor'), { recursive: true });
  const built = async (version: string, handlers: readonly string[]) => {
    const path = join(home.dir, 'built', version, 'palomad');
    await home.install(path, binary(version, handlers));
    return path;
  };
  return {
    title: 'a fake node that halts as Cosmos SDK 0.50 does',
    home: home.home,
    daemon: 'palomad',
    env: home.env(),
    args: [],
    downloaded: [await built('v2.4.13', []), await built('v2.4.14', ['v2.4.14'])],
    published: await built('v2.4.15', ['v2.4.14', 'v2.4.15']),
    upgrades,
    applicationHeight: async () => (await home.status())?.appHeight,
    remove: () => home.remove(),
  };
}
