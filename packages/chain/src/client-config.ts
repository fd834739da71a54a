import { join } from 'node:path';
import { readToml, setting } from './node-config.js';

/** What commands of the node's binary, such as `status`, go by. `''` is a setting that is empty or not there. */
export interface ClientConfig {
  readonly file: string;
  /** The chain that it names. */
  readonly chainId: string;
  /** The node that it asks, `tcp://host:port`. */
  readonly node: string;
  /** Why the file says nothing; undefined where it was read, or is not there. */
  readonly error: string | undefined;
}

/** Reads `config/client.toml` of a home. Never throws. */
export async function readClientConfig(home: string): Promise<ClientConfig> {
  const config = await readToml(join(home, 'config', 'client.toml'));
  const text = (name: string): string => {
    const value = 'settings' in config ? setting(config.settings, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const error = 'error' in config ? config.error : undefined;
  return { file: config.file, chainId: text('chain-id'), node: text('node'), error };
}
