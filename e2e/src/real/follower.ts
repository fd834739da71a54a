import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { RealHome } from './home.ts';
import { editToml } from './template.ts';

/** Makes a fresh home a full node of another home's chain: a key of its own that signs nothing, and that node as its peer. */
export async function follow(home: RealHome, validator: RealHome): Promise<void> {
  // The node makes both anew.
  for (const file of ['config/priv_validator_key.json', 'data/priv_validator_state.json'])
    await rm(join(home.path, file));
  await editToml(join(home.path, 'config/config.toml'), [
    { table: 'p2p', key: 'persistent_peers', value: `"${validator.nodeId}@127.0.0.1:${validator.p2pPort}"` },
    { table: 'p2p', key: 'addr_book_strict', value: 'false' },
  ]);
}
