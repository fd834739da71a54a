import { checkBackup } from './check.js';
import { BackupError, throwIfAborted } from './errors.js';
import { removeHidden } from './hide.js';
import { listBackups } from './list.js';
import type { Listed } from './list.js';
import { readManifest } from './manifest.js';
import { realDirectory } from './options.js';

export interface PruneOptions {
  /** How many of the newest stay. */
  readonly keep: number;
  /** The name of one that is whole, stays and counts as the newest, whatever the clock said when the others were made. */
  readonly newest?: string;
  /** Only backups of this data directory, links followed; of all that lie there by default. */
  readonly data?: string;
  /** Only backups whose `about` this knows for its own: several nodes may have the same path, in containers or on other machines. */
  readonly isOwn?: (about: unknown) => boolean;
  /** Tells what would be removed, and removes nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface Pruned {
  /** From the oldest to the newest. */
  readonly removed: readonly Listed[];
  readonly kept: readonly Listed[];
}

/**
 * Removes the oldest backups of ours in a directory. Those of another make, of another name than they were made with, or
 * that are not whole, by presence, type and size, neither count nor go. Each is hidden by a rename first: what is half removed is never
 * taken for a backup, and `clearUnfinished` removes the rest.
 *
 * Throws BackupError: `BACKUP_OPTION_INVALID`, `BACKUP_READ_FAILED`, `BACKUP_WRITE_FAILED`, `BACKUP_ABORTED`.
 */
export async function pruneBackups(parent: string, options: PruneOptions): Promise<Pruned> {
  const { keep, isOwn = () => true, dryRun = false, signal } = options;
  if (!Number.isSafeInteger(keep) || keep < 0)
    throw new BackupError('BACKUP_OPTION_INVALID', `a number of backups to keep of ${keep} makes no sense`);
  const of = options.data === undefined ? undefined : await realDirectory('the data directory', options.data);
  const whole: Listed[] = [];
  for (const listed of await listBackups(parent)) {
    if (of !== undefined && listed.header?.data !== of) continue;
    if (!isOwn(listed.header?.about)) continue;
    if (await isWhole(listed, options)) whole.push(listed);
  }
  // Sorting is stable: but for that one they stay in their order.
  if (options.newest !== undefined) whole.sort((a, b) => isNamed(a, options.newest) - isNamed(b, options.newest));
  const old = whole.slice(0, Math.max(0, whole.length - keep));
  const kept = whole.slice(old.length);
  if (dryRun) return { removed: old, kept };
  for (const { path } of old) {
    throwIfAborted(signal);
    await removeHidden(path);
  }
  return { removed: old, kept };
}

const isNamed = ({ name }: Listed, wanted: string | undefined): number => Number(name === wanted);

/** Where a newest one is known to be whole, the manifests of the others are enough: that one stays in any case. */
async function isWhole({ kind, path }: Listed, { newest, signal }: PruneOptions): Promise<boolean> {
  if (kind !== 'ours') return false;
  try {
    await (newest === undefined ? checkBackup(path, signal === undefined ? {} : { signal }) : readManifest(path));
    return true;
  } catch (error) {
    if (error instanceof BackupError && ['BACKUP_MANIFEST_INVALID', 'BACKUP_DAMAGED'].includes(error.code))
      return false;
    throw error;
  }
}
