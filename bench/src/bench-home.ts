import { killUnder, makeFakeHome } from '@chainvisor/testkit';
import { copyFile, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readings, readingsIn } from './readings.ts';
import type { Workshop } from './workshop.ts';

/** A home whose daemon is the C node of `bench-node/benchd.c`, with cosmovisor's folders. */
export interface BenchHome {
  readonly home: string;
  readonly daemon: string;
  /** `cosmovisor/genesis/bin/<daemon>`, version 1. */
  readonly genesisBinary: string;
  /** The seed document's environment, and where the node logs its readings. */
  readonly env: Readonly<Record<string, string>>;
  readonly readings: Readings;
  /** Ends what still runs for it. */
  end(): Promise<void>;
}

/** Makes a home with the versions 2 to `versions` staged as upgrades v2, v3, …; its RPC address is a port where nobody listens. */
export async function makeBenchHome(workshop: Workshop, versions = 1): Promise<BenchHome> {
  const { benchd } = await workshop.programs();
  const dir = await workshop.room('home');
  const daemon = 'benchd';
  const home = await makeFakeHome({ dir, daemon, chain: {}, genesis: { profile: '0.50', version: 'v1' } });
  await install(benchd, home.genesisBinary);
  for (let version = 2; version <= versions; version++) {
    await install(benchd, join(home.home, `cosmovisor/upgrades/v${version}/bin`, daemon));
  }
  const readings = readingsIn(join(dir, 'readings.log'));
  return {
    home: home.home,
    daemon,
    genesisBinary: home.genesisBinary,
    env: home.env({ BENCH_LOG: readings.file }),
    readings,
    end: () => killUnder(dir),
  };
}

/** On disk, as a binary is that was staged long before its height: otherwise whoever syncs it pays for our writing. */
async function install(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  const file = await open(to, 'r+');
  await file.chmod(0o755);
  await file.sync();
  await file.close();
}
