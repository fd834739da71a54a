import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configuredPath } from './node-config.js';

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch {
    return [];
  }
}

/** What tells a regular file from every other, as /proc/locks has it; undefined where there is none. */
async function identity(file: string): Promise<string | undefined> {
  try {
    const stats = await stat(file, { bigint: true });
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The `LOCK` files of this home's databases, each once: a running node holds a kernel lock on every one (goleveldb by
 * flock, pebble and rocksdb by fcntl), and a stopped one leaves the files behind, so that one exists says nothing.
 *
 * Looked for in every directory `*.db` of `data` (the application's database is always there), of `data/snapshots` and of
 * `db_dir` of config.toml (CometBFT's databases); what cannot be read has none. Parses config.toml. Never throws.
 */
export async function databaseLockFiles(home: string): Promise<readonly string[]> {
  const data = join(home, 'data');
  const found = new Map<string, string>();
  for (const directory of [data, join(data, 'snapshots'), await configuredPath(home, 'db_dir', 'data')]) {
    for (const name of await namesIn(directory)) {
      if (!name.endsWith('.db')) continue;
      const file = join(directory, name, 'LOCK');
      const id = await identity(file);
      // The same directory may be reached twice, by its own path and through a link.
      if (id !== undefined && !found.has(id)) found.set(id, file);
    }
  }
  return [...found.values()];
}
