import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { at, shownAt } from './bytes.js';
import { isRoot } from './copy-tree.js';
import type { CopyOptions, Kept } from './copy-tree.js';
import { writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { eachOf } from './pool.js';
import type { Found } from './scan.js';
import { bytesOf } from './summary.js';
import { syncFileSystem } from './sync-file-system.js';

/** From so many files on, one step for the whole file system is cheaper than one for each. */
const MANY = 256;

/**
 * Writes out what `copyTree` made, and gives directories their owner, mode and time, from the deepest up. Few files are
 * written out one by one; many of them, which would each wait for the journal, with their file system in one step where
 * that promises the same.
 *
 * Throws BackupError: `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_ABORTED`.
 */
export async function sealTree(
  to: string,
  kept: readonly Kept[],
  options: Pick<CopyOptions, 'concurrency' | 'signal' | 'meter'>,
): Promise<void> {
  const { concurrency, signal, meter } = options;
  const directories = kept.filter((entry) => entry.type === 'directory').reverse();
  for (const entry of directories) await syncing(to, entry, () => dressDirectory(to, entry));
  const files = kept.filter(isWritten);
  if (files.length >= MANY && (await syncFileSystem(to, signal))) {
    meter.add(files.length, bytesOf(files));
    return;
  }
  await eachOf([...files, ...directories], concurrency, signal, async (entry) => {
    await syncing(to, entry, () => fsyncPath(at(to, entry.path)));
    if (entry.type === 'file') meter.add(1, entry.size);
  });
}

/** A file of which the copy has blocks, or an inode, of its own. */
export const isWritten = (entry: Kept): boolean => entry.type === 'file' && entry.how !== 'linked';

async function dressDirectory(to: string, entry: Found): Promise<void> {
  const directory = await open(at(to, entry.path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const seconds = entry.mtimeMs / 1000;
    if (isRoot()) await directory.chown(entry.uid, entry.gid);
    await directory.utimes(seconds, seconds);
    await directory.chmod(entry.mode);
  } finally {
    await directory.close();
  }
}

async function syncing(to: string, entry: Found, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    throw writeFailed(`cannot write ${shownAt(to, entry.path)} to disk`, error);
  }
}
