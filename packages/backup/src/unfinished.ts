import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupError } from './errors.js';
import { readFailed, writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { readClaim } from './owner.js';
import { removeTree } from './remove.js';

/** A process that cannot be looked up, in another container or on another machine, has given up when nothing moved so long. */
const GIVEN_UP_MS = 3_600_000;

export interface ClearOptions {
  /**
   * Removes also, at once, what a process had under way that cannot be seen from here, as one of a container that is gone;
   * for a caller who holds the lock of the only home that has its backups there.
   */
  readonly unseen?: boolean;
  /**
   * As `unseen`, and what a living process has under way, too.
   */
  readonly all?: boolean;
  /** Tells what would be removed, and removes nothing. */
  readonly dryRun?: boolean;
}

/**
 * Removes the backups that were not finished, and those of which a removal was not, as a process that was killed leaves
 * them in `parent`. Resolves to the names under which they were hidden. One that cannot be removed is an error when the
 * others are gone. What a restore left is `recoverRestore`'s.
 *
 * Throws BackupError: `BACKUP_READ_FAILED`, `BACKUP_WRITE_FAILED`.
 */
export async function clearUnfinished(parent: string, options: ClearOptions = {}): Promise<string[]> {
  return clearClaims(parent, options, ['unfinished', 'removing'], undefined);
}

/** As `clearUnfinished`, for these kinds and, where it is given, this name alone. */
export async function clearClaims(
  parent: string,
  { all = false, unseen = all, dryRun = false }: ClearOptions,
  kinds: readonly string[],
  of: string | undefined,
): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(parent);
  } catch (error) {
    throw readFailed(`cannot read the directory ${parent}`, error);
  }
  const removed: string[] = [];
  const failures: BackupError[] = [];
  for (const name of names) {
    const claim = readClaim(name);
    if (claim === undefined || !kinds.includes(claim.kind) || (of !== undefined && claim.of !== of)) continue;
    const path = join(parent, name);
    if (!all && (claim.isAlive ?? !(unseen || (await isQuiet(path))))) continue;
    try {
      if (!dryRun) await removeTree(path);
      removed.push(name);
    } catch (error) {
      failures.push(writeFailed(`cannot remove ${path}`, error));
    }
  }
  if (removed.length > 0 && !dryRun) await fsyncPath(parent);
  for (const failure of failures) throw failure;
  return removed;
}

/** Whether nothing was made in it for a long time: each file that is copied there changes its directory. */
async function isQuiet(path: string): Promise<boolean> {
  const names = await readdir(path, { recursive: true }).catch(() => []);
  for (const name of ['.', ...names]) {
    const found = await stat(join(path, name)).catch(() => undefined);
    if (found !== undefined && found.ctimeMs > Date.now() - GIVEN_UP_MS) return false;
  }
  return true;
}
