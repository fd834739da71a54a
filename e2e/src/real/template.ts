import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import { cacheRoot, publishDirectory } from './cache.ts';
import { setToml, type TomlSetting } from './toml.ts';

/** The chain that every real home is a chain of one validator of. */
const CHAIN_ID = 'testchain-1';

const KEYRING = ['--keyring-backend', 'test'];
const RECIPE: readonly (readonly string[])[] = [
  ['init', 'n0', '--chain-id', CHAIN_ID],
  ['keys', 'add', 'alice', ...KEYRING],
  ['genesis', 'add-genesis-account', 'alice', '5000000000stake', ...KEYRING],
  ['genesis', 'gentx', 'alice', '1000000stake', '--chain-id', CHAIN_ID, ...KEYRING],
  ['genesis', 'collect-gentxs'],
];

const CONFIG: readonly TomlSetting[] = [
  { table: 'consensus', key: 'timeout_commit', value: '"300ms"' },
  { table: 'rpc', key: 'pprof_laddr', value: '""' },
];

const APP: readonly TomlSetting[] = [
  { table: 'grpc', key: 'enable', value: 'false' },
  { table: 'grpc-web', key: 'enable', value: 'false' },
  { table: 'api', key: 'enable', value: 'false' },
];

/** Changes settings of one of a home's configuration files. */
export async function editToml(path: string, settings: readonly TomlSetting[]): Promise<void> {
  await writeFile(path, setToml(await readFile(path, 'utf8'), settings));
}

/**
 * A home with genesis, keys and configuration as this binary makes them, in the cache and made once: what every real home is a copy of. Blocks come
 * every 300 ms, and only RPC and P2P listen. The caller gives the copy its ports and a node key of its own.
 */
export async function realTemplate(binary: string): Promise<string> {
  const { size, mtimeMs } = await stat(binary);
  const key = createHash('sha256')
    .update(JSON.stringify([binary, size, mtimeMs, RECIPE, CONFIG, APP]))
    .digest('hex');
  const target = join(cacheRoot(), 'testchain', `home-${key.slice(0, 24)}`);
  await publishDirectory(target, async (directory, scratch) => {
    const home = join(directory, 'home');
    // minid looks for a configuration in HOME even where it is told another home.
    const env = { PATH: process.env['PATH'] ?? '', HOME: scratch };
    for (const args of RECIPE)
      await execa(binary, [...args, '--home', home], { env, extendEnv: false, stdin: 'ignore' });
    await editToml(join(home, 'config/config.toml'), CONFIG);
    await editToml(join(home, 'config/app.toml'), APP);
  });
  return join(target, 'home');
}
