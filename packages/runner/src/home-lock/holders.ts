import { lockedFilesOf, visibleProcesses, type FileId } from '../locked-files.js';
import { factsOf, type ProcessFacts } from '../process-identity.js';
import { isLive, readProcessStat } from '../process-stat.js';
import { isMarked } from './lock-target.js';

/** A live process that was started on the home, or holds its lock. */
export interface Holder extends ProcessFacts {
  readonly startTime: number;
  /** On which file it holds a lock. */
  readonly file?: FileId;
  /** Whether it has the lock from a supervisor, or was started by one. */
  readonly isOurs: boolean;
}

/**
 * Who else holds a flock(2) on one of these files: processes with an open descriptor of the file on which the lock was taken.
 * Who merely reads the file, or has it open without the lock, is none. Processes that we may not look into are not found.
 */
export function holdersOf(files: ReadonlySet<FileId>): readonly Holder[] {
  return visibleProcesses().flatMap((pid) => {
    if (pid === process.pid) return [];
    const locked = lockedFilesOf(pid)?.find(({ id, isFlock }) => isFlock && files.has(id));
    const stat = locked === undefined ? undefined : readProcessStat(pid);
    if (locked === undefined || stat === undefined || !isLive(stat)) return [];
    const { startTime } = stat;
    return [{ ...factsOf(pid, stat), startTime, file: locked.id, isOurs: isMarked(locked.flags) }];
  });
}
