import { rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { expectAbsolute } from './options.js';
import { claimName, release } from './owner.js';
import { removeTree } from './remove.js';

/** Removes a directory with all in it, hidden by a rename first. Throws BackupError `BACKUP_WRITE_FAILED`. */
export async function removeHidden(path: string): Promise<void> {
  const parent = dirname(path);
  const hidden = claimName(basename(path), 'removing');
  try {
    await rename(path, join(parent, hidden));
    await fsyncPath(parent);
    await removeTree(join(parent, hidden));
    await fsyncPath(parent);
  } catch (error) {
    throw writeFailed(`cannot remove ${path}`, error);
  } finally {
    release(hidden);
  }
}

/**
 * Removes what a restore has put aside, or any other directory that may be taken for data: hidden by a rename first, so that
 * what is half removed is not, and `clearUnfinished` there removes the rest. Throws BackupError: `BACKUP_OPTION_INVALID`,
 * `BACKUP_WRITE_FAILED`.
 */
export async function removeAside(path: string): Promise<void> {
  expectAbsolute('the old data', path);
  await removeHidden(path);
}
