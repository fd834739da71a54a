import { readdirSync, readFileSync, statSync } from 'node:fs';

import { procIsOurs } from './process-identity.js';
import { readProcessStat } from './process-stat.js';

/** Device and inode, as stat(2) has them. */
export type FileId = `${bigint}:${bigint}`;

/** An open file of a process on which it, or whoever handed it on, holds a lock. */
export interface LockedFile {
  readonly id: FileId;
  /** Those of open(2). */
  readonly flags: number;
  /** Whether one of its locks is that of flock(2). */
  readonly isFlock: boolean;
}

export function fileId({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): FileId {
  return `${dev}:${ino}`;
}

/** The numbers of all processes that we see; none where /proc is not that of our PID namespace. */
export function visibleProcesses(): readonly number[] {
  return procIsOurs() ? readdirSync('/proc').map(Number).filter(Number.isInteger) : [];
}

/**
 * The open files of a process on which there are locks, by /proc/PID/fdinfo, which unlike /proc/locks knows also the locks
 * of those whose taker is gone or in another PID namespace. Undefined when we may not look into the process; proc(5).
 *
 * About 10 µs for each descriptor. Only files with locks are asked for more: others may be on a file system that hangs.
 */
export function lockedFilesOf(pid: number): readonly LockedFile[] | undefined {
  const files: LockedFile[] = [];
  try {
    for (const descriptor of readdirSync(`/proc/${pid}/fdinfo`)) {
      const file = lockedFile(pid, descriptor);
      if (file !== undefined) files.push(file);
    }
    return files;
  } catch {
    return readProcessStat(pid) === undefined ? [] : undefined;
  }
}

function lockedFile(pid: number, descriptor: string): LockedFile | undefined {
  try {
    const info = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8');
    const locks = info.match(/^lock:.*$/gm);
    if (locks === null) return undefined;
    const flags = parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
    const id = fileId(statSync(`/proc/${pid}/fd/${descriptor}`, { bigint: true }));
    return { id, flags, isFlock: locks.some((lock) => lock.includes(' FLOCK ')) };
  } catch {
    // Closed just now.
    return undefined;
  }
}
