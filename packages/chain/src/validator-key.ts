import { configuredPath } from './node-config.js';
import { member } from './shape.js';
import { readSmallFile } from './small-file.js';

/**
 * The address of the key that the validator of this home signs with, 40 upper-case hexadecimal digits, from
 * `config/priv_validator_key.json` (or `priv_validator_key_file` of config.toml). Undefined where the file is absent, cannot be
 * read or has none, as with a remote signer; never throws.
 */
export async function readValidatorAddress(home: string): Promise<string | undefined> {
  try {
    const file = await configuredPath(home, 'priv_validator_key_file', 'config/priv_validator_key.json');
    const address = member(JSON.parse(await readSmallFile(file)), 'address');
    return typeof address === 'string' && /^[0-9a-f]{40}$/i.test(address) ? address.toUpperCase() : undefined;
  } catch {
    return undefined;
  }
}
