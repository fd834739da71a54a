import { statfs } from 'node:fs/promises';
import type { Tree } from './copy-tree.js';
import { BackupError, readFailed } from './errors.js';
import type { Found } from './scan.js';
import type { Strategy } from './strategy.js';

const BLOCK = 4096;
/** A line of the manifest. */
const ENTRY = 320;

export interface Need {
  readonly bytes: number;
  readonly inodes: number;
}

/** The room that a tree's copy will take. */
export function neededFor(tree: Tree, strategy: Strategy): Need {
  let bytes = 2 * BLOCK;
  let inodes = 4;
  for (const entry of tree.entries) {
    bytes += ENTRY;
    if (strategy === 'link' && tree.links.has(entry.path)) continue;
    inodes += 1;
    if (entry.type !== 'file') bytes += BLOCK;
    else if (strategy !== 'reflink') bytes += onDisk(entry);
  }
  return { bytes, inodes };
}

/** Holes take no room. */
function onDisk({ size, allocated }: Found): number {
  const full = Math.ceil(size / BLOCK) * BLOCK;
  return allocated > 0 || size > BLOCK ? Math.min(full, allocated) : full;
}

/** Throws BackupError: `BACKUP_NO_SPACE` with what is needed and what is free; `BACKUP_READ_FAILED`. */
export async function expectRoom(directory: string, need: Need): Promise<void> {
  let free: Need;
  try {
    const { bavail, bsize, files, ffree } = await statfs(directory);
    // A file system that makes inodes as it goes counts none.
    free = { bytes: bavail * bsize, inodes: files === 0 ? Infinity : ffree };
  } catch (error) {
    throw readFailed(`cannot tell how much room there is in ${directory}`, error);
  }
  if (need.bytes > free.bytes) {
    throw new BackupError(
      'BACKUP_NO_SPACE',
      `${directory} has ${inUnits(free.bytes)} free, and ${inUnits(need.bytes)} are needed (${free.bytes} and ${need.bytes} bytes)`,
      { hint: 'free some space, remove old backups, or name a directory on a larger disk' },
    );
  }
  if (need.inodes > free.inodes) {
    throw new BackupError(
      'BACKUP_NO_SPACE',
      `${directory} has ${free.inodes} inodes free, and ${need.inodes} are needed`,
      { hint: 'remove files there, or name a directory on another file system' },
    );
  }
}

function inUnits(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let power = 0;
  while (power < units.length - 1 && bytes >= 1000 ** (power + 1)) power++;
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power] ?? ''}`;
}
