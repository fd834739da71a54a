import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, readFailed } from './errors.js';
import { exists } from './files.js';
import { OWN, readHeader } from './manifest.js';
import type { Header } from './manifest.js';
import { COSMOVISOR_NAME } from './name.js';

/** A directory that holds a backup. */
export interface Listed {
  readonly name: string;
  readonly path: string;
  /**
   * `ours` has a manifest; `foreign` is named as cosmovisor names its backups and has none, so nothing says whether it is
   * whole; `damaged` has something of ours without a manifest that can be read. `renamed` has a manifest and another name
   * than the one it was made with: what an operator has moved, or a data directory to which a backup was copied by hand.
   */
  readonly kind: 'ours' | 'renamed' | 'foreign' | 'damaged';
  /** What the manifest says; of `ours` and `renamed`. */
  readonly header?: Header;
}

/**
 * The backups in a directory: first those without a readable manifest by name, then the others from the oldest to
 * the newest.
 * Unfinished ones are hidden, and not listed. Throws BackupError `BACKUP_READ_FAILED`.
 */
export async function listBackups(parent: string): Promise<Listed[]> {
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    const directories = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    const found: Listed[] = [];
    for (const { name } of directories) {
      const listed = await look(join(parent, name), name);
      if (listed !== undefined) found.push(listed);
    }
    return found.sort(byAge);
  } catch (error) {
    throw readFailed(`cannot list the backups in ${parent}`, error);
  }
}

async function look(path: string, name: string): Promise<Listed | undefined> {
  // A directory that we may not look into is not ours to judge.
  const isOurs = await exists(join(path, OWN)).catch(() => false);
  if (!isOurs) return COSMOVISOR_NAME.test(name) ? { name, path, kind: 'foreign' } : undefined;
  try {
    const header = await readHeader(path);
    const suffix = name.startsWith(header.name) ? name.slice(header.name.length) : undefined;
    const isOwnName = suffix !== undefined && /^(?:-[1-9]\d*)?$/.test(suffix);
    return { name, path, kind: isOwnName ? 'ours' : 'renamed', header };
  } catch (error) {
    if (error instanceof BackupError) return { name, path, kind: 'damaged' };
    throw error;
  }
}

function byAge(a: Listed, b: Listed): number {
  const [first, second] = [a, b].map(({ header }) => (header === undefined ? 0 : Date.parse(header.madeAt)));
  return (first ?? 0) - (second ?? 0) || (a.name < b.name ? -1 : 1);
}
