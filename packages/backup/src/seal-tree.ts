import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { at, shownAt } from './bytes.js';
import { isRoot } from './copy-tree.js';
import type { CopyOptions, Kept } from './copy-tree.js';
import { writeFailed } from './errors.js';
import { fsyncPath } from './files.js';
import { eachOf } from './pool.js';
import type { Found } from './scan.js';

/**
 * Writes out what `copyTree` made, all files first and then the directories from the deepest up, which get their owner,
 * mode and time here. Long after the copying most of it is on disk already: much cheaper than file by file.
 *
 * Throws BackupError: `BACKUP_WRITE_FAILED`, `BACKUP_NO_SPACE`, `BACKUP_ABORTED`.
 */
export async function sealTree(
  to: string,
  kept: readonly Kept[],
  options: Pick<CopyOptions, 'concurrency' | 'signal' | 'meter'>,
): Promise<void> {
  const files = kept.filter((entry) => entry.type === 'file' && !entry.isSynced);
  await eachOf(files, options.concurrency, options.signal, async (entry) => {
    await syncing(to, entry, () => fsyncPath(at(to, entry.path)));
    options.meter.add(1, entry.size);
  });
  for (const entry of kept.filter((one) => one.type === 'directory').reverse()) {
    await syncing(to, entry, () => sealDirectory(to, entry));
  }
}

async function sealDirectory(to: string, entry: Found): Promise<void> {
  const directory = await open(at(to, entry.path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const seconds = entry.mtimeMs / 1000;
    if (isRoot()) await directory.chown(entry.uid, entry.gid);
    await directory.utimes(seconds, seconds);
    await directory.chmod(entry.mode);
    await directory.sync();
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
