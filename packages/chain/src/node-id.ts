import { hash } from 'node:crypto';
import { configuredPath } from './node-config.js';
import { readSmallFile } from './small-file.js';
import { member } from './shape.js';

const SEED_BYTES = 32;
const PRIVATE_KEY_BYTES = 64;
const ID_BYTES = 20;

/**
 * The id that the node of this home gives as `node_info.id`: the first 20 bytes of the SHA-256 of its public key, in
 * lower-case hexadecimal. Read from `config/node_key.json` (or `node_key_file` of config.toml), where the private key is
 * the seed followed by the public key. Undefined where the file is absent or holds no such key; never throws.
 */
export async function readNodeId(home: string): Promise<string | undefined> {
  try {
    const file = await configuredPath(home, 'node_key_file', 'config/node_key.json');
    const json: unknown = JSON.parse(await readSmallFile(file));
    const value = member(member(json, 'priv_key'), 'value');
    if (typeof value !== 'string') return undefined;
    const key = Buffer.from(value, 'base64');
    if (key.length !== PRIVATE_KEY_BYTES || key.toString('base64') !== value) return undefined;
    const digest = hash('sha256', key.subarray(SEED_BYTES), 'buffer');
    return digest.subarray(0, ID_BYTES).toString('hex');
  } catch {
    return undefined;
  }
}
