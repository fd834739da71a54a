import { join } from 'node:path';
import { readToml, setting } from './node-config.js';

/**
 * The heights that `unsafe-skip-upgrades` of app.toml tells the node to skip, where it is not started with the flag of that
 * name. Empty where there are none or the file cannot be read, as the node has it then. Never throws. Cosmos SDK,
 * `server/start.go`: FlagUnsafeSkipUpgrades.
 */
export async function readSkipUpgrades(home: string): Promise<readonly number[]> {
  const config = await readToml(join(home, 'config', 'app.toml'));
  const heights = 'settings' in config ? setting(config.settings, 'unsafe-skip-upgrades') : undefined;
  return (Array.isArray(heights) ? heights : []).filter((height): height is number => Number.isSafeInteger(height));
}
