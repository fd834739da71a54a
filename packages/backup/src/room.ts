import { lstat, opendir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent, readFailed, throwIfAborted } from './errors.js';

/** Bytes. */
export interface Room {
  readonly needed: number;
  readonly free: number;
}

/**
 * What a copy of these directories would take in `parent`, and what is free there: to be known long before it is made. Links are
 * not followed, holes take nothing, what vanishes counts nothing. One file after another, so that a node that runs beside it is
 * not disturbed: seconds for 100,000 files.
 *
 * Throws BackupError: `BACKUP_READ_FAILED`, `BACKUP_ABORTED`.
 */
export async function roomForCopy(parent: string, directories: readonly string[], signal?: AbortSignal): Promise<Room> {
  let needed = 0;
  const waiting = [...directories];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    try {
      for await (const entry of await opendir(directory)) {
        throwIfAborted(signal);
        const path = join(directory, entry.name);
        if (entry.isDirectory()) waiting.push(path);
        else if (entry.isFile()) needed += await allocated(path);
      }
    } catch (error) {
      if (!isAbsent(error)) throw readFailed(`cannot read ${directory}`, error);
    }
  }
  try {
    const { bavail, bsize } = await statfs(parent);
    return { needed, free: bavail * bsize };
  } catch (error) {
    throw readFailed(`cannot tell how much room there is in ${parent}`, error);
  }
}

async function allocated(path: string): Promise<number> {
  try {
    return (await lstat(path)).blocks * 512;
  } catch (error) {
    if (isAbsent(error)) return 0;
    throw error;
  }
}
